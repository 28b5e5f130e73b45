import { MeshboxError } from '../../error.ts'
import { goOnWithout, partnerIn } from '../controllers/without.ts'
import { type Finding, foundAlive } from './alive.ts'
import { abort, begin, pause, resume, withdraw } from './moves.ts'
import type { Facts } from './next.ts'
import { isOver, type Rollout, silent } from './rollout.ts'
import type { Rollouts } from './store.ts'

export type Steer = { word: 'pause' | 'resume' | 'abort'; without?: string }

/** What somebody has to say of rollouts, and what may not be said. */
export function openSteering({
  rollouts,
  document,
  ...finding
}: Finding & {
  rollouts: Pick<Rollouts, 'seen' | 'change'>
  document: () => Facts['document']
}): (steer: Steer) => Promise<Rollout> {
  /** What can be paused before there ever was one; it proves nothing. */
  function none(): Rollout | undefined {
    const now = document()
    return now && { ...begin(undefined, { kind: 'document', ...now }), state: 'done' }
  }

  /**
   * In which step that machine is off. One that lives will give its word, and whoever lets another one change beside it
   * breaks something.
   */
  async function stepWithout(name: string): Promise<number> {
    const waited = rollouts.seen()
    const isNamed = (each: { name: string }) => each.name === name
    const partner = partnerIn(waited, name)
    const machine = waited && (silent(waited).find(isNamed) ?? partner)
    if (!machine) throw notWaitedFor(name)
    const how = await foundAlive(machine.id, finding, partner)
    if (how !== undefined)
      throw new MeshboxError({
        code: 'rollout-machine',
        message: `cannot go on without ${name}: ${how}`,
        hint: 'turn it off, and try again once nobody finds it any more; that it is off is your word',
      })
    return waited.step
  }

  return async (steer) => {
    const offIn = steer.without === undefined ? undefined : await stepWithout(steer.without)
    const written = await rollouts.change((now) => {
      const rollout = now ?? (steer.word === 'pause' ? none() : undefined)
      return rollout && steered(rollout, steer, offIn)
    })
    if (written) return written
    throw new MeshboxError({
      code: 'rollout-absent',
      message: `cannot ${steer.word} a rollout: there was none yet`,
      hint: '`meshbox plan` shows what waits on this machine',
    })
  }
}

/** @param offIn the step in which the machine that is gone on without is off */
function steered(rollout: Rollout, { word, without }: Steer, offIn?: number): Rollout {
  // Half a change of controllers is nothing that anybody could live with.
  if (word === 'abort' && rollout.change.kind === 'controllers' && !isOver(rollout))
    throw new MeshboxError({
      code: 'rollout-controllers',
      message: `cannot abort a change of controllers (${rollout.change.text}) and leave it half done`,
      hint: 'take it back from where it is: `meshbox controllers undo`',
    })
  // What was aborted goes no further for want of a word.
  const next =
    without !== undefined && rollout.state === 'aborted'
      ? { ...rollout, paused: false }
      : { pause, resume, abort }[word](rollout)
  if (without === undefined) return next
  if (rollout.step !== offIn) throw notWaitedFor(without)
  return partnerIn(rollout, without) ? goOnWithout(next, without) : withdraw(next, without)
}

function notWaitedFor(name: string): MeshboxError {
  return new MeshboxError({
    code: 'rollout-machine',
    message: `cannot go on without ${name}: its word is not waited for`,
    hint: '`meshbox rollout status` shows whose is',
  })
}
