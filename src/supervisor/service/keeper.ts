import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { openProbe, type Probe } from '../probe/probe.ts'
import { adopt } from '../process/adopt.ts'
import { isAlive } from '../process/proc.ts'
import type { Records } from '../process/records.ts'
import { digestOf, type Exit, type Running, spawnRecorded } from '../process/spawn.ts'
import { stopProcess } from '../process/stop.ts'
import { writeFiles } from './files.ts'
import { type Life, type LifeEvent, newborn, step } from './life.ts'
import type { ServiceName, ServiceSpec, ServiceStatus } from './spec.ts'
import { lastWords } from './words.ts'

const probeMs = { starting: 200, steady: 1000 }

export type KeeperDeps = {
  records: Records
  clock: Clock
  log: Log
  random: () => number
  /** The first of these that is not ready. */
  missing: (needs: ServiceName[]) => ServiceName | undefined
  onChange: () => void
}

/** Keeps one service as its spec says. */
export type Keeper = {
  spec(): ServiceSpec
  /** Takes over what runs already; starts it when its needs are met. */
  begin(): Promise<void> | void
  /** Looks again at what it waits for. */
  look(): void
  /** Takes a new spec; when the program has to be another one, it is stopped and started. */
  change(spec: ServiceSpec): Promise<void>
  stop(how: 'stop' | 'leave'): Promise<void>
  /** Leaves the program running and forgets it. */
  detach(): void
  status(): ServiceStatus
}

export function openKeeper(first: ServiceSpec, deps: KeeperDeps): Keeper {
  const { records, clock, log, random, missing, onChange } = deps
  let spec = first
  let life: Life = newborn
  let since = clock.now()
  let running: Running | undefined
  let probe: Probe | undefined
  let cancelTimer = () => {}
  let detached = false

  function happen(event: LifeEvent): void {
    if (detached) return
    const before = life
    const next = step(life, event, { restart: spec.restart, now: clock.monotonic(), random })
    life = next.life
    if (before.state !== life.state) since = clock.now()
    if (before.state !== life.state || before.reason !== life.reason) {
      const { state, reason } = life
      log.info({ service: spec.name, state, ...(reason ? { reason } : {}), pid: running?.id.pid }, 'service')
      onChange()
    }
    if (next.action?.kind === 'start') start()
    if (next.action?.kind === 'wake') {
      later(next.action.afterMs, () => {
        happen({ kind: 'woken' })
        look()
      })
    }
  }

  function later(ms: number, run: () => void): void {
    cancelTimer()
    cancelTimer = clock.after(ms, run)
  }

  function look(): void {
    if (life.state === 'waiting') happen({ kind: 'needs', missing: missing(spec.needs) })
  }

  function start(): void {
    try {
      writeFiles(spec.files)
      accompany(spawnRecorded(spec, records))
    } catch (error) {
      happen({ kind: 'start-failed', reason: `cannot be started: ${messageOf(error)}` })
    }
  }

  function accompany(program: Running): void {
    running = program
    probe = openProbe(spec.probe, clock)
    happen({ kind: 'started' })
    later(0, check)
    void program.exited.then((exit) => {
      if (running !== program || detached) return
      release()
      records.remove(spec.name)
      happen({ kind: 'exited', how: describe(exit, spec.logFile) })
    })
  }

  /** The program is gone, or no longer ours to watch. */
  function release(): void {
    cancelTimer()
    running?.forget()
    running = undefined
    probe?.close()
    probe = undefined
  }

  function check(): void {
    const asked = probe
    if (!asked) return
    void asked.check().then((problem) => {
      if (asked !== probe || detached) return
      happen({ kind: 'probed', problem })
      later(life.state === 'starting' ? probeMs.starting : probeMs.steady, check)
    })
  }

  async function stop(how: 'stop' | 'leave'): Promise<void> {
    const program = running
    happen({ kind: 'stopping' })
    release()
    if (program && isAlive(program.id)) {
      await stopProcess(program, (how === 'leave' ? spec.leave : undefined) ?? spec.stop, clock)
    }
    records.remove(spec.name)
    happen({ kind: 'stopped' })
  }

  return {
    spec: () => spec,
    look,
    stop,
    begin() {
      const found = adopt(spec.name, records, clock)
      if (!found) return look()
      accompany(found)
      if (found.digest !== digestOf(spec)) return this.change(spec)
    },
    async change(next) {
      const wanted = digestOf(next)
      const same = (running?.digest ?? digestOf(spec)) === wanted
      spec = next
      if (same) return
      await stop('stop')
      life = { ...newborn, restarts: life.restarts }
      look()
    },
    detach() {
      detached = true
      release()
    },
    status() {
      const { name, address, provider, simulated } = spec
      return {
        name,
        state: life.state,
        ...(life.reason === undefined ? {} : { reason: life.reason }),
        ...(running ? { pid: running.id.pid } : {}),
        since,
        restarts: life.restarts,
        address,
        provider,
        simulated,
        adopted: running?.adopted ?? false,
      }
    },
  }
}

function describe(exit: Exit, logFile: string): string {
  const how =
    exit.kind === 'code'
      ? `ended with ${exit.code}`
      : exit.kind === 'signal'
        ? `killed by ${exit.signal}`
        : 'ended'
  const words = lastWords(logFile)
  return words ? `${how}; its last words: ${words}` : how
}
