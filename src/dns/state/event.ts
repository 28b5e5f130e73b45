import { splitHostPort } from '../../config/address.ts'
import { isObject, type Json, list, member, object, text } from './json.ts'
import type { AgentEntry, FrameworkEntry, Skip, StatusEntry, TaskEntry } from './model.ts'
import { type Details, readStatusEntry, readTaskEntry, running } from './read.ts'

/** What an event of the operator API says that may matter to names. */
export type MasterEvent =
  | { kind: 'task'; framework: string; task: TaskEntry }
  /** With a status only when that tells where it runs. */
  | { kind: 'status'; framework: string; id: string; state: string; status?: StatusEntry }
  | { kind: 'agent'; agent: AgentEntry }
  | { kind: 'agent-gone'; id: string }
  /** It does not say whether its scheduler has a pid, nor which. */
  | { kind: 'framework'; framework: Omit<FrameworkEntry, 'tasks'> }
  | { kind: 'framework-gone'; id: string }

type Read = (body: Json, details: Details, skipped: Skip[]) => MasterEvent

/** By type: the member that holds the event, and how it is read. The forms are those of `mesos/v1/master/master.proto`. */
const events: Record<string, [member: string, read: Read]> = {
  TASK_ADDED: ['task_added', readTaskAdded],
  TASK_UPDATED: ['task_updated', readTaskUpdated],
  AGENT_ADDED: ['agent_added', readAgentAdded],
  AGENT_REMOVED: ['agent_removed', (body) => ({ kind: 'agent-gone', id: idOf(body, 'agent_id') })],
  FRAMEWORK_ADDED: ['framework_added', readFramework],
  FRAMEWORK_UPDATED: ['framework_updated', readFramework],
  FRAMEWORK_REMOVED: ['framework_removed', readFrameworkRemoved],
}

/** Whether an event of that type changes names. */
export function changesNames(type: string): boolean {
  return type in events
}

/** @throws Error when it is none of those events, or cannot be read */
export function readEvent(record: string, details: Details, skipped: Skip[]): MasterEvent {
  const json: unknown = JSON.parse(record)
  if (!isObject(json)) throw new Error('the event is no object')
  const [name, read] = events[text(json, 'type')] ?? []
  const body = name === undefined ? undefined : object(json, name)
  if (!body || !read) throw new Error('the event says nothing')
  return read(body, details, skipped)
}

function readTaskAdded(body: Json, details: Details, skipped: Skip[]): MasterEvent {
  const task = inside(body, 'task')
  const asInState = {
    ...task,
    id: idOf(task, 'task_id'),
    slave_id: idOf(task, 'agent_id'),
    resources: { ports: portsIn(list(task, 'resources')) },
    statuses: list(task, 'statuses').map((status) => (isObject(status) ? statusInState(status) : status)),
    labels: labelsIn(task),
  }
  const framework = idOf(task, 'framework_id')
  return { kind: 'task', framework, task: readTaskEntry(asInState, details, skipped) }
}

function readTaskUpdated(body: Json, details: Details, skipped: Skip[]): MasterEvent {
  const status = inside(body, 'status')
  return {
    kind: 'status',
    framework: idOf(body, 'framework_id'),
    id: idOf(status, 'task_id'),
    state: text(body, 'state') || text(status, 'state'),
    ...(text(status, 'state') === running
      ? { status: readStatusEntry(statusInState(status), details, skipped) }
      : {}),
  }
}

function readAgentAdded(body: Json, _: Details, skipped: Skip[]): MasterEvent {
  const agent = inside(body, 'agent')
  const id = idOf(inside(agent, 'agent_info'), 'id')
  const pid = text(agent, 'pid')
  const [, host = '', more] = pid.split('@')
  const address = more === undefined ? splitHostPort(host) : undefined
  if (!address) skipped.push({ what: `agent ${id}`, why: `its pid is ${JSON.stringify(pid)}` })
  return { kind: 'agent', agent: { id, ...address } }
}

function readFramework(body: Json): MasterEvent {
  const info = inside(inside(body, 'framework'), 'framework_info')
  const host = text(info, 'hostname')
  const framework = { id: idOf(info, 'id'), name: text(info, 'name'), ...(host === '' ? {} : { host }) }
  return { kind: 'framework', framework }
}

function readFrameworkRemoved(body: Json): MasterEvent {
  return { kind: 'framework-gone', id: idOf(inside(body, 'framework_info'), 'id') }
}

function inside(parent: Json, name: string): Json {
  const found = object(parent, name)
  if (!found) throw new Error(`the event has no "${name}"`)
  return found
}

function idOf(parent: Json, name: string): string {
  const value = text(inside(parent, name), 'value')
  if (value === '') throw new Error(`the event has an empty "${name}"`)
  return value
}

/** Labels stand one level deeper than in the state. */
function labelsIn(parent: Json): unknown[] {
  const nested = object(parent, 'labels')
  return nested ? list(nested, 'labels') : []
}

function statusInState(status: Json): Json {
  return { ...status, labels: labelsIn(status) }
}

/** The port resources as the state writes them. */
function portsIn(resources: unknown[]): string {
  const ranges = resources
    .filter(isObject)
    .filter((resource) => member(resource, 'name') === 'ports')
    .flatMap((resource) => list(object(resource, 'ranges') ?? {}, 'range'))
    .filter(isObject)
    .map((range) => `${member(range, 'begin')}-${member(range, 'end')}`)
  return ranges.length === 0 ? '' : `[${ranges.join(', ')}]`
}
