import { type Progress, quorumOf, type Seat, type Step, type Task } from './change.ts'

const text: Record<Task, (name: string) => string> = {
  renew: (name) => `${name} starts its ZooKeeper anew, by a list that can be changed`,
  zookeeper: (name) => `${name} starts a ZooKeeper that follows the others, without a vote`,
  reconfigure: (name) => `${name} has the ensemble vote by the new list`,
  note: (name) => `${name} writes down what the masters' registry holds`,
  stop: (name) => `${name} stops its mesos-master`,
  relearn: (name) => `${name} runs its programs by the list that the others have, and learns what they know`,
  follow: (name) => `${name} runs its programs by the new list`,
  begin: (name) =>
    `${name} runs the second mesos-master: its replica of their log may vote, the first one has what counts`,
  prove: (name) => `${name} restarts the leading mesos-master: the next one writes its log to all that stay`,
  retire: (name) => `${name} stops what controllers run, and is a worker`,
}

/**
 * What is to be done next, by one machine; undefined when all is as wanted. The order keeps two promises at every moment,
 * also when a step is only half done: ZooKeeper has a majority that has all data, and no master runs by a quorum of which
 * the replicas of the log could hold two that share none (never more than 2·quorum−1 of them).
 * @param leader the machine whose mesos-master leads, if one does
 */
export function nextStep(progress: Progress, leader: string | undefined): Step | undefined {
  for (const rule of rules) {
    const found = rule(progress, leader)
    if (found) return { ...found, text: text[found.task](found.name) }
  }
  return undefined
}

type Found = Omit<Step, 'text'> | undefined
type Rule = (progress: Progress, leader: string | undefined) => Found

const rules: Rule[] = [
  doAgain,
  renew,
  joinEnsemble,
  relearn,
  shrinkMasters,
  reconfigure,
  otherMasters,
  followLast,
  retire,
]

const does = (task: Task, seat: Seat | undefined): Found => seat && { node: seat.node, name: seat.name, task }

/** By the list that it was to follow then. */
function doAgain({ seats }: Progress): Found {
  return does(
    'relearn',
    seats.find(({ again, gone }) => again && !gone),
  )
}

/**
 * Servers that were adopted may forbid reconfiguration. A list that is changed in their files instead would pass through an
 * even number of servers, and have an empty disk vote; so they are started anew first, one by one and by the list that they
 * have. By their ids: among equals the highest leads, and is the last.
 */
function renew({ seats, back }: Progress): Found {
  if (back !== undefined) return undefined
  const found = seats.filter((seat) => seat.found && !seat.gone && seat.zookeeper === 'votes')
  return does('renew', found.toSorted((a, b) => a.server.id - b.server.id)[0])
}

/** Empty, and without a vote. */
function joinEnsemble({ seats, wanted }: Progress): Found {
  return does(
    'zookeeper',
    stay(seats, wanted).find(({ zookeeper }) => zookeeper === 'none'),
  )
}

/**
 * One that has lost its disk learns from the others what they know, before any of them is touched: by the quorum that they
 * have, or by the next one where there are too few of them. Where neither will do, the rest goes on without it.
 */
function relearn(progress: Progress): Found {
  const { seats, former, wanted } = progress
  const lost = stay(seats, wanted).find(
    ({ server, master }) => master === 'none' && former.includes(server.id),
  )
  if (!lost) return undefined
  const running = seats.filter(({ master }) => master === 'runs')
  const teaches = (list: number[]) => {
    const quorum = quorumOf(list)
    const lowest = Math.min(quorum, ...running.map((seat) => quorumOf(seat.list)))
    const hasAll = quorum >= highest(seats) || isProven(progress)
    return hasAll && running.length >= quorum && running.length + 1 <= 2 * lowest - 1
  }
  if (teaches(wanted)) return does('follow', lost)
  return teaches(former) ? does('relearn', lost) : undefined
}

/** All at once, by one that votes now and then. */
function reconfigure({ seats, wanted }: Progress): Found {
  const done = seats.every(({ server, zookeeper }) => (zookeeper === 'votes') === wanted.includes(server.id))
  if (done) return undefined
  const staying = stay(seats, wanted)
  return does('reconfigure', staying.find(({ zookeeper }) => zookeeper === 'votes') ?? staying[0])
}

