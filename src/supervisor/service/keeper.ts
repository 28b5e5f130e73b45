import { backoffMs, type Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Authorization } from '../probe/authorization.ts'
import { clearFor, missingRoom, openProbe, type Probe, type Registered } from '../probe/probe.ts'
import { adopt } from '../process/adopt.ts'
import type { Cgroups } from '../process/cgroup.ts'
import { killedForMemory, type Shortage } from '../process/kernel-log.ts'
import { tailOf } from '../process/output.ts'
import type { Records } from '../process/records.ts'
import type { Exit, Running } from '../process/running.ts'
import { digestOf, spawnRecorded } from '../process/spawn.ts'
import { stopProgram } from '../process/stop.ts'
import { asItRuns } from '../process/takeover.ts'
import { writeFiles } from './files.ts'
import { type Life, type LifeEvent, newborn, step } from './life.ts'
import type { Need, ServiceSpec, ServiceStatus } from './spec.ts'
import { verdictOf } from './verdict.ts'
import { lastLines, stopWords, told } from './words.ts'

const probeMs = 1000
/** One that starts is asked often at first: most are ready soon. */
const startingMs = { firstMs: 40, factor: 1.5, maxMs: 200 }

export type KeeperDeps = {
  records: Records
  cgroups: Cgroups
  clock: Clock
  log: Log
  random: () => number
  /** The first of these that is not there, in words. */
  missing: (needs: Need[]) => string | undefined
  /** Whether somebody has stopped it, and nobody started it since. */
  stoppedByHand: () => boolean
  registered: Registered
  ofMasters: Authorization
  /** Whether the ensemble serves this machine. */
  ensembleServes: () => boolean
  onChange: () => void
}

/** Keeps one service as its spec says. */
export type Keeper = {
  spec(): ServiceSpec
  /** Takes over what runs already, or starts it when its needs are met. */
  begin(): Promise<void>
  /** Looks again at what it waits for. */
  look(): void
  /** Takes a new spec; when the program has to be another one, it is stopped and started. */
  change(spec: ServiceSpec): Promise<void>
  stop(how: 'stop' | 'leave'): Promise<void>
  /** Starts it now, whatever it rests or waits for but its needs. */
  want(): void
  restart(): Promise<void>
  /** Tries again now what waits for something that cannot be seen from here. */
  retry(): void
  /** Leaves the program running and forgets it. */
  detach(): void
  status(): ServiceStatus
}

/** `fault`: why meshbox has ended it. */
type Accompanied = Running & { probe: Probe; over: Promise<void>; fault?: string }

