import type { Part } from '../plan/part.ts'
import { textOf } from './moves.ts'
import type { Facts } from './next.ts'
import type { Permit, Rollout } from './rollout.ts'

/** A machine that is in touch with ZooKeeper, as a rollout sees it. */
export type Seen = {
  id: string
  name: string
  address: string
  controller: boolean
  /** Of the document that it has seen. */
  version: number | undefined
  /** Stands for what that says of programs. */
  digest: string | undefined
  /** What stands in ZooKeeper cannot be applied there. */
  refuses: boolean
  /** What of it starts anew by the change, in the order in which it has to. */
  waits: Part[]
  /** Which of its programs do their work. */
  serves: Part[]
  /** Which of them lead the others of their kind. */
  leads: Part[]
  /** Nothing that is to run there is missing. */
  ready: boolean
}

/** A part of the control plane that is not there: a machine's own, or (without one) the cluster's. */
export type Lack = { part: Part; id?: string; why: string }

export type Batch = { kind: 'batch'; machines: Permit['machines'] } | { kind: 'wait'; for: string }

/** Each of them has a leader; the heavier the later. */
const weights: Partial<Record<Part, number>> = { marathon: 1, 'mesos-master': 2, zookeeper: 4 }

/** Whether the change of this machine touches the control plane: such machines go one by one. */
function isControl({ controller, waits }: Pick<Seen, 'controller' | 'waits'>): boolean {
  return controller && waits.some((part) => weights[part] !== undefined)
}

/** Those that were ready when they gave their word, and are not any more. */
export function fallen({ past, proven = 0 }: Rollout, machines: Seen[]): Seen[] {
  const sound = past.filter(({ kind, step, excused }) => kind === 'done' && step > proven && !excused)
  const ids = new Set(sound.map(({ id }) => id))
  return machines.filter(({ id, ready, waits }) => ids.has(id) && !ready && waits.length === 0)
}

/** Why a machine must not change now: what it would take away is missing elsewhere already. What does not serve takes nothing. */
export function hindrance({ id, waits, serves }: Pick<Seen, 'id' | 'waits' | 'serves'>, lacks: Lack[]) {
  const taken = waits.filter((part) => weights[part] !== undefined && serves.includes(part))
  return lacks.find((lack) => {
    if (lack.id === undefined) return !waits.includes(lack.part)
    return lack.id !== id && taken.length > 0 && (lack.part === 'zookeeper' || taken.includes(lack.part))
  })?.why
}

/**
 * Who is next of those that wait: controllers, followers before leaders; then a worker, then batches of them. On the way
 * back to older versions the workers are first.
 */
export function nextBatch(waiting: Seen[], rollout: Rollout, facts: Facts): Batch {
  const control = waiting.filter(isControl)
  const others = waiting.filter((machine) => !isControl(machine))
  const workersFirst = others.length > 0 && control.some(isWayBack)
  return control.length > 0 && !workersFirst
    ? controllers(control, rollout, facts)
    : workers(others, rollout, facts)
}

function isWayBack({ waits }: Seen): boolean {
  const [agent, master] = [waits.indexOf('mesos-agent'), waits.indexOf('mesos-master')]
  return agent >= 0 && agent < master
}

function controllers(control: Seen[], rollout: Rollout, facts: Facts): Batch {
  const { machines, lacks } = facts
  const blind = machines.find((each) => each.controller && isBlind(each, facts))
  if (blind) return { kind: 'wait', for: untilSeen([blind], rollout) }
  const [first] = control.toSorted((a, b) => burden(a) - burden(b) || byName(a, b))
  const hindered = first && hindrance(first, lacks)
  return first && hindered === undefined ? batchOf([first]) : { kind: 'wait', for: hindered ?? 'a machine' }
}

const isBlind = ({ digest }: Seen, { document }: Facts) => digest !== document?.digest

/** Whichever version it is in which they see that. */
export function untilSeen(unseen: Seen[], { change }: Pick<Rollout, 'change'>): string {
  const old = unseen.filter(({ version, digest }) => version !== undefined && digest === undefined)
  if (old.length === 0) return `${namesOf(unseen)} to see what ${textOf(change)} says of programs`
  const runs = old.length === 1 ? 'it runs' : 'they run'
  return `${namesOf(old)} to be upgraded: ${runs} an older meshbox, which does not tell what it has seen`
}

const mostNames = 5

export function namesOf(machines: { name: string }[]): string {
  const names = machines.slice(0, mostNames).map(({ name }) => name)
  const more = machines.length - names.length
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
}

/** What it costs when this machine's part of the change is done. */
function burden({ waits, leads, serves }: Seen): number {
  const cost = (part: Part) =>
    (weights[part] ?? 0) * (leads.includes(part) ? 10 : serves.includes(part) ? 1 : 0)
  return waits.reduce((sum, part) => sum + cost(part), 0)
}

function workers(waiting: Seen[], rollout: Rollout, facts: Facts): Batch {
  const { past } = rollout
  const { machines, limits, lacks } = facts
  const hindered = waiting.map((machine) => hindrance(machine, lacks)).find((why) => why !== undefined)
  if (hindered !== undefined) return { kind: 'wait', for: hindered }
  const waits = new Set(waiting.map(({ id }) => id))
  const away = machines.filter(({ id, ready }) => !ready && !waits.has(id))
  const isProof = ({ id }: { id: string }) => machines.some((each) => each.id === id && !each.controller)
  const plain = waiting.some(({ controller }) => !controller)
  const canary = limits.canary && !past.some((word) => word.kind === 'done' && (!plain || isProof(word)))
  // A controller is none where a machine that only works is about to be told.
  const blind =
    canary && !plain ? machines.find((each) => !each.controller && isBlind(each, facts)) : undefined
  if (blind) return { kind: 'wait', for: untilSeen([blind], rollout) }
  const most = canary ? 1 : portion(limits.maxUnavailable, machines.length)
  const room = most - (canary ? 0 : away.length)
  if (room <= 0)
    return {
      kind: 'wait',
      for: `${away[0]?.name} to be ready: ${away.length} are not, and ${most} may be away`,
    }
  // What is not ready has nothing to lose; a controller has more than others.
  const order = waiting.toSorted(
    (a, b) =>
      Number(a.ready) - Number(b.ready) || Number(a.controller) - Number(b.controller) || byName(a, b),
  )
  return batchOf(order.slice(0, room))
}

/** At least one, or nothing would ever happen. */
function portion(most: Facts['limits']['maxUnavailable'], count: number): number {
  if (typeof most === 'number') return most
  return Math.max(1, Math.floor((Number.parseFloat(most) / 100) * count))
}

function batchOf(machines: Seen[]): Batch {
  return { kind: 'batch', machines: machines.map(({ id, name, address }) => ({ id, name, address })) }
}

function byName(a: Seen, b: Seen): number {
  return a.name < b.name ? -1 : 1
}
