import type { Clock } from '../clock.ts'
import { MeshboxError, messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store.ts'
import type { Plan } from './plan.ts'
import { type Authorization, authorizationFor } from './probe/authorization.ts'
import type { Registered } from './probe/probe.ts'
import { adopt } from './process/adopt.ts'
import { machineTree, openCgroups } from './process/cgroup.ts'
import { openRecords } from './process/records.ts'
import { stopProgram } from './process/stop.ts'
import { asItRuns } from './process/takeover.ts'
import { stopSteps } from './program/defaults.ts'
import { serviceNames } from './provider/choose.ts'
import { openStopsByHand } from './service/by-hand.ts'
import { type Keeper, openKeeper } from './service/keeper.ts'
import { inOrder } from './service/order.ts'
import type { Condition, Need, ServiceName, ServiceSpec, ServiceStatus } from './service/spec.ts'

export type Supervisor = {
  /**
   * Brings the machine to the plan: takes over what runs, starts what is missing, changes or stops the rest. What the
   * plan holds back is left as it is. Returns when it is under way; readiness follows by itself.
   * @throws when something that had to be stopped is still there
   */
  apply(plan: Plan): Promise<void>
  status(): ServiceStatus[]
  /** How each service is kept, as planned last. */
  specs(): ServiceSpec[]
  /** How a program of this machine is spoken to, by what it runs with. */
  authorization(name: ServiceName): Authorization
  onChange(see: () => void): () => void
  /** Whether something that programs need is there; until it is told, it is not. */
  tell(condition: Condition, met: boolean): void
  /** Another machine has come: what waits for something that cannot be seen from here is tried at once. */
  retry(): void
  /**
   * Stops the services for as long as nobody starts them, those that need others first.
   * @throws MeshboxError `service-unknown`, or when one of them is still there
   */
  stop(names: string[]): Promise<void>
  /** Starts the services that were stopped by hand, have failed or wait for their next try. */
  start(names: string[]): Promise<void>
  /** Stops and starts the services, one after the other. */
  restart(names: string[]): Promise<void>
  /**
   * Ends every program, those that need others first. `leave`: for good, by its sequence for that where there is one.
   * @throws when something is still there; the others are stopped all the same
   */
  stopAll(how: 'stop' | 'leave'): Promise<void>
  /** Stops watching and leaves everything running. */
  detach(): Promise<void>
}

export function createSupervisor({
  store,
  clock,
  log,
  random = Math.random,
  registered = async () => undefined,
  ofMasters = async () => undefined,
}: {
  store: Store
  clock: Clock
  log: Log
  random?: () => number
  registered?: Registered
  /** How every master is spoken to. */
  ofMasters?: Authorization
}): Supervisor {
  const records = openRecords(store)
  const cgroups = openCgroups(machineTree())
  const byHand = openStopsByHand(store)
  const conditions = new Set<Condition>()
  const keepers = new Map<ServiceName, Keeper>()
  const listeners = new Set<() => void>()
  let last: Promise<unknown> = Promise.resolve()

  /** One after the other, in the order they were called. */
  function inTurn(run: () => Promise<void>): Promise<void> {
    const turn = last.then(run)
    last = turn.catch(() => {})
    return turn
  }

  function changed(): void {
    const told = [...keepers.values()].map(({ look }) => look)
    for (const see of [...told, ...listeners]) {
      try {
        see()
      } catch (error) {
        log.error({ error: messageOf(error) }, 'a listener of the supervisor failed')
      }
    }
  }

  const isMet = (need: Need) =>
    need === 'zookeeper-quorum' ? conditions.has(need) : keepers.get(need)?.status().state === 'ready'

  function missing(needs: Need[]): string | undefined {
    const need = needs.find((need) => !isMet(need))
    return need === 'zookeeper-quorum' ? 'a ZooKeeper quorum' : need
  }

  /** The keepers of these services, in the order in which they start. */
  function named(names: string[]): Keeper[] {
    const known = ordered().map(({ name }) => name)
    const unknown = names.find((name) => !known.some((one) => one === name))
    if (unknown !== undefined) throw unknownService(unknown, known)
    return known.filter((name) => names.includes(name)).flatMap((name) => keepers.get(name) ?? [])
  }

  const ordered = () => inOrder(serviceNames.flatMap((name) => keepers.get(name)?.spec() ?? []))

  /** Programs of an agent before this one that nobody keeps now. */
  async function stopOrphans(except: Set<ServiceName>): Promise<void> {
    for (const { name, digest } of records.all()) {
      // One that was taken over waits for the plan that it belongs to.
      if (except.has(name) || keepers.has(name) || digest === asItRuns) continue
      const orphan = adopt(name, records, clock)
      if (!orphan) continue
      orphan.forget()
      log.info({ service: name, pid: orphan.id.pid }, 'no longer wanted here')
      await stopProgram(orphan, stopSteps, clock)
      records.remove(name)
    }
  }

  return {
    apply({ services, held }) {
      return inTurn(async () => {
        const wanted = new Set([...services, ...held].map(({ name }) => name))
        for (const { name } of ordered().reverse()) {
          if (services.some((spec) => spec.name === name)) continue
          await keepers.get(name)?.stop('stop')
          keepers.delete(name)
          changed()
        }
        await stopOrphans(wanted)
        for (const spec of inOrder(services)) {
          const present = keepers.get(spec.name)
          if (present) {
            await present.change(spec)
            continue
          }
          const keeper = openKeeper(spec, {
            records,
            cgroups,
            clock,
            log,
            random,
            missing,
            stoppedByHand: () => byHand.has(spec.name),
            registered,
            ofMasters,
            ensembleServes: () => conditions.has('zookeeper-quorum'),
            onChange: changed,
          })
          keepers.set(spec.name, keeper)
          await keeper.begin()
        }
      })
    },
    status: () => ordered().flatMap(({ name }) => keepers.get(name)?.status() ?? []),
    specs: ordered,
    authorization: (name) => async (signal) => {
      const spec = keepers.get(name)?.spec()
      return spec && authorizationFor(spec.probe, ofMasters)(signal)
    },
    onChange(see) {
      listeners.add(see)
      return () => listeners.delete(see)
    },
    tell(condition, met) {
      if (conditions.has(condition) === met) return
      if (met) conditions.add(condition)
      else conditions.delete(condition)
      changed()
    },
    retry() {
      for (const keeper of keepers.values()) keeper.retry()
    },
    stop(names) {
      return inTurn(async () => {
        for (const keeper of named(names).reverse()) {
          byHand.add(keeper.spec().name)
          await keeper.stop('stop')
          changed()
        }
      })
    },
    start(names) {
      return inTurn(async () => {
        for (const keeper of named(names)) {
          byHand.remove(keeper.spec().name)
          keeper.want()
          changed()
        }
      })
    },
    restart(names) {
      return inTurn(async () => {
        for (const keeper of named(names)) {
          byHand.remove(keeper.spec().name)
          await keeper.restart()
        }
      })
    },
    stopAll(how) {
      return inTurn(async () => {
        const failures: unknown[] = []
        for (const { name } of ordered().reverse()) {
          await keepers
            .get(name)
            ?.stop(how)
            .catch((error) => failures.push(error))
        }
        await stopOrphans(new Set()).catch((error) => failures.push(error))
        if (failures.length > 1) log.error({ errors: failures.map(messageOf) }, 'cannot stop everything')
        if (failures.length > 0) throw failures[0]
      })
    },
    detach() {
      return inTurn(async () => {
        for (const keeper of keepers.values()) keeper.detach()
        listeners.clear()
      })
    },
  }
}

function unknownService(name: string, known: ServiceName[]): MeshboxError {
  return new MeshboxError({
    code: 'service-unknown',
    message: `cannot find a service "${name}" on this machine`,
    hint: known.length > 0 ? `here are ${known.join(', ')}` : '`meshbox status` tells why there is none yet',
  })
}