/**
 * The quorum is lowered last. Before that, the masters that leave are stopped as long as the rest can still write, and
 * then something is written: so it is on as many of those that stay that no later quorum can miss it.
 */
function shrinkMasters(progress: Progress, leader: string | undefined): Found {
  const { seats, wanted } = progress
  const high = highest(seats)
  if (high <= quorumOf(wanted)) return undefined
  const proven = isProven(progress)
  const running = seats.filter(({ master }) => master === 'runs')
  const leaving = last(
    leader,
    running.filter(({ server }) => !wanted.includes(server.id)),
  )
  const note = noted(progress, leader)
  if (note) return note
  if (!proven && running.length < high) {
    const back = recalled(seats, wanted) ?? recalled(seats, [])
    if (back) return back
  }
  // Where none runs that could lead, that is found out before anything else is done.
  const prove = does('prove', leads(running.length > 0 ? running : stay(seats, wanted), leader))
  if (leaving.length > 0) {
    if (running.length > high) return does('stop', leaving[0])
    return proven ? does('stop', leaving[0]) : prove
  }
  if (!proven) return prove
  return follow(progress, last(leader, stay(seats, wanted)))
}

/** Of masters that become more, or others as many. */
function otherMasters(progress: Progress, leader: string | undefined): Found {
  const { seats, wanted } = progress
  const staying = stay(seats, wanted)
  const outdated = staying.filter((seat) => !isSettled(seat, wanted))
  if (outdated.length === 0) return undefined
  const note = noted(progress, leader)
  if (note) return note
  const [had, fresh] = [staying.filter(hasLog), staying.filter((seat) => !hasLog(seat))]
  const [only] = had
  // Two quorums of one share nothing: before there is a second replica, the only master stops.
  if (had.length === 1 && only && quorumOf(only.list) === 1 && only.master === 'runs' && wanted.length > 1)
    return does('stop', only)
  const leaving = seats.find(({ server, master }) => !wanted.includes(server.id) && master === 'runs')
  const running = had.filter(({ master }) => master === 'runs')
  const stopped = had.filter(({ master }) => master === 'stopped')
  // With what only a replica has that leaves, one that was away could make a quorum that knows nothing of it.
  const left = seats.some((seat) => !wanted.includes(seat.server.id) && hasLog(seat))
  const unproven = left && stopped.length > 0 && !progress.proven
  if (leaving) {
    const all = seats.filter(({ master }) => master === 'runs')
    if (running.length >= quorumOf(wanted) || !hasRoom(all, wanted)) return does('stop', leaving)
    // Those that stay cannot write without it: who is to take its place comes first.
    if (unproven) return does('prove', leads(all, leader))
    return follow(progress, [...stopped, ...fresh]) ?? does('stop', leaving)
  }
  // Where the quorum rises, those that have the log first: an empty replica learns from a quorum of the new size.
  const rises = had.some(({ list }) => quorumOf(list) < quorumOf(wanted))
  if (staying.length > had.length && running.length < quorumOf(wanted)) {
    const back = recalled(seats, wanted)
    if (back) return back
  }
  if (unproven && running.length >= quorumOf(wanted)) return does('prove', leads(running, leader))
  if (rises) return follow(progress, [...last(leader, running), ...stopped, ...fresh])
  // One that was stopped may be needed, so that others can learn.
  return follow(progress, [...stopped, ...fresh, ...last(leader, running)])
}

/** Whether one more can run, and those that do have a quorum of the new size. */
function hasRoom(running: Seat[], wanted: number[]): boolean {
  const lowest = Math.min(quorumOf(wanted), ...running.map(({ list }) => quorumOf(list)))
  return running.length >= quorumOf(wanted) && running.length + 1 <= 2 * lowest - 1
}

/** One that leaves and was stopped already is needed again, where another one has lost what it had. */
function recalled(seats: Seat[], wanted: number[]): Found {
  const leaving = seats.filter(({ server }) => !wanted.includes(server.id))
  return does(
    'relearn',
    leaving.findLast(({ master, gone }) => master === 'stopped' && !gone),
  )
}

/** Programs of machines whose master had nothing to do. */
function followLast(progress: Progress, leader: string | undefined): Found {
  return follow(progress, last(leader, stay(progress.seats, progress.wanted)))
}

function retire({ seats, wanted }: Progress): Found {
  const leaving = seats.filter(({ server, gone }) => !wanted.includes(server.id) && !gone)
  return does(
    'retire',
    leaving.find(({ zookeeper, master }) => zookeeper !== 'none' || master !== 'none'),
  )
}

