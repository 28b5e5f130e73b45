import { messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import type { Plan } from '../supervisor/plan.ts'
import type { Supervisor } from '../supervisor/supervise.ts'

export type Reconciler = {
  /** Plans again and brings the machine there. Calls during an apply are joined into one that follows it. */
  reconcile(): void
  plan(): Plan
  /** Why the last plan could not be applied. */
  problem(): string | undefined
  /** Resolves when nothing is being applied; nothing more will be. */
  stop(): Promise<void>
}

/** Keeps what runs equal to what `planNow` says, one apply at a time; `applied` is called after each that went well. */
export function openReconciler(
  supervisor: Pick<Supervisor, 'apply'>,
  planNow: () => { plan: Plan; applied: () => void },
  { log, onChange }: { log: Log; onChange: () => void },
): Reconciler {
  let plan: Plan = { services: [], held: [] }
  let problem: string | undefined
  let wanted = false
  let stopped = false
  let working: Promise<void> | undefined

  async function work(): Promise<void> {
    while (wanted && !stopped) {
      wanted = false
      try {
        const next = planNow()
        plan = next.plan
        await supervisor.apply(plan)
        next.applied()
        problem = undefined
      } catch (error) {
        problem = messageOf(error)
        log.error({ error: problem }, 'cannot apply the plan')
      }
      onChange()
    }
    working = undefined
  }

  return {
    reconcile() {
      wanted = true
      if (!stopped) working ??= work()
    },
    plan: () => plan,
    problem: () => problem,
    async stop() {
      stopped = true
      await working
    },
  }
}
