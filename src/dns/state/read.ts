import { splitHostPort } from '../../config/address.ts'
import { messageOf } from '../../error.ts'
import { isObject, type Json, list, member, object, text } from './json.ts'
import type {
  AgentEntry,
  DiscoveryPort,
  FrameworkEntry,
  Label,
  MasterState,
  NetworkEntry,
  Skip,
  StatusEntry,
  TaskEntry,
} from './model.ts'

/** What most clusters do without is read only when it is asked for. */
export type Details = {
  /** Labels of tasks, labels and names of their networks. */
  labels: boolean
}

/**
 * Reads a master's `/master/state` (SPEC section 3.4), leniently: an entry that cannot be read is left out and noted.
 * @throws Error when it is no state at all, or names no leader
 */
export function readState(json: unknown, details: Details = { labels: false }): MasterState {
  if (!isObject(json)) throw new Error('the state is no JSON object')
  const skipped: Skip[] = []
  const leader = leaderOf(text(json, 'leader'))
  const agents = each(list(json, 'slaves'), 'agent', skipped, readAgent)
  const frameworks = each(list(json, 'frameworks'), 'framework', skipped, readFramework(details))
  const elected = member(json, 'elected_time')
  const returning = member(json, 'recovered_slaves')
  return {
    leader,
    agents,
    frameworks,
    modern: isObject(member(json, 'leader_info')),
    returning: Array.isArray(returning) ? returning.length : 0,
    electedAt: typeof elected === 'number' ? elected * 1000 : undefined,
    skipped,
  }
}

/** `HOST:PORT` of `master@HOST:PORT`. */
function leaderOf(pid: string): string {
  if (pid === '') throw new Error('the state names no leader')
  const address = afterAt(pid)
  if (address === undefined || !splitHostPort(address)) throw new Error(`the state names the leader "${pid}"`)
  return address
}

/** Where in the state an entry stands. Told in words only when something is wrong with it, which is hardly ever. */
class Place {
  constructor(
    private readonly what: string,
    private readonly entry: unknown,
    private readonly above?: Place,
  ) {}

  toString(): string {
    const own = `${this.what} ${labelOf(this.entry)}`
    return this.above ? `${this.above}, ${own}` : own
  }
}

type Read<T> = (entry: Json, skipped: Skip[], place: Place) => T

function each<T>(entries: unknown[], what: string, skipped: Skip[], read: Read<T>, above?: Place): T[] {
  const good: T[] = []
  for (const entry of entries) {
    const place = new Place(what, entry, above)
    try {
      if (!isObject(entry)) throw new Error('it is no object')
      good.push(read(entry, skipped, place))
    } catch (error) {
      skipped.push({ what: String(place), why: messageOf(error) })
    }
  }
  return good
}

function labelOf(entry: unknown): string {
  if (!isObject(entry)) return String(entry).slice(0, 40)
  const id = member(entry, 'id') ?? member(entry, 'name') ?? member(entry, 'key')
  return typeof id === 'string' ? id.slice(0, 120) : ''
}

/** An agent whose pid is bad keeps its id: its tasks are still published, without an agent address. */
function readAgent(entry: Json, skipped: Skip[], place: Place): AgentEntry {
  const id = text(entry, 'id')
  const pid = member(entry, 'pid')
  const address = typeof pid === 'string' ? pidAddress(pid) : undefined
  if (!address) skipped.push({ what: String(place), why: `its pid is ${JSON.stringify(pid)}` })
  return { id, ...address }
}

function readFramework(details: Details): Read<FrameworkEntry> {
  const read = readTask(details)
  return (entry, skipped, place) => {
    const pid = member(entry, 'pid')
    const name = text(entry, 'name')
    const base = { id: text(entry, 'id'), name, tasks: each(list(entry, 'tasks'), 'task', skipped, read) }
    if (pid === undefined || pid === null || pid === '') {
      const host = text(entry, 'hostname')
      return host === '' ? base : { ...base, host }
    }
    const address = typeof pid === 'string' ? pidAddress(pid) : undefined
    if (!address) skipped.push({ what: String(place), why: `its pid is ${JSON.stringify(pid)}` })
    return { ...base, ...address }
  }
}

function pidAddress(pid: string): { host: string; port: number } | undefined {
  const address = afterAt(pid)
  return address === undefined ? undefined : splitHostPort(address)
}

function afterAt(pid: string): string | undefined {
  const at = pid.indexOf('@')
  return at < 0 || pid.includes('@', at + 1) ? undefined : pid.slice(at + 1)
}

/** Ends of a task: it never runs again. */
const ends = new Set(
  ['FINISHED', 'FAILED', 'KILLED', 'ERROR', 'LOST', 'DROPPED', 'GONE', 'GONE_BY_OPERATOR'].map(
    (end) => `TASK_${end}`,
  ),
)

export function isOver({ state }: Pick<TaskEntry, 'state'>): boolean {
  return ends.has(state)
}

