import { forecast } from './forecast.ts'
import { textOf } from './moves.ts'
import { type Facts, isFor } from './next.ts'
import { isOver, type Rollout, silent } from './rollout.ts'

/** What `/v1/status` and `/v1/rollout` tell of the last rollout. */
export type RolloutStatus = Omit<Rollout, 'progress'> & {
  /** What is being rolled out, for people. */
  text: string
  /** What is waited for, as far as this machine knows. */
  waits?: string
}

export type RolloutReport = {
  rollout?: RolloutStatus
  /** The version of the document as it is; absent where this machine cannot tell. */
  document?: number
  /** The rollout is of one before it, which said something else of programs. */
  older?: true
  /** Those that have not changed yet by their names, in the order in which they will; several in one go at the same time. */
  coming: string[][]
  /** Those that have not seen what the document as it is says of programs. */
  unseen: string[]
  /** The oldest version that is applied by a machine, but for those that refuse a newer one; -1 while no machine has told of itself, as right after a start. */
  seen?: number
  /** Those whose word is waited for that are not in touch with ZooKeeper. */
  absent?: string[]
  /** Why nobody can read what stands in ZooKeeper of it. */
  problem?: string
  /** ZooKeeper does not answer: who is to come is not known. */
  away?: true
}

export function statusOf({ progress: _, ...rollout }: Rollout, waits: string | undefined): RolloutStatus {
  const told = waits === undefined || (isOver(rollout) && !rollout.permit) ? {} : { waits }
  return { ...rollout, text: textOf(rollout.change), ...told }
}

/** @param seen what this machine sees; undefined while ZooKeeper does not answer */
export function reportOf(
  rollout: Rollout | undefined,
  waits: string | undefined,
  seen: Omit<Facts, 'waitedMs'> | undefined,
  problem?: string,
): RolloutReport {
  const told = {
    ...(rollout ? { rollout: statusOf(rollout, waits) } : {}),
    ...(problem === undefined ? {} : { problem }),
  }
  if (!seen) return { ...told, coming: [], unseen: [], away: true }
  const { document, machines } = seen
  const older = document && rollout?.change.kind === 'document' && !isFor(rollout.change, document)
  const unseen = machines.filter(({ digest }) => document && digest !== document.digest)
  const versions = machines.flatMap(({ version, refuses }) =>
    version === undefined || refuses ? [] : version,
  )
  const there = new Set(machines.map(({ id }) => id))
  const absent = rollout ? silent(rollout).filter(({ id }) => !there.has(id)) : []
  return {
    ...told,
    ...(document ? { document: document.version } : {}),
    ...(older ? { older } : {}),
    coming: forecast(rollout, { ...seen, waitedMs: 0 }),
    unseen: unseen.map(({ name }) => name),
    ...(versions.length > 0 || machines.length === 0
      ? { seen: machines.length === 0 ? -1 : Math.min(...versions) }
      : {}),
    ...(absent.length > 0 ? { absent: absent.map(({ name }) => name) } : {}),
  }
}
