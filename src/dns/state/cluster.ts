import type { MasterEvent } from './event.ts'
import type { AgentEntry, FrameworkEntry, MasterState, TaskEntry } from './model.ts'
import { isOver, running } from './read.ts'

type Framework = Omit<FrameworkEntry, 'tasks'>
export type PlacedTask = { framework: Framework; task: TaskEntry }

/** What an event has changed; what was there before, and what is there now. */
export type ClusterChange =
  | { kind: 'task'; framework: Framework; agent: AgentEntry; before?: TaskEntry; after?: TaskEntry }
  /** With the tasks that run on it. */
  | { kind: 'agent'; before?: AgentEntry; after?: AgentEntry; tasks: PlacedTask[] }
  | { kind: 'framework'; before?: Framework; after?: Framework; tasks: [TaskEntry, AgentEntry][] }

/** A state that events are applied to. */
export type Cluster = {
  /** Undefined when it changes no name. @throws Error when more must be known than the event and the state tell */
  apply(event: MasterEvent): ClusterChange | undefined
  /** As it would be read from the master now. */
  state(): MasterState
}

/** @throws Error when the state does not tell its entries apart */
export function openCluster(loaded: MasterState): Cluster {
  const agents = indexed(loaded.agents)
  const frameworks = indexed(
    loaded.frameworks.map(({ tasks, ...own }) => ({ id: own.id, own, tasks: indexed(tasks) })),
  )

  function task(id: string, now: TaskEntry): ClusterChange | undefined {
    const found = frameworks.get(id)
    if (!found) throw new Error(`framework ${id} is not known`)
    const { own: framework, tasks } = found
    const before = tasks.get(now.id)
    if (isOver(now)) tasks.delete(now.id)
    else tasks.set(now.id, now)
    const agent = agents.get(now.agentId)
    if (!agent) {
      // Its agent may come later; without one it has no names.
      if (now.state === running) throw new Error(`agent ${now.agentId} is not known`)
      return undefined
    }
    return { kind: 'task', framework, agent, ...(before ? { before } : {}), after: now }
  }

  function agent(after: AgentEntry): ClusterChange | undefined {
    const before = agents.get(after.id)
    if (before && before.host === after.host && before.port === after.port) return undefined
    agents.set(after.id, after)
    return { kind: 'agent', ...(before ? { before } : {}), after, tasks: tasksOn(after.id) }
  }

  function tasksOn(id: string): PlacedTask[] {
    const found: PlacedTask[] = []
    for (const { own: framework, tasks } of frameworks.values())
      for (const task of tasks.values()) if (task.agentId === id) found.push({ framework, task })
    return found
  }

  return {
    apply(event) {
      switch (event.kind) {
        case 'task':
          return task(event.framework, event.task)
        case 'status': {
          const known = frameworks.get(event.framework)?.tasks.get(event.id)
          if (known) return task(event.framework, { ...known, ...statusOf(event), state: event.state })
          // Of one that is over, and was taken out, there may be more words.
          if (event.state === running) throw new Error(`task ${event.id} is not known`)
          return undefined
        }
        case 'agent':
          return agent(event.agent)
        case 'agent-gone': {
          const before = agents.get(event.id)
          if (!before) return undefined
          agents.delete(event.id)
          return { kind: 'agent', before, tasks: tasksOn(event.id) }
        }
        case 'framework': {
          const { framework } = event
          if (frameworks.has(framework.id)) return undefined
          frameworks.set(framework.id, { id: framework.id, own: framework, tasks: new Map() })
          return { kind: 'framework', after: framework, tasks: [] }
        }
        case 'framework-gone': {
          const found = frameworks.get(event.id)
          if (!found) return undefined
          frameworks.delete(event.id)
          const tasks = [...found.tasks.values()].flatMap((task): [TaskEntry, AgentEntry][] => {
            const agent = agents.get(task.agentId)
            return agent ? [[task, agent]] : []
          })
          return { kind: 'framework', before: found.own, tasks }
        }
      }
    },
    state: () => ({
      ...loaded,
      agents: [...agents.values()],
      frameworks: Array.from(frameworks.values(), ({ own, tasks }) => ({
        ...own,
        tasks: [...tasks.values()],
      })),
      skipped: [],
    }),
  }
}

function statusOf({ status }: Extract<MasterEvent, { kind: 'status' }>): Pick<TaskEntry, 'status'> {
  return status ? { status } : {}
}

function indexed<T extends { id: string }>(entries: T[]): Map<string, T> {
  const index = new Map(entries.map((entry) => [entry.id, entry]))
  if (index.size !== entries.length || index.has('')) throw new Error('entries of the state have no ids')
  return index
}
