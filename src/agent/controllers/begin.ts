import { z } from 'zod'
import type { Cluster, EnsembleServer } from '../../config/document/cluster.ts'
import { MeshboxError } from '../../error.ts'
import type { Member } from '../gossip/gossip.ts'
import { type Progress, quorumOf, type Seat } from './change.ts'
import { memberAt } from './member-at.ts'

/** What an operator asks for. */
export const wishSchema = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('add'), nodes: z.array(z.string()).min(1) }),
  z.strictObject({ verb: z.literal('remove'), nodes: z.array(z.string()).min(1), gone: z.boolean() }),
  z.strictObject({ verb: z.literal('replace'), node: z.string(), by: z.string(), gone: z.boolean() }),
])

export type Wish = z.output<typeof wishSchema>

export type BeginFacts = {
  cluster: Cluster | undefined
  /** Everybody that gossip knows, this machine included. */
  members: Member[]
  /** The ports of a machine's ZooKeeper, by its name. */
  portsOf: (name: string) => Pick<EnsembleServer, 'clientPort' | 'quorumPort' | 'electionPort'>
  /** Set in the document, and in the way of what follows from the number of controllers. */
  set: { quorum: boolean; autoInitialize: boolean }
}

const highestId = 255

/**
 * A change from the controllers that there are to those that are wanted.
 * @throws MeshboxError with why it cannot be
 */
export function planChange(wish: Wish, facts: BeginFacts): Progress {
  const { cluster, set } = facts
  if (!cluster?.servers)
    throw refused('the ZooKeeper of this cluster is not run by meshbox', 'change it with what runs it')
  if (set.quorum)
    throw refused(
      'mesos.master.quorum is set, and would stay as it is',
      'meshbox config unset mesos.master.quorum',
    )
  if (set.autoInitialize)
    throw refused(
      'mesos.master.log_auto_initialize is set, and masters could begin a log of their own',
      'meshbox config unset mesos.master.log_auto_initialize',
    )
  const found = cluster.adopted ? { found: true } : {}
  const present = cluster.servers.map((server) => ({ ...seatOf(server, facts), ...found }))
  const leaving = leavingOf(wish, present, facts)
  const joining = joiningOf(wish, present, facts, cluster)
  const former = present.map(({ server }) => server.id)
  const staying = present.filter((seat) => !leaving.includes(seat))
  checkAlive(staying, present, facts)
  const wanted = [...staying, ...joining].map(({ server }) => server.id)
  checkNumber(former.length, wanted.length, staying.length)
  const gone = 'gone' in wish && wish.gone
  const seats = [...present, ...joining].map((seat): Seat => {
    if (!leaving.includes(seat)) return { ...seat, list: seat.zookeeper === 'votes' ? former : [] }
    return gone && !isAlive(seat.name, facts)
      ? { ...seat, master: 'stopped', list: former, gone: true }
      : { ...seat, list: former }
  })
  return { verb: wish.verb, seats, former, wanted, proven: false }
}

function leavingOf(wish: Wish, present: Seat[], facts: BeginFacts): Seat[] {
  const names = wish.verb === 'add' ? [] : wish.verb === 'remove' ? wish.nodes : [wish.node]
  return [...new Set(names)].map((name) => {
    const seat = present.find((each) => each.name === name || each.server.host === name)
    if (!seat)
      throw refused(`${name} is no controller`, '`meshbox controllers list` shows those that there are')
    if (!isAlive(seat.name, facts) && !('gone' in wish && wish.gone))
      throw refused(
        `${name} does not answer, and its programs may still run`,
        `see to it that it is off for good, then say so: --gone`,
      )
    return seat
  })
}

function joiningOf(wish: Wish, present: Seat[], facts: BeginFacts, cluster: Cluster): Seat[] {
  const names = wish.verb === 'add' ? wish.nodes : wish.verb === 'replace' ? [wish.by] : []
  const firstId = Math.max(cluster.nextId ?? 0, ...present.map(({ server }) => server.id + 1))
  return [...new Set(names)].map((name, index) => {
    if (present.some((seat) => seat.name === name)) throw refused(`${name} is a controller already`)
    const member = facts.members.find((each) => each.name === name)
    if (member?.status !== 'alive' || member.tags.cluster !== cluster.id || !member.tags.node)
      throw refused(
        member ? `${name} is not there (${member.status})` : `there is no machine ${name} in this cluster`,
        `run \`meshbox join ${present[0]?.server.host ?? 'ADDRESS'}\` there first`,
      )
    const id = firstId + index
    if (id > highestId) throw refused(`no server id is left: ZooKeeper has ${highestId}`)
    const server = { id, host: member.address, ...facts.portsOf(name) }
    return { node: member.tags.node, name, server, zookeeper: 'none', master: 'none', list: [] }
  })
}

/** A controller, by its address; one that gossip has forgotten has that for a name. */
function seatOf(server: EnsembleServer, { members }: BeginFacts): Seat {
  const member = memberAt(members, server.host)
  const name = member?.name ?? server.host
  return { node: member?.tags.node ?? '', name, server, zookeeper: 'votes', master: 'runs', list: [] }
}

const isAlive = (name: string, { members }: BeginFacts) =>
  members.some((member) => member.name === name && member.status === 'alive')

function checkAlive(staying: Seat[], present: Seat[], facts: BeginFacts): void {
  const awayIn = (seats: Seat[]) => seats.filter(({ name }) => !isAlive(name, facts)).map(({ name }) => name)
  const away = awayIn(staying)
  if (away.length === 0) return
  const all = awayIn(present)
  // Each stays in the way of a change that names the other one alone.
  const without = all.length === 2 ? `remove ${all.join(' ')} --gone` : `replace ${away[0]} NODE --gone`
  throw refused(
    `${away.join(', ')} does not answer, and every controller that stays is needed for a change`,
    `bring it back, or go on without: meshbox controllers ${without}`,
  )
}

/** Two more or two fewer at a time: what lies between was tried, and an even number survives no more than one less. */
function checkNumber(before: number, after: number, staying: number): void {
  if (staying === 0) throw refused('no controller would stay', 'add two first, then remove two')
  // One that was adopted may be even, or lost one of them in the middle of a change.
  const isEven = before % 2 === 0
  if (after % 2 === 0 && after !== before)
    throw refused(
      `${after} controllers survive the loss of no more than ${after - 1} do`,
      `${after > before ? 'add' : 'remove'} ${isEven ? 'one' : 'two at a time'}, or replace one`,
    )
  if (Math.abs(after - before) > 2)
    throw refused(`from ${before} to ${after} controllers is too much for one step`, 'two at a time')
  if (staying < quorumOf({ length: before }) && after >= before)
    throw refused('a majority has to stay', 'replace one after the other')
}

function refused(why: string, hint?: string): MeshboxError {
  return new MeshboxError({
    code: 'controllers-refused',
    message: `cannot change the controllers: ${why}`,
    hint,
  })
}

/** `add b, c`: what people read of a change. */
export function textOfWish(wish: Wish): string {
  if (wish.verb === 'replace') return `controllers: replace ${wish.node} by ${wish.by}`
  return `controllers: ${wish.verb} ${wish.nodes.join(', ')}`
}
