import { MeshboxError } from '../../error.ts'
import {
  type Change,
  isOpenFor,
  isOver,
  type Permit,
  type Rollout,
  type Sound,
  silent,
  type Word,
} from './rollout.ts'

/** Of a change that concerns ten thousand machines, the last words must do. */
const mostPast = 500

/**
 * Begins another change in the place of the one before. Who paused that one, paused this one too.
 * @param sound what to go back to from it
 * @throws MeshboxError `rollout-busy` while a permit is open, or a change of another kind is under way
 */
export function begin(before: Rollout | undefined, change: Change, sound = before?.sound): Rollout {
  if (before?.permit)
    throw busy(`${namesOf(silent(before))} may be changing, and has not said that it is done`)
  if (before && !isOver(before) && (before.change.kind !== change.kind || change.kind === 'controllers'))
    throw busy(`${textOf(before.change)} is under way`)
  const ended = endedIn(before)
  const aborted = abortedIn(before)
  const isAborted =
    change.kind === 'document' && before?.change.kind === 'controllers' && change.digest === aborted
  const begun: Rollout = {
    ...{ change, state: 'running', paused: false, step: before?.step ?? 0, past: [] },
    ...(isAborted ? { state: 'halted', why: abortedBefore } : {}),
    ...(aborted !== undefined && change.kind === 'controllers' ? { aborted } : {}),
    ...(ended ? { ended } : {}),
    ...(sound ? { sound } : {}),
  }
  return before?.paused ? pause(begun) : begun
}

/** How the last change of controllers ended. */
function endedIn(before: Rollout | undefined): Rollout['ended'] {
  if (before?.change.kind !== 'controllers') return before?.ended
  const { change, state, why } = before
  const { id, text } = change
  const end = state === 'done' ? 'done' : 'aborted'
  return { id, text, state: end, ...(why === undefined ? {} : { why }) }
}

/** What the last rollout of the document said of programs, where somebody aborted it. */
function abortedIn(before: Rollout | undefined): string | undefined {
  if (before?.change.kind !== 'document') return before?.aborted
  return before.state === 'aborted' ? before.change.digest : undefined
}

const abortedBefore =
  'it was aborted before the controllers changed; machines that follow the new list would take it along'

/**
 * Opens the one permit.
 * @throws Error when there is one, or none may be given: whoever decides has to look at that first
 */
export function grant(rollout: Rollout, machines: Permit['machines'], task?: string): Rollout {
  if (rollout.permit || rollout.paused || rollout.state !== 'running' || machines.length === 0)
    throw new Error(`no permit can be given: ${JSON.stringify(rollout)}`)
  const step = rollout.step + 1
  const permit = { step, machines, ...(task === undefined ? {} : { task }), begun: [], words: {} }
  return { ...rollout, step, permit }
}

/** A machine is about to act on its permit. Undefined: it may not. To write it anew is to read it again. */
export function claim(rollout: Rollout, step: number, id: string): Rollout | undefined {
  const { permit } = rollout
  if (permit?.step !== step || !isOpenFor(rollout, id)) return undefined
  return { ...rollout, permit: { ...permit, begun: [...permit.begun.filter((each) => each !== id), id] } }
}

/**
 * A machine's own word, which closes its permit; one of failure halts the rollout. Undefined when it is not waited for: it
 * was given before, or belongs to another permit.
 */
export function speak(rollout: Rollout, step: number, id: string, word: Word): Rollout | undefined {
  const { permit } = rollout
  if (permit?.step !== step || !isOpenFor(rollout, id)) return undefined
  const machine = permit.machines.find((each) => each.id === id)
  if (!machine) return undefined
  const words = { ...permit.words, [id]: word }
  const { permit: _, ...rest } = rollout
  const open = permit.machines.some((each) => words[each.id] === undefined)
  const spoken: Rollout = {
    ...(open ? { ...rest, permit: { ...permit, words } } : rest),
    past: [...rollout.past, { step, ...machine, ...word }].slice(-mostPast),
  }
  if (isOver(rollout)) return open ? spoken : withoutWhy(spoken)
  if (Object.values(permit.words).some(({ kind }) => kind === 'failed')) return spoken
  if (word.kind === 'failed')
    return {
      ...spoken,
      state: 'halted',
      why: `${machine.name} failed: ${word.reason ?? 'no reason was told'}`,
    }
  // With no failure it has halted for want of this very word.
  return rollout.state === 'halted' && !open ? { ...spoken, why: lateness(machine.name, word) } : spoken
}

