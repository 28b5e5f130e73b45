import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { silentLog } from '../../src/log.ts'
import { openStore, type Store } from '../../src/store.ts'
import { tokenVariable } from '../../src/supervisor/process/running.ts'
import type { ServiceName, ServiceSpec, ServiceStatus } from '../../src/supervisor/service/spec.ts'
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervise.ts'

const programs = join(import.meta.dir, 'programs')

/** A folder with a store, a supervisor, and an HTTP server that answers the probes as the test wants. */
export type Stage = {
  dir: string
  store: Store
  supervisor: Supervisor
  /** Whether probes find the programs ready. */
  healthy: boolean
  /** A service that runs one of the fixture programs. */
  spec(name: ServiceName, program: string, more?: Partial<ServiceSpec>): ServiceSpec
  apply(...services: ServiceSpec[]): Promise<void>
  status(name: ServiceName): ServiceStatus
  waitFor(name: ServiceName, wanted: (status: ServiceStatus) => boolean): Promise<ServiceStatus>
  /** What the program has printed. */
  output(name: ServiceName): string
  /** Another supervisor takes the place of the present one, which only stops watching. */
  restart(): Promise<void>
  /** Living processes that carry the mark of a start made here. */
  processes(): number[]
  /** Those of them that lead a session, with their working directory. */
  leaders(): { pid: number; folder: string }[]
  /** Ends everything that was started here. */
  clear(): Promise<void>
}

export async function openStage(): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'mb-supervision-'))
  const store = openStore(join(dir, 'meshbox.db'))
  const probed = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () => new Response('', { status: stage.healthy ? 200 : 503 }),
  })
  const create = () => createSupervisor({ store, clock: systemClock, log: silentLog, random: () => 0 })
  const stage: Stage = {
    dir,
    store,
    supervisor: create(),
    healthy: true,
    spec: (name, program, more = {}) => ({
      name,
      argv: [join(programs, program), dir],
      env: { STAGE: dir },
      cwd: join(dir, name),
      files: [],
      logFile: join(dir, `${name}.log`),
      needs: [],
      address: '127.0.0.1:1',
      provider: 'system',
      simulated: false,
      probe: { kind: 'marathon', url: `http://127.0.0.1:${probed.port}` },
      stop: [
        { signal: 'SIGTERM', graceMs: 1000 },
        { signal: 'SIGKILL', graceMs: 1000 },
      ],
      limits: {},
      restart: { firstMs: 50, maxMs: 400, healthyMs: 60_000 },
      ...more,
    }),
    apply: (...services) => stage.supervisor.apply({ services, held: [] }),
    status(name) {
      const found = stage.supervisor.status().find((status) => status.name === name)
      if (!found) throw new Error(`${name} is not supervised`)
      return found
    },
    async waitFor(name, wanted) {
      const found = await until(systemClock, { everyMs: 10, timeoutMs: 20_000 }, () => {
        const status = stage.status(name)
        return wanted(status) ? status : undefined
      })
      if (!found) throw new Error(`gave up waiting: ${JSON.stringify(stage.status(name))}`)
      return found
    },
    output: (name) => readFileSync(join(dir, `${name}.log`), 'utf8'),
    async restart() {
      await stage.supervisor.detach()
      stage.supervisor = create()
    },
    processes: () => markedProcesses(dir),
    leaders: () =>
      markedProcesses(dir)
        .flatMap(placeOf)
        .filter(({ pid, session }) => pid === session),
    async clear() {
      await stage.supervisor.detach()
      for (const pid of markedProcesses(dir)) killIfThere(pid)
      store.close()
      await probed.stop(true)
      rmSync(dir, { recursive: true, force: true })
    },
  }
  return stage
}

/** Living processes with the mark of a start in their environment and the folder as working directory. */
function markedProcesses(dir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
        const folder = environment.includes(`STAGE=${dir}`)
        return folder && environment.includes(`${tokenVariable}=`)
      } catch {
        return false
      }
    })
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // ended meanwhile
  }
}

/** Session (field 6 of /proc/pid/stat) and working directory; the programs' names have no blanks. */
function placeOf(pid: number): { pid: number; session: number; folder: string }[] {
  try {
    const [, , , , , session] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')
    return [{ pid, session: Number(session), folder: readlinkSync(`/proc/${pid}/cwd`) }]
  } catch {
    return [] // ended meanwhile
  }
}

export const alive = (pid: number | undefined) => pid !== undefined && isRunning(pid)

function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

/** Waits until something is so, and fails when it never is. */
export async function eventually(what: string, check: () => boolean): Promise<void> {
  const found = await until(systemClock, { everyMs: 10, timeoutMs: 20_000 }, () => check() || undefined)
  if (!found) throw new Error(`gave up waiting for ${what}`)
}