function follow({ seats, wanted }: Progress, order: Seat[]): Found {
  const seat = order.find((each) => !isSettled(each, wanted))
  if (!seat) return undefined
  // A majority of replicas that vote teaches the others; before that, one has to be told that empty is right.
  const begins = !hasLog(seat) && seats.filter(isThere).length < quorumOf(wanted)
  return does(begins ? 'begin' : 'follow', seat)
}

/** Where none could lead now there is nothing to write down. */
function noted({ seats, wanted, registry }: Progress, leader: string | undefined): Found {
  const running = seats.filter(({ master }) => master === 'runs')
  if (registry || running.length < highest(seats)) return undefined
  return does('note', leads(stay(seats, wanted), leader))
}

export const stay = (seats: Seat[], wanted: number[]) =>
  seats.filter(({ server }) => wanted.includes(server.id))
export const hasLog = ({ master }: Seat) => master !== 'none'
/** With its log. */
const isThere = (seat: Seat) => hasLog(seat) && !seat.gone
const leads = (seats: Seat[], leader: string | undefined) =>
  seats.find(({ node }) => node === leader) ?? seats[0]

/** The leader after all others. */
function last(leader: string | undefined, seats: Seat[]): Seat[] {
  return [...seats.filter(({ node }) => node !== leader), ...seats.filter(({ node }) => node === leader)]
}

const isSettled = ({ list, master }: Seat, wanted: number[]) =>
  master === 'runs' && list.length === wanted.length && list.every((id) => wanted.includes(id))

/** Whether each wanted quorum of those that stay has all that was written; a quorum of all that have the log has. */
function isProven({ seats, wanted, proven }: Progress): boolean {
  return proven || seats.filter(isThere).length <= quorumOf(wanted)
}

/** The highest quorum by which a master may have written. */
function highest(seats: Seat[]): number {
  return Math.max(0, ...seats.filter(hasLog).map(({ list }) => quorumOf(list)))
}

/** What is so once the machine has given its word that it did it. */
export function done(progress: Progress, { node, task }: Pick<Step, 'node' | 'task'>): Progress {
  const { wanted, former } = progress
  const relearned = ({ again, ...seat }: Seat): Seat => ({
    ...seat,
    master: 'runs',
    list: again ? seat.list : former,
  })
  const set = (change: (seat: Seat) => Partial<Seat>, whose = (seat: Seat) => seat.node === node) =>
    progress.seats.map((seat) => (whose(seat) ? { ...seat, ...change(seat) } : seat))
  switch (task) {
    case 'renew':
      return { ...progress, seats: set(() => ({ found: false })) }
    case 'zookeeper':
      return { ...progress, seats: set(() => ({ zookeeper: 'follows' })) }
    case 'reconfigure': {
      const after = ({ server, zookeeper }: Seat): Partial<Seat> => {
        // One may have lost its disk meanwhile.
        if (zookeeper === 'none') return {}
        return { zookeeper: wanted.includes(server.id) ? 'votes' : 'follows' }
      }
      return { ...progress, seats: set(after, () => true) }
    }
    case 'note':
      return progress
    case 'stop':
      return { ...progress, seats: set(() => ({ master: 'stopped' })) }
    case 'relearn':
      return {
        ...progress,
        seats: progress.seats.map((seat) => (seat.node === node ? relearned(seat) : seat)),
      }
    case 'follow':
    case 'begin':
      return { ...progress, seats: set(() => ({ master: 'runs', list: wanted })) }
    case 'prove':
      return { ...progress, proven: true }
    case 'retire':
      return { ...progress, seats: set(() => ({ zookeeper: 'none', master: 'none', list: [] })) }
  }
}

/** All steps to the end, for people to look at beforehand. */
export function stepsOf(progress: Progress, leader: string | undefined): Step[] {
  const steps: Step[] = []
  let now = progress
  for (let step = nextStep(now, leader); step; step = nextStep(now, leader)) {
    steps.push(step)
    now = done(step.task === 'note' ? { ...now, registry: unseen } : now, step)
    // A rule that never comes to its end must not hang whoever asked.
    if (steps.length > mostSteps) break
  }
  return steps
}

const mostSteps = 100
const unseen = { weights: '', quotas: '', maintenance: '', agents: [], unreachable: 0 }