function withoutWhy({ why: _, ...rollout }: Rollout): Rollout {
  return rollout
}

function lateness(name: string, { kind, reason = 'no reason was told' }: Word): string {
  return kind === 'done' ? `${name} said late that it is done` : `${name} did nothing: ${reason}`
}

/** No permit is given before somebody says so. */
export function halt(rollout: Rollout, why: string): Rollout {
  return isOver(rollout) || rollout.state === 'halted' ? rollout : { ...rollout, state: 'halted', why }
}

/** The word that closes its permit does not come; one that was aborted stays so. */
export function miss(rollout: Rollout, why: string): Rollout {
  return rollout.state === 'aborted' ? { why, ...rollout } : halt(rollout, why)
}

/** All machines are as the change says. */
export function finish(rollout: Rollout): Rollout {
  const { why: _, progress: __, ...rest } = rollout
  return { ...rest, ...soundIn(rest), state: 'done', proven: rest.step }
}

/** One that came to no end, or was reopened for a latecomer, leaves it as it was. */
function soundIn({ change }: Pick<Rollout, 'change'>): { sound?: Sound } {
  if (change.kind === 'controllers') return {}
  return { sound: { version: change.version, digest: change.digest } }
}

/** By somebody's word: no further permits, whichever change comes, until `resume`. One that is open is answered. */
export function pause(rollout: Rollout): Rollout {
  return rollout.paused ? rollout : { ...rollout, paused: true }
}

/**
 * By somebody's word: goes on with a rollout that is paused, has halted or was aborted. A change of controllers that was
 * aborted was taken back, or its ensemble is no more: it is over.
 */
export function resume(rollout: Rollout): Rollout {
  const { state, paused, permit, change } = rollout
  if (state === 'done' || (state === 'aborted' && change.kind === 'controllers'))
    return paused ? { ...rollout, paused: false } : rollout
  if (!paused && state === 'running') return rollout
  const { why: _, ...rest } = rollout
  return {
    ...{ ...rest, state: 'running', paused: false },
    ...(permit ? { permit: { ...permit, resumed: (permit.resumed ?? 0) + 1 } } : {}),
  }
}

/** By somebody's word: no further permits for this change. What has been changed stays so. */
export function abort(rollout: Rollout): Rollout {
  if (isOver(rollout)) return rollout
  const { why: _, ...rest } = rollout
  return { ...rest, state: 'aborted' }
}

/** By somebody's word that a machine is off and will not act: its word is waited for no more. */
export function withdraw(rollout: Rollout, name: string): Rollout {
  const machine = silent(rollout).find((each) => each.name === name)
  const spoken =
    machine &&
    speak(rollout, rollout.step, machine.id, {
      kind: 'skipped',
      reason: 'it is off, by the word of an operator',
    })
  return spoken ?? rollout
}

/**
 * A machine that lost its disk comes back as another one, which knows nothing of what that one was to do. It is in its place,
 * so the word is its own. Undefined where none is waited for from there.
 */
export function inherit(
  rollout: Rollout,
  own: { id: string; name: string; address: string },
): Rollout | undefined {
  const before = silent(rollout).find(
    ({ id, name, address }) => name === own.name && address === own.address && id !== own.id,
  )
  return before && speak(rollout, rollout.step, before.id, { kind: 'failed', reason: lostDisk })
}

export const lostDisk = 'its disk was lost in the middle of its step; it is back as another machine'

/** `version 7 of the document`, or what a change of controllers says of itself. */
export function textOf(change: Change): string {
  return change.kind === 'document' ? `version ${change.version} of the document` : change.text
}

function namesOf(machines: Permit['machines']): string {
  return machines.map(({ name }) => name).join(', ')
}

function busy(why: string): MeshboxError {
  return new MeshboxError({
    code: 'rollout-busy',
    message: `cannot begin another change: ${why}`,
    hint: '`meshbox rollout status` shows how far it is, and the ways on where it has halted',
  })
}
