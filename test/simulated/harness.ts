import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import type { Program } from '../../src/supervisor/simulated/main.ts'
import { freePort, startZooKeeper, type TestServer } from '../zookeeper/server.ts'

/** A stand-in, running as a process of its own. */
export type StandIn = {
  pid: number
  port: number
  /** Ends it (SIGTERM) and gives the status that a shell shows. */
  end(signal?: NodeJS.Signals): Promise<number>
  /** Resolves when it has ended, with the status that a shell shows. */
  ended: Promise<number>
  /** All that it wrote so far, both outputs together. */
  output(): string
}

/** One ZooKeeper, a folder and stand-ins; `remove` ends all of it, the tasks included. */
export type Cluster = {
  dir: string
  zk: TestServer
  /** `zk://127.0.0.1:PORT<path>` */
  zkUrl(path: string): string
  run(program: Program, args: string[], env?: Record<string, string>, port?: number): StandIn
  master(args?: string[], at?: { port?: number; name?: string }): Promise<StandIn>
  agent(args?: string[], at?: { port?: number; name?: string }): Promise<StandIn>
  marathon(args?: string[], at?: { port?: number }): Promise<StandIn>
  remove(): Promise<void>
}

const signalNumber = (name: string) =>
  Object.entries(constants.signals).find(([known]) => known === name)?.[1] ?? 0

const program = join(import.meta.dir, 'run.ts')

export async function openCluster({ tickTime = 500 } = {}): Promise<Cluster> {
  const zk = await startZooKeeper({ tickTime })
  const dir = mkdtempSync(join(tmpdir(), 'meshbox-simulated-'))
  const running = new Set<StandIn>()
  const zkUrl = (path: string) => `zk://127.0.0.1:${zk.port}${path}`
  let outputs = 0

  function run(name: Program, args: string[], env: Record<string, string> = {}, port = 0): StandIn {
    const file = join(dir, `output-${outputs++}`)
    const output = openSync(file, 'a')
    const child = Bun.spawn([process.execPath, program, name, ...args], {
      env: { PATH: process.env.PATH ?? '', HOME: dir, ...env },
      stdin: 'ignore',
      stdout: output,
      stderr: output,
    })
    closeSync(output)
    const ended = child.exited.then(() => {
      running.delete(standIn)
      return child.signalCode ? 128 + signalNumber(String(child.signalCode)) : (child.exitCode ?? -1)
    })
    const standIn: StandIn = {
      pid: child.pid,
      port,
      ended,
      output: () => readFileSync(file, 'utf8'),
      end(signal = 'SIGTERM') {
        child.kill('SIGCONT')
        child.kill(signal)
        return ended
      },
    }
    running.add(standIn)
    return standIn
  }

  return {
    dir,
    zk,
    zkUrl,
    run,
    async master(args = [], { port, name = 'master' } = {}) {
      const own = port ?? (await freePort())
      return run(
        'mesos-master',
        withDefaults(args, masterFlags(zkUrl('/mesos'), `${dir}/${name}`, own)),
        {},
        own,
      )
    },
    async agent(args = [], { port, name = 'agent' } = {}) {
      const own = port ?? (await freePort())
      return run(
        'mesos-agent',
        withDefaults(args, agentFlags(zkUrl('/mesos'), `${dir}/${name}`, own)),
        {},
        own,
      )
    },
    async marathon(args = [], { port } = {}) {
      const own = port ?? (await freePort())
      const defaults = marathonFlags(zkUrl('/mesos'), zkUrl('/marathon'), own)
      return run('marathon', withDefaults(args, defaults), {}, own)
    },
    async remove() {
      await Promise.all([...running].map((each) => each.end('SIGKILL')))
      endTasks(dir)
      await zk.remove()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A flag may be given once. */
const withDefaults = (args: string[], defaults: string[]) => [
  ...args,
  ...defaults.filter((flag) => !args.some((arg) => arg.startsWith(flag.replace(/=.*/, '=')))),
]

const masterFlags = (zk: string, workDir: string, port: number) => [
  `--zk=${zk}`,
  '--quorum=1',
  `--work_dir=${workDir}`,
  '--ip=127.0.0.1',
  `--port=${port}`,
  '--no-hostname_lookup',
  '--zk_session_timeout=4secs',
]

const agentFlags = (master: string, workDir: string, port: number) => [
  `--master=${master}`,
  `--work_dir=${workDir}`,
  '--ip=127.0.0.1',
  `--port=${port}`,
  '--launcher=posix',
  '--isolation=posix/cpu,posix/mem',
  '--no-systemd_enable_support',
  '--no-hostname_lookup',
  '--executor_reregistration_timeout=200ms',
  '--resources=cpus:4;mem:4096;disk:10240;ports:[31000-31999]',
]

const marathonFlags = (master: string, zk: string, port: number) => [
  `--master=${master}`,
  `--zk=${zk}`,
  '--hostname=127.0.0.1',
  '--http_address=127.0.0.1',
  `--http_port=${port}`,
  '--zk_session_timeout=4000',
]

/** Tasks and their executors outlive the agents: those whose command line or environment names the folder end. */
function endTasks(dir: string): void {
  for (const pid of new Bun.Glob('[0-9]*').scanSync({ cwd: '/proc', onlyFiles: false })) {
    try {
      const about =
        readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8')
      if (Number(pid) !== process.pid && about.includes(`${dir}/`)) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // gone, or somebody else's
    }
  }
}

/** Waits for something to come true and gives it; fails after 30 s with what was waited for. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const found = await until(systemClock, { everyMs: 25, timeoutMs: 30_000 }, async () => {
    try {
      return (await check()) || undefined
    } catch {
      return undefined
    }
  })
  if (found === undefined) throw new Error(`not within 30 s: ${what}`)
  return found
}

/** The body of an answer with status 200 as JSON; undefined for any other. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes, and fail when a member is missing
export async function getJson(port: number, path: string): Promise<any> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' })
  return answer.status === 200 ? answer.json() : undefined
}

export async function send(port: number, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    redirect: 'manual',
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  })
}
