import { expect } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Status } from '../../src/agent/status.ts'
import { systemClock, until } from '../../src/clock.ts'
import { statusAt } from '../status.ts'
import { freePort } from '../zookeeper/server.ts'

export const binary = join(import.meta.dir, '../../dist/meshbox')

/** One machine's place: a folder of its own, ports of its own, the compiled binary. */
export type Place = {
  dir: string
  dataDir: string
  configFile: string
  ports: Record<'zookeeper' | 'master' | 'agent' | 'marathon' | 'dns' | 'dnsHttp' | 'api', number>
  /** Added to the environment of every meshbox that is run here. */
  env: Record<string, string>
  /** Runs a command line of meshbox to its end. */
  meshbox(...argv: string[]): Promise<{ code: number; out: string; err: string }>
  status(): Promise<Status | undefined>
  /** Waits until the status is as wanted; shows the last one when it never is. */
  waitFor(what: string, wanted: (status: Status) => boolean): Promise<Status>
  /** `dig`'s answers, a line each, sorted; throws what dig says when there is no reply. */
  dig(name: string, type: string): Promise<string[]>
  pids(): Promise<Record<string, number | undefined>>
  /** Ends everything that meshbox started here, and removes the folder. */
  remove(): Promise<void>
}

export async function makePlace(): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), 'mb-'))
  const dataDir = join(dir, 'data')
  const configFile = join(dir, 'cluster.yaml')
  const names = [
    'zookeeper',
    'quorum',
    'election',
    'master',
    'agent',
    'marathon',
    'dns',
    'dnsHttp',
    'api',
    'gossip',
    'tasks',
  ] as const
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await freePort()] as const)),
  ) as Record<(typeof names)[number], number>
  writeFileSync(
    configFile,
    `zookeeper: { clientPort: ${ports.zookeeper}, quorumPort: ${ports.quorum}, electionPort: ${ports.election} }
mesos:
  master: { port: ${ports.master} }
  agent: { port: ${ports.agent}, resources: "cpus:4;mem:4096;disk:1024;ports:[${taskPorts(ports.tasks)}]" }
marathon: { http_port: ${ports.marathon} }
dns: { port: ${ports.dns}, httpPort: ${ports.dnsHttp}, listener: 127.0.0.1, httpListener: 127.0.0.1, refreshSeconds: 2, ttl: 2 }
api: { port: ${ports.api} }
gossip: { port: ${ports.gossip} }
`,
  )

  const env: Record<string, string> = {}

  async function meshbox(...argv: string[]) {
    const child = Bun.spawn([binary, ...argv], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      cwd: dir,
      env: { ...process.env, ...env },
    })
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    return { code, out, err }
  }

  const status = () => statusAt(join(dataDir, 'meshbox.sock'))

  return {
    dir,
    dataDir,
    configFile,
    ports,
    env,
    meshbox,
    status,
    async waitFor(what, wanted) {
      let last: Status | undefined
      const found = await until(systemClock, { everyMs: 100, timeoutMs: 90_000 }, async () => {
        last = await status()
        return last && wanted(last) ? last : undefined
      })
      if (!found)
        throw new Error(`gave up waiting for ${what}; the last status was ${JSON.stringify(last, null, 1)}`)
      return found
    },
    async dig(name, type) {
      const child = Bun.spawn(
        ['dig', '@127.0.0.1', '-p', String(ports.dns), '+short', '+tries=1', '+time=1', name, type],
        { stdout: 'pipe' },
      )
      const text = await new Response(child.stdout).text()
      if ((await child.exited) !== 0) throw new Error(text)
      return text
        .split('\n')
        .filter((line) => line !== '')
        .sort()
    },
    async pids() {
      const now = await status()
      return Object.fromEntries((now?.machines[0]?.services ?? []).map(({ name, pid }) => [name, pid]))
    },
    async remove() {
      await endAll(dataDir)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A range of task ports that starts where a port was free; collisions with others are for the tasks to survive. */
function taskPorts(first: number): string {
  const low = Math.min(first, 65_000)
  return `${low}-${low + 400}`
}

/** Ends everything that belongs to a folder: programs and tasks outlive the agent on purpose. */
async function endAll(folder: string): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const pids = processesOf(folder)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // ended meanwhile
      }
    }
    await Bun.sleep(50)
  }
  expect.unreachable(`processes of ${folder} cannot be ended: ${processesOf(folder)}`)
}

/** The processes that were started with the folder on their command line, or that work in it. */
export function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        if (readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) return false
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        return line.includes(folder) || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
      } catch {
        return false // ended meanwhile
      }
    })
    .map(Number)
}
