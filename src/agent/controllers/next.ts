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
    const back = recalled(seats, wanted)
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
  const leaving = seats.find(
    ({ server, master, gone }) => !wanted.includes(server.id) && master === 'runs' && !gone,
  )
  if (leaving) return does('stop', leaving)
  // Where the quorum rises, those that have the log first: an empty replica learns from a quorum of the new size.
  const rises = had.some(({ list }) => quorumOf(list) < quorumOf(wanted))
  const running = had.filter(({ master }) => master === 'runs')
  if (staying.length > had.length && running.length < quorumOf(wanted)) {
    const back = recalled(seats, wanted)
    if (back) return back
  }
  const stopped = had.filter(({ master }) => master === 'stopped')
  // With what only a replica has that leaves, one that was away could make a quorum that knows nothing of it.
  const left = seats.some((seat) => !wanted.includes(seat.server.id) && hasLog(seat))
  if (left && stopped.length > 0 && running.length >= quorumOf(wanted) && !progress.proven)
    return does('prove', leads(running, leader))
  if (rises) return follow(progress, [...last(leader, running), ...stopped, ...fresh])
  // One that was stopped may be needed, so that others can learn.
  return follow(progress, [...stopped, ...fresh, ...last(leader, running)])
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
  const begins = !hasLog(seat) && seats.filter(hasLog).length < quorumOf(wanted)
  return does(begins ? 'begin' : 'follow', seat)
}

/** Where none could lead now there is nothing to write down. */
function noted({ seats, wanted, registry }: Progress, leader: string | undefined): Found {
  const running = seats.filter(({ master }) => master === 'runs')
  if (registry || running.length < highest(seats)) return undefined
  return does('note', leads(stay(seats, wanted), leader))
}

const stay = (seats: Seat[], wanted: number[]) => seats.filter(({ server }) => wanted.includes(server.id))
const hasLog = ({ master }: Seat) => master !== 'none'
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
  return proven || seats.filter(hasLog).length <= quorumOf(wanted)
}

/** The highest quorum by which a master may have written. */
function highest(seats: Seat[]): number {
  return Math.max(0, ...seats.filter(hasLog).map(({ list }) => quorumOf(list)))
}

/** What is so once the machine has given its word that it did it. */
export function done(progress: Progress, { node, task }: Pick<Step, 'node' | 'task'>): Progress {
  const { wanted } = progress
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
      return { ...progress, seats: set(() => ({ master: 'runs', list: progress.former })) }
    case 'follow':
    case 'begin':
      return { ...progress, seats: set(() => ({ master: 'runs', list: wanted })) }
    case 'prove':
      return { ...progress, proven: true }
    case 'retire':
      return { ...progress, seats: set(() => ({ zookeeper: 'none', master: 'none', list: [] })) }
  }
}

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
    const { found: _, lost: __, ...rest } = seat
    return { ...rest, node, name, zookeeper, master: 'none', list: [], ...(leaves ? { lost: true } : {}) }
  })
  const have = stay(seats, progress.wanted).filter(hasLog)
  return { ...progress, seats, proven: progress.proven && have.length >= quorumOf(progress.wanted) }
}

/** The same change, the other way round, from where it is. */
export function goBack(progress: Progress, why: string): Progress {
  const { former, wanted } = progress
  // It was to be taken out as it is; to stay it needs its data.
  const seats = progress.seats.map(
    ({ lost, ...seat }): Seat => (lost ? { ...seat, zookeeper: 'none' } : seat),
  )
  return { ...progress, seats, former: wanted, wanted: former, verb: 'undo', proven: false, back: why }
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