/** @param json as in the state: events are brought into that form */
export function readTaskEntry(json: Json, details: Details, skipped: Skip[]): TaskEntry {
  return readTask(details)(json, skipped, new Place('task', json))
}

function readTask(details: Details): Read<TaskEntry> {
  return (entry, skipped, place) => {
    const task: TaskEntry = {
      id: text(entry, 'id'),
      name: text(entry, 'name'),
      agentId: text(entry, 'slave_id'),
      // Nearly all are in this one: it need not be held for each, nor be compared.
      state: runningOr(text(entry, 'state')),
      ports: '',
    }
    // Nothing more is asked of tasks that never run again.
    if (isOver(task)) return task
    const resources = object(entry, 'resources')
    const status = part(place, 'statuses', skipped, () =>
      readNewest(list(entry, 'statuses'), skipped, place, details),
    )
    if (status) task.status = status
    task.ports = part(place, 'ports', skipped, () => (resources ? text(resources, 'ports') : '')) ?? ''
    const discovery = part(place, 'discovery', skipped, () => readDiscovery(entry, skipped, place))
    if (discovery) task.discovery = discovery
    const labels = details.labels
      ? part(place, 'labels', skipped, () => readLabels(entry, skipped, place))
      : undefined
    if (labels) task.labels = labels
    return task
  }
}

export const running = 'TASK_RUNNING'

function runningOr(state: string): string {
  return state === running ? running : state
}

/** A part of a task that cannot be read costs that part. */
function part<T>(place: Place, what: string, skipped: Skip[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    skipped.push({ what: `${place}, ${what}`, why: messageOf(error) })
    return undefined
  }
}

/** Of equally new ones the first; a timestamp that is missing counts as 0 (SPEC section 6). */
function readNewest(
  statuses: unknown[],
  skipped: Skip[],
  place: Place,
  details: Details,
): StatusEntry | undefined {
  let newest: Json | undefined
  let newestTime = -1
  for (const status of statuses) {
    const timestamp = isObject(status) ? (member(status, 'timestamp') ?? 0) : undefined
    if (!isObject(status) || typeof timestamp !== 'number') {
      skipped.push({ what: `${place}, status`, why: 'it is no object, or its timestamp no number' })
    } else if (member(status, 'state') === running && timestamp > newestTime) {
      newest = status
      newestTime = timestamp
    }
  }
  return newest ? readStatus(newest, skipped, place, details) : undefined
}

/** @param json as in the state: events are brought into that form */
export function readStatusEntry(json: Json, details: Details, skipped: Skip[]): StatusEntry {
  return readStatus(json, skipped, new Place('status', json), details)
}

function readStatus(entry: Json, skipped: Skip[], place: Place, details: Details): StatusEntry {
  const container = object(entry, 'container_status')
  const healthy = member(entry, 'healthy')
  const read = details.labels ? readNamedNetwork : readNetwork
  const status: StatusEntry = {
    labels: readLabels(entry, skipped, place),
    networks: container ? each(list(container, 'network_infos'), 'network', skipped, read, place) : [],
  }
  if (typeof healthy === 'boolean') status.healthy = healthy
  return status
}

function readLabels(entry: Json, skipped: Skip[], place: Place): Label[] {
  return each(
    list(entry, 'labels'),
    'label',
    skipped,
    (one) => ({ key: text(one, 'key'), value: text(one, 'value') }),
    place,
  )
}

/** `ip_address` beside the list is the form of Mesos 0.25. */
function readNetwork(entry: Json, skipped: Skip[], place: Place): NetworkEntry {
  const addresses = list(entry, 'ip_addresses')
  if (addresses.length === 0) return { addresses: [text(entry, 'ip_address')] }
  return { addresses: each(addresses, 'address', skipped, (one) => text(one, 'ip_address'), place) }
}

/** Labels of networks stand one level deeper. */
function readNamedNetwork(entry: Json, skipped: Skip[], place: Place): NetworkEntry {
  const nested = member(entry, 'labels')
  const labels = readLabels(isObject(nested) ? nested : entry, skipped, place)
  return { ...readNetwork(entry, skipped, place), name: text(entry, 'name'), labels }
}

function readDiscovery(entry: Json, skipped: Skip[], place: Place): TaskEntry['discovery'] {
  const discovery = object(entry, 'discovery')
  if (!discovery) return undefined
  const ports = object(discovery, 'ports')
  return {
    name: text(discovery, 'name'),
    visibility: text(discovery, 'visibility'),
    ports: ports ? each(list(ports, 'ports'), 'port', skipped, readPort, place) : [],
  }
}

function readPort(entry: Json): DiscoveryPort {
  const number = member(entry, 'number') ?? 0
  if (typeof number !== 'number' || !Number.isInteger(number)) throw new Error('"number" is no whole number')
  return { number, name: text(entry, 'name'), protocol: text(entry, 'protocol') }
}
