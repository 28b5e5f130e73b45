import { textOf } from './moves.ts'
import { isOver, type Rollout } from './rollout.ts'

/** What `/v1/status` and `/v1/rollout` tell of the last rollout. */
export type RolloutStatus = Omit<Rollout, 'progress'> & {
  /** What is being rolled out, for people. */
  text: string
  /** What is waited for, as far as this machine knows. */
  waits?: string
}

export type RolloutReport = {
  rollout?: RolloutStatus
  /** The version of the document as it is. */
  document?: number
  /** The rollout is of one before it, which said something else of programs. */
  older?: true
  /** Those that have not changed yet by their names, in the order in which they will; several in one go at the same time. */
  coming: string[][]
  /** Those that have not seen the document as it is. */
  unseen: string[]
  /** ZooKeeper does not answer: who is to come is not known. */
  away?: true
}

export function statusOf({ progress: _, ...rollout }: Rollout, waits: string | undefined): RolloutStatus {
  const told = waits === undefined || (isOver(rollout) && !rollout.permit) ? {} : { waits }
  return { ...rollout, text: textOf(rollout.change), ...told }
}
