import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store.ts'
import type { Plan } from './plan.ts'
import { openRecords } from './process/records.ts'
import { type Keeper, openKeeper } from './service/keeper.ts'
import { inOrder } from './service/order.ts'
import type { ServiceName, ServiceStatus } from './service/spec.ts'

export type Supervisor = {
  /** Brings the machine to the plan: takes over what runs, starts what is missing, changes or stops the rest. */
  apply(plan: Plan): Promise<void>
  status(): ServiceStatus[]
  onChange(see: () => void): () => void
  /** Ends every program, those that need others first; `leave` sequences where there are. */
  stopAll(): Promise<void>
  /** Stops watching and leaves everything running. */
  detach(): Promise<void>
}

export function createSupervisor({
  store,
  clock,
  log,
  random = Math.random,
}: {
  store: Store
  clock: Clock
  log: Log
  random?: () => number
}): Supervisor {
  const records = openRecords(store)
  const keepers = new Map<ServiceName, Keeper>()
  const listeners = new Set<() => void>()

  function changed(): void {
    for (const keeper of keepers.values()) keeper.look()
    for (const see of [...listeners]) see()
  }

  const missing = (needs: ServiceName[]) =>
    needs.find((name) => keepers.get(name)?.status().state !== 'ready')

  const ordered = () => inOrder([...keepers.values()].map((keeper) => keeper.spec()))

  return {
    async apply({ services }) {
      const wanted = new Set(services.map(({ name }) => name))
      for (const { name } of ordered().reverse()) {
        if (wanted.has(name)) continue
        await keepers.get(name)?.stop('stop')
        keepers.delete(name)
      }
      for (const spec of inOrder(services)) {
        const keeper = keepers.get(spec.name)
        if (keeper) await keeper.change(spec)
        else {
          const made = openKeeper(spec, { records, clock, log, random, missing, onChange: changed })
          keepers.set(spec.name, made)
          await made.begin()
        }
      }
    },
    status: () => ordered().flatMap(({ name }) => keepers.get(name)?.status() ?? []),
    onChange(see) {
      listeners.add(see)
      return () => listeners.delete(see)
    },
    async stopAll() {
      for (const { name } of ordered().reverse()) await keepers.get(name)?.stop('leave')
    },
    async detach() {
      for (const keeper of keepers.values()) keeper.detach()
      listeners.clear()
    },
  }
}