export function openKeeper(first: ServiceSpec, deps: KeeperDeps): Keeper {
  const { records, cgroups, clock, random, missing, stoppedByHand, onChange } = deps
  const log = deps.log.child({ service: first.name })
  let spec = first
  let life: Life = newborn
  let since = clock.now()
  let program: Accompanied | undefined
  /** What an agent before this one may have left is looked for once, and before anything is started. */
  let searched = false
  /** Of a program that has ended, what would not go with it: nothing is started beside it. */
  let remains: Running | undefined
  /** So often the program was asked since it was started. */
  let questions = 0
  let cancelTimer = () => {}
  let detached = false

  function happen(event: LifeEvent): void {
    if (detached) return
    const before = life
    const next = step(life, event, {
      restart: spec.restart,
      startMs: spec.startMs,
      now: clock.monotonic(),
      random,
    })
    life = next.life
    if (before.state !== life.state) since = clock.now()
    if (before.state !== life.state || before.reason !== life.reason) {
      const { state, reason } = life
      log.info({ state, ...(reason ? { reason } : {}), pid: program?.id.pid }, 'service')
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
    if (life.state !== 'waiting') return
    const room = missingRoom(spec.probe)
    happen({ kind: 'needs', missing: missing(spec.needs) ?? room })
    // Nobody tells when there is room again.
    if (room) later(probeMs, look)
  }

  function start(): void {
    if (remains) return void clearAgain(remains)
    const running = trying(() => {
      const found = left()
      if (found) return found
      writeFiles(spec.files)
      const removed = clearFor(spec.probe)
      if (removed) log.warn({ removed }, 'a log without a header, as a full disk leaves it')
      return spawnRecorded(spec, records, cgroups, log)
    })
    if (running) accompany(running)
  }

  function trying<T>(run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      happen({ kind: 'start-failed', ...told(error) })
      return undefined
    }
  }

  /** @throws when it cannot be known what runs */
  function left(): Running | undefined {
    if (searched) return undefined
    const found = adopt(spec.name, records, clock)
    searched = true
    return found?.digest === asItRuns ? settled(found) : found
  }

  /** From now on it counts as started by this plan; where that cannot be written down, the next agent says so again. */
  function settled(found: Running): Running {
    const digest = digestOf(spec)
    try {
      const record = records.get(spec.name)
      if (record) records.put({ ...record, digest })
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'taken over, and not written down')
    }
    return { ...found, digest }
  }

  function accompany(running: Running): void {
    const ran = spec
    const accompanied: Accompanied = {
      ...running,
      probe: probeOf(running),
      over: running.exited.then(async (exit) => {
        if (detached) return
        cancelTimer()
        accompanied.probe.close()
        const output = tailOf(spec.logFile, running.logFrom)
        if (life.state !== 'stopping') log.warn({ exit, output: lastLines(output) }, 'ended')
        const { fault } = accompanied
        const verdict = fault
          ? { reason: fault, blame: 'outside' as const }
          : verdictOf(spec.name, exit, output, { ...ran, shortage: shortageOf(running, exit) })
        await clear(running).catch((error) => {
          remains = running
          log.error({ error: messageOf(error) }, 'cannot clear up after the program')
        })
        if (program === accompanied) program = undefined
        happen({ kind: 'exited', ...verdict, output: lastLines(output) })
      }),
    }
    program = accompanied
    questions = 0
    happen({ kind: 'started' })
    later(0, check)
  }

  function probeOf({ adopted }: Running): Probe {
    const { registered, ofMasters, ensembleServes: elsewhere } = deps
    return openProbe(spec.probe, clock, { fresh: !adopted, elsewhere, registered, ofMasters })
  }

  /** Nothing of a program that has ended may be in the way of the next start. */
  async function clear(running: Running): Promise<void> {
    await stopProgram(running, spec.stop, clock)
    records.remove(spec.name)
  }

  async function clearAgain(running: Running): Promise<void> {
    try {
      await clear(running)
      remains = undefined
      // Unless somebody has stopped it meanwhile.
      if (!detached && life.state === 'starting' && !program) start()
    } catch (error) {
      happen({ kind: 'start-failed', ...told(error) })
    }
  }

  async function check(): Promise<void> {
    const asked = program?.probe
    if (!asked) return
    const isOver = () => asked !== program?.probe || detached || life.state === 'stopping'
    const problem = await asked.check()
    if (isOver()) return
    happen({ kind: 'probed', problem })
    const fault = await asked.fault?.(life.attempt)
    if (isOver()) return
    if (fault) return endForFault(fault)
    later(life.state === 'starting' ? backoffMs(questions++, startingMs, random) : probeMs, check)
  }

  /** At once: what it would do until it ends by itself is what must not be. */
  function endForFault(fault: string): void {
    const running = program
    if (!running) return
    log.error({ fault, pid: running.id.pid }, 'must not go on')
    running.fault = fault
    stopProgram(running, spec.stop.slice(-1), clock).catch((error) =>
      happen({ kind: 'stop-failed', ...told(error) }),
    )
  }

  async function stop(how: 'stop' | 'leave', afterwards: 'rest' | 'start'): Promise<void> {
    const running = program
    cancelTimer()
    happen({ kind: 'stop', running: running !== undefined, afterwards })
    if (!running) return
    try {
      await stopProgram(running, (how === 'leave' ? spec.leave : undefined) ?? spec.stop, clock)
    } catch (error) {
      happen({ kind: 'stop-failed', ...told(error) })
      throw error
    }
    await running.over
  }

  async function replaceIfOutdated(): Promise<void> {
    if (program && program.digest !== digestOf(spec)) await restart()
  }

  async function restart(): Promise<void> {
    await stop('stop', 'start')
    look()
  }

  return {
    spec: () => spec,
    look,
    restart,
    stop: (how) => stop(how, 'rest'),
    want() {
      happen({ kind: 'wanted' })
      look()
    },
    retry() {
      if (!life.paused) return
      happen({ kind: 'woken' })
      look()
    },
    async begin() {
      const found = trying(left)
      if (found) accompany(found)
      if (stoppedByHand()) return stop('stop', 'rest')
      if (!found) return look()
      await replaceIfOutdated()
    },
    async change(next) {
      const before = spec
      spec = next
      if (stoppedByHand()) return
      if (program) {
        if (JSON.stringify(before.probe) !== JSON.stringify(next.probe)) {
          program.probe.close()
          program.probe = probeOf(program)
          later(0, check)
        }
        return replaceIfOutdated()
      }
      if (digestOf(before) === digestOf(next)) return look()
      await restart()
    },
    detach() {
      detached = true
      cancelTimer()
      program?.forget()
      program?.probe.close()
    },
    status() {
      const { name, address, provider, simulated } = spec
      const { state, reason, hint, command, output, restarts } = life
      const byHand = stoppedByHand()
      return {
        name,
        state,
        ...(byHand && state === 'stopped' ? stopWords(name) : {}),
        ...(reason === undefined ? {} : { reason }),
        ...(hint === undefined ? {} : { hint }),
        ...(command === undefined ? {} : { command }),
        ...(output === undefined ? {} : { output }),
        byHand,
        ...(program ? { pid: program.id.pid } : {}),
        since,
        restarts,
        address,
        provider,
        simulated,
        adopted: program?.adopted ?? false,
      }
    },
  }
}

/** Nobody's signal but the kernel's is told by its log; that of another agent's child is told by nothing else. */
function shortageOf({ id }: Running, exit: Exit): Shortage | undefined {
  const perhaps = exit.kind === 'unknown' || (exit.kind === 'signal' && exit.signal === 'SIGKILL')
  return perhaps ? killedForMemory(id) : undefined
}
