import { z } from 'zod'
import { isOfMajor, precedes, upstream } from '../../../config/option/version.ts'
import { findPrograms } from '../../../supervisor/provider/find.ts'
import { runToEnd } from '../../../supervisor/provider/run.ts'
import { type Finding, failed, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

const answerMs = 2000
const versionSchema = z.object({ version: z.string() })

/** Whether the mesos-agent that is installed here works with the master that leads. */
export async function checkVersions({ joined, agent }: Subject): Promise<Finding[]> {
  const leader = agent?.status.machines[0]?.dns.leader
  const program = joined?.simulated ? undefined : findPrograms()['mesos-agent']
  if (!leader || !program) return []
  const { out } = await runToEnd([...program, '--version'])
  const own = /\d+\.\d+\.\d+/.exec(out)?.[0]
  const answer = await fetch(`http://${leader}/version`, { signal: AbortSignal.timeout(answerMs) }).catch(
    () => undefined,
  )
  const master = versionSchema.safeParse(await answer?.json().catch(() => undefined)).data?.version
  return own === undefined || master === undefined
    ? [
        warning(
          `cannot compare the versions of mesos-agent and of the master at ${leader}`,
          'mesos-agent --version',
        ),
      ]
    : [judgeVersions(own, master)]
}

/** As the rule of the document has it, for what was installed past it. */
export function judgeVersions(agent: string, master: string): Finding {
  const told = `mesos-agent is ${agent}, the leading master ${upstream(master)}`
  if (!isOfMajor(agent, upstream(master)))
    return failed(`${told}: they are of different major versions`, 'install one of the same major version')
  if (precedes(upstream(master), agent))
    return failed(
      `${told}: an agent must not be newer than its masters`,
      'upgrade the masters first, or go back here',
    )
  return ok(told)
}
