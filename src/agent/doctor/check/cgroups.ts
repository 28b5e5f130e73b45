import { readFileSync } from 'node:fs'
import { findPrograms } from '../../../supervisor/provider/find.ts'
import { type Finding, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

export type Layout = 'v1' | 'hybrid' | 'v2' | 'none'

/** Whether mesos-agent can live with the machine's control groups. */
export async function checkCgroups({ joined }: Subject): Promise<Finding[]> {
  const agent = joined?.simulated ? undefined : findPrograms()['mesos-agent']
  const layout = cgroupLayout(readFileSync('/proc/self/mounts', 'utf8'))
  if (!agent) return [ok(`control groups: ${layout}`)]
  const child = Bun.spawn([...agent, '--version'], { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' })
  const said = await new Response(child.stdout).text()
  await child.exited
  return [judgeCgroups(layout, /\d+\.\d+\.\d+/.exec(said)?.[0])]
}

/** From the lines of /proc/self/mounts (proc(5)). */
export function cgroupLayout(mounts: string): Layout {
  const kinds = mounts.split('\n').map((line) => line.split(' '))
  const unified = kinds.find(([, , kind]) => kind === 'cgroup2')?.[1]
  const legacy = kinds.some(([, , kind]) => kind === 'cgroup')
  if (unified === '/sys/fs/cgroup') return 'v2'
  if (legacy) return unified ? 'hybrid' : 'v1'
  return 'none'
}

/** Mesos before 1.12 knows v1 alone; 1.12 knows both, and refuses the two side by side. */
export function judgeCgroups(layout: Layout, version: string | undefined): Finding {
  const told = `mesos-agent ${version ?? 'of an unknown version'} on control groups ${layout}`
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  const knowsV2 = major > 1 || (major === 1 && minor >= 12)
  if (layout === 'v2' && version && !knowsV2)
    return warning(
      `${told}: it has no isolation there`,
      'boot with systemd.unified_cgroup_hierarchy=0, or set isolation=posix/cpu,posix/mem and launcher=posix',
    )
  if (layout === 'hybrid' && knowsV2)
    return warning(`${told}: it refuses to start`, 'boot with systemd.unified_cgroup_hierarchy=1')
  return ok(told)
}
