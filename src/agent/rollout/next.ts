import { begin, finish, grant, halt, lostDisk, miss, textOf } from './moves.ts'
import { fallen, type Lack, namesOf, nextBatch, type Seen, untilSeen } from './order.ts'
import { type Change, isOver, type Rollout, type Sound, silent } from './rollout.ts'

export type Facts = {
  /** The document as it is, and what stands for what it says of programs; undefined before the first. */
  document: { version: number; digest: string } | undefined
  /** The machines that are in touch with ZooKeeper. */
  machines: Seen[]
  /** What the control plane has to do without already. */
  lacks: Lack[]
  limits: Limits
  /** For so long the open permit has stood, or machines that were done have not been ready, in milliseconds. */
  waitedMs: number
  /** What to go back to from the document, where it is another one than what has been rolled out. */
  sound?: Sound
}

export type Limits = {
  /** How many workers may be away at a time, or which part of them. */
  maxUnavailable: number | string
  /** Whether one worker goes before the others. */
  canary: boolean
  /** Within so many milliseconds a machine has to give its word, or to be ready again after it. */
  wordMs: number
}

/** `write`: what has to stand there next. `wait`: for what. `rest`: there is nothing to do. */
export type Next = { kind: 'write'; rollout: Rollout } | { kind: 'wait'; for: string } | { kind: 'rest' }

/** What happens next to a rollout. Pure: whichever machine asks, the same facts give the same answer. */
export function next(rollout: Rollout | undefined, told: Facts): Next {
  if (rollout?.permit) return withPermit(rollout, told)
  // Its session outlives it: who was found to have lost its disk is no more, and another one is in its place.
  const lost = new Set(rollout?.past.filter(({ reason }) => reason === lostDisk).map(({ id }) => id))
  const facts = { ...told, machines: told.machines.filter(({ id }) => !lost.has(id)) }
  const { document, machines } = facts
  if (!document) return { kind: 'rest' }
  if (rollout?.change.kind === 'controllers' && !isOver(rollout))
    return { kind: 'wait', for: `the end of ${textOf(rollout.change)}` }
  const waiting = machines.filter(({ digest, waits }) => digest === document.digest && waits.length > 0)
  const unseen = machines.filter(({ digest }) => digest !== document.digest)
  if (!rollout || !isFor(rollout.change, document)) {
    const unfinished = rollout?.change.kind === 'document' && rollout.state !== 'done'
    if (waiting.length === 0 && !unfinished) return { kind: 'rest' }
    return { kind: 'write', rollout: begin(rollout, { kind: 'document', ...document }, facts.sound) }
  }
  if (rollout.state === 'halted')
    return { kind: 'wait', for: 'somebody who resumes it, or changes an option of a program' }
  if (rollout.state === 'aborted') return { kind: 'rest' }
  const ill = rollout.state === 'running' ? fallen(rollout, machines) : []
  if (ill.length > 0) return withFallen(ill, rollout, facts)
  if (waiting.length === 0) {
    if (rollout.state === 'done') return { kind: 'rest' }
    if (unseen.length > 0) return { kind: 'wait', for: untilSeen(unseen, rollout) }
    return { kind: 'write', rollout: finish(rollout) }
  }
  if (rollout.paused) return { kind: 'wait', for: 'somebody who resumes it' }
  // One that was away catches up.
  if (rollout.state === 'done') return { kind: 'write', rollout: { ...rollout, state: 'running' } }
  const batch = nextBatch(waiting, rollout, facts)
  return batch.kind === 'wait' ? batch : { kind: 'write', rollout: grant(rollout, batch.machines) }
}

function withPermit(rollout: Rollout, { waitedMs, limits }: Facts): Next {
  const waited = silent(rollout)
  const names = namesOf(waited)
  if (waitedMs > limits.wordMs && rollout.why === undefined) {
    const begun = waited.some(({ id }) => rollout.permit?.begun.includes(id))
    const and = begun ? 'and may still do its step' : 'nor that it has begun'
    const why = `${names} has not said within ${Math.round(limits.wordMs / 1000)} s that it is done, ${and}`
    return { kind: 'write', rollout: miss(rollout, why) }
  }
  return { kind: 'wait', for: `the word of ${names}` }
}

/** A canary that falls after its word is as good a warning as one that fails. */
function withFallen(ill: Seen[], rollout: Rollout, { waitedMs, limits }: Facts): Next {
  const names = namesOf(ill)
  if (rollout.paused || waitedMs <= limits.wordMs) return { kind: 'wait', for: `${names} to be ready again` }
  const why = `${names} was done, and has not been ready for ${Math.round(limits.wordMs / 1000)} s since`
  return { kind: 'write', rollout: halt(rollout, why) }
}

/** Whether the document still is as the change says, for all programs: what else it says has no part in it. */
export function isFor(change: Change, document: { digest: string } | undefined): boolean {
  return change.kind === 'document' && change.digest === document?.digest
}
