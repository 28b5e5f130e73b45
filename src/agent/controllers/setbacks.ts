import { type Progress, quorumOf, type Seat, type Step } from './change.ts'
import { done, hasLog, stay } from './next.ts'

/**
 * What is so once the disk of a machine was lost, and it is back at its place.
 * @param own what it is called now, and whether its ZooKeeper has come back by itself, to get its data from the others
 */
export function comeBack(
  progress: Progress,
  server: number,
  own: { node: string; name: string; serves: boolean },
): Progress {
  const { node, name, serves } = own
  const seats = progress.seats.map((seat): Seat => {
    if (seat.server.id !== server) return seat
    // One that leaves is taken out of the ensemble's list, whether it runs or not.
    const leaves = seat.zookeeper === 'votes' && !serves && !progress.wanted.includes(server)
    const zookeeper = (seat.zookeeper === 'votes' && serves) || leaves ? 'votes' : 'none'
    const { found: _, lost: __, again: ___, ...rest } = seat
    return { ...rest, node, name, zookeeper, master: 'none', list: [], ...(leaves ? { lost: true } : {}) }
  })
  return { ...progress, seats, proven: stillProven(progress, seats) }
}

/** Whether those that are left, and have all, are as many as have to. */
function stillProven({ proven, wanted }: Progress, seats: Seat[]): boolean {
  return proven && stay(seats, wanted).filter(hasLog).length >= quorumOf(wanted)
}

/** The same change, the other way round, from where it is. */
export function goBack(progress: Progress, why: string): Progress {
  const { former, wanted } = progress
  const gone = progress.seats.flatMap((seat) => (seat.gone ? [seat.server.id] : []))
  // It was to be taken out as it is; to stay it needs its data.
  const seats = progress.seats.map(
    ({ lost, ...seat }): Seat => (lost ? { ...seat, zookeeper: 'none' } : seat),
  )
  const there = former.filter((id) => !gone.includes(id))
  return { ...progress, seats, former: wanted, wanted: there, verb: 'undo', proven: false, back: why }
}

/**
 * A step whose machine is off, and is not waited for. Where it had begun it counts as done, so that it is undone, too; whether
 * a master runs that did not before is not known. What was proven was seen by nobody.
 */
export function cutShort(
  progress: Progress,
  { node, task }: Pick<Step, 'node' | 'task'>,
  hadBegun: boolean,
): Progress {
  if (!hadBegun || task === 'prove') return progress
  const ran = progress.seats.some((seat) => seat.node === node && seat.master === 'runs')
  const reached = done(progress, { node, task })
  if (ran || (task !== 'relearn' && task !== 'follow' && task !== 'begin')) return reached
  const again = (seat: Seat): Seat => (seat.node === node ? { ...seat, again: task } : seat)
  return { ...reached, seats: reached.seats.map(again) }
}

/**
 * A machine is off for good, by somebody's word. One that leaves is waited for no more; without one that is to be a controller
 * the change goes back, and where it was one before, there is one less in the end. Undefined where what the masters know, or
 * the only controller, would be gone with it.
 */
export function giveUp(progress: Progress, node: string): Progress | undefined {
  const seats = progress.seats.map((seat): Seat => {
    if (seat.node !== node) return seat
    return { ...seat, gone: true, master: hasLog(seat) ? 'stopped' : 'none' }
  })
  if (!seats.some((seat) => hasLog(seat) && !seat.gone && !seat.again)) return undefined
  const without = (list: number[]) =>
    list.filter((id) => !seats.some((seat) => seat.gone && seat.server.id === id))
  const left = without(progress.wanted)
  if (left.length === progress.wanted.length) return { ...progress, seats }
  const before = without(progress.former)
  const turns = before.length > 0 && (left.length === 0 || progress.back === undefined)
  if (turns) return goBack({ ...progress, seats }, `${nameOf(seats, node)} is off for good`)
  return left.length > 0
    ? { ...progress, seats, wanted: left, proven: stillProven({ ...progress, wanted: left }, seats) }
    : undefined
}

const nameOf = (seats: Seat[], node: string) => seats.find((seat) => seat.node === node)?.name
