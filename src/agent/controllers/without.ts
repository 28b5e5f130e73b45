import { MeshboxError } from '../../error.ts'
import { withdraw } from '../rollout/moves.ts'
import { isOver, type Rollout, silent } from '../rollout/rollout.ts'
import { type Progress, progressSchema, type Seat, taskSchema } from './change.ts'
import { plain } from './driver.ts'
import { cutShort, giveUp } from './setbacks.ts'

/** A machine that has a part in the change of controllers that is under way, by its name. */
export function partnerIn(
  rollout: Rollout | undefined,
  name: string,
): { id: string; name: string; address: string } | undefined {
  if (rollout?.change.kind !== 'controllers' || isOver(rollout)) return undefined
  const { data } = progressSchema.safeParse(rollout.progress)
  const seat = data && seatIn(data, name)
  return seat && { id: seat.node, name, address: seat.server.host }
}

const seatIn = ({ seats }: Progress, name: string): Seat | undefined =>
  seats.find((seat) => seat.name === name && !seat.gone)

/**
 * By somebody's word that a machine is off for good the change goes on, or back, without it.
 * @throws MeshboxError while another one is in the middle of its step, or when nobody else has what that one has
 */
export function goOnWithout(rollout: Rollout, name: string): Rollout {
  const seat = seatIn(progressSchema.parse(rollout.progress), name)
  if (!seat) return withdraw(rollout, name)
  const busy = silent(rollout).find((each) => each.name !== name)
  if (busy)
    throw refused(
      name,
      `${busy.name} is in the middle of a step`,
      'try again when it has halted or goes on: `meshbox controllers list`',
    )
  const left = giveUp(withoutPermit(rollout), seat.node)
  if (!left)
    throw refused(
      name,
      "nobody else has the masters' log",
      'bring it back, or have another machine join with its name and address',
    )
  return { ...withdraw(rollout, name), progress: plain(left) }
}

/** How far the change is, should the machine that is at its step not be waited for. */
export function withoutPermit({ progress, permit }: Rollout): Progress {
  const now = progressSchema.parse(progress)
  const [machine] = permit?.machines ?? []
  const task = taskSchema.safeParse(permit?.task).data
  if (!permit || !machine || !task) return now
  return cutShort(now, { node: machine.id, task }, permit.begun.includes(machine.id))
}

const refused = (name: string, why: string, hint: string) =>
  new MeshboxError({ code: 'rollout-machine', message: `cannot go on without ${name}: ${why}`, hint })
