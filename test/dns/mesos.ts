type Port = { number: number; name?: string; protocol?: string }
type Task = {
  id: string
  name: string
  framework: string
  agent: string
  state: string
  ports: [number, number][]
  addresses: string[]
  healthy: boolean
  time: number
  labels: { key: string; value: string }[]
  discovery?: { name: string; visibility: string; ports: { ports: Port[] } }
}

/** A cluster as Mesos would tell of it: whole, or event by event. Few names, so that they meet. */
export function openMesos(numbers: () => number) {
  const below = (n: number) => Math.floor(numbers() * n)
  const pick = <T>(all: readonly T[]): T => all[below(all.length)] as T
  const agents = new Map<string, string>()
  const frameworks = new Map<string, { name: string; host: string }>()
  const tasks = new Map<string, Task>()
  let made = 0

  const names = ['web', 'a.b', 'WEB', 'b', 'web-o556e-s1', 'x'.repeat(60), '', 'http._web', 'ä b']
  const frameworkNames = ['marathon', 'b', 'a.b', 'slave', 'marathon.slave', 'y'.repeat(70)]
  const addresses = ['10.9.0.1', '10.9.0.2', '10.0.0.1', 'fd00::9', 'no address']
  const pids = ['10.0.0.1:5051', '10.0.0.1:5052', '10.0.0.2:5051', '[fd00::2]:5051', 'agent.example:5051']

  function newTask(): Task {
    const discovery = below(3)
    const id = `${pick(['a', 'b', 'c'])}${made++}`
    return {
      id,
      name: pick(names),
      framework: pick([...frameworks.keys()]),
      agent: pick([...agents.keys()]),
      state: pick(['TASK_STAGING', 'TASK_RUNNING']),
      ports: Array.from({ length: below(3) }, () => {
        const port = 31_000 + below(3)
        return [port, port + below(2)]
      }),
      addresses: Array.from({ length: below(3) }, () => pick(addresses)),
      healthy: below(2) === 0,
      time: 1,
      labels: [{ key: 'weight', value: pick(['1', '7', 'odd']) }],
      ...(discovery === 0
        ? {}
        : {
            discovery: {
              name: discovery === 1 ? '' : pick(names),
              visibility: pick(['FRAMEWORK', 'CLUSTER']),
              ports: {
                ports: Array.from({ length: below(3) }, () => ({
                  number: 80 + below(2),
                  name: pick(['http', '']),
                  protocol: pick(['tcp', 'udp,tcp', '']),
                })),
              },
            },
          }),
    }
  }

  const status = ({ addresses, healthy, time }: Task, state: string) => ({
    state,
    timestamp: time,
    healthy,
    container_status: {
      network_infos: [{ ip_addresses: addresses.map((ip_address) => ({ ip_address })) }],
    },
  })

  const inState = (task: Task) => ({
    id: task.id,
    name: task.name,
    slave_id: task.agent,
    state: task.state,
    resources: { ports: `[${task.ports.map((range) => range.join('-')).join(', ')}]` },
    statuses: task.state === 'TASK_STAGING' ? [] : [status(task, 'TASK_RUNNING')],
    labels: task.labels,
    ...(task.discovery ? { discovery: task.discovery } : {}),
  })

  const inEvent = (task: Task) => ({
    name: task.name,
    task_id: { value: task.id },
    framework_id: { value: task.framework },
    agent_id: { value: task.agent },
    state: task.state,
    resources: [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } },
      {
        name: 'ports',
        type: 'RANGES',
        ranges: { range: task.ports.map(([begin, end]) => ({ begin, end })) },
      },
    ],
    ...(task.state === 'TASK_STAGING' ? {} : { statuses: [status(task, 'TASK_RUNNING')] }),
    labels: { labels: task.labels },
    ...(task.discovery ? { discovery: task.discovery } : {}),
  })

  function add(task: Task): object {
    tasks.set(task.id, task)
    return { type: 'TASK_ADDED', task_added: { task: inEvent(task) } }
  }

  function update(task: Task, state: string): object {
    task.state = state
    task.time++
    if (state === 'TASK_RUNNING') {
      task.healthy = below(2) === 0
      task.addresses = [pick(addresses)]
    }
    if (state === 'TASK_KILLED') tasks.delete(task.id)
    return {
      type: 'TASK_UPDATED',
      task_updated: {
        framework_id: { value: task.framework },
        status: { task_id: { value: task.id }, agent_id: { value: task.agent }, ...status(task, state) },
        state,
      },
    }
  }

  function addAgent(id: string): object {
    const at = pick(pids)
    agents.set(id, at)
    return {
      type: 'AGENT_ADDED',
      agent_added: { agent: { agent_info: { id: { value: id }, hostname: 'h' }, pid: `slave(1)@${at}` } },
    }
  }

  function removeAgent(id: string): object {
    agents.delete(id)
    return { type: 'AGENT_REMOVED', agent_removed: { agent_id: { value: id } } }
  }

  function addFramework(): object {
    const framework = { name: pick(frameworkNames), host: pick(['', '10.0.0.7', 'agent.example']) }
    const id = `f-${made++}`
    frameworks.set(id, framework)
    const info = { id: { value: id }, name: framework.name, hostname: framework.host }
    return { type: 'FRAMEWORK_ADDED', framework_added: { framework: { framework_info: info } } }
  }

  function removeFramework(id: string): object {
    const name = frameworks.get(id)?.name
    frameworks.delete(id)
    for (const task of tasks.values()) if (task.framework === id) tasks.delete(task.id)
    const info = { id: { value: id }, name }
    return { type: 'FRAMEWORK_REMOVED', framework_removed: { framework_info: info } }
  }

  /** One thing that happens; as the event that tells of it. */
  function happen(): object {
    const what = below(12)
    const task = tasks.size === 0 ? undefined : pick([...tasks.values()])
    if (what === 0) return addAgent(`x-S${below(4)}`)
    if (what === 1 && agents.size > 1) {
      const id = pick([...agents.keys()])
      // A master knows no running task of an agent that it does not know.
      const idle = [...tasks.values()].every(({ agent }) => agent !== id)
      return idle || below(2) === 0 ? removeAgent(id) : addAgent(id)
    }
    if (what === 2) return addFramework()
    if (what === 3 && frameworks.size > 1) return removeFramework(pick([...frameworks.keys()]))
    if (what < 7 && task && agents.has(task.agent)) return update(task, 'TASK_RUNNING')
    if (what < 9 && task) return update(task, 'TASK_KILLED')
    return add(newTask())
  }

  addAgent('x-S0')
  addAgent('x-S1')
  addFramework()
  addFramework()
  for (let i = below(20); i > 0; i--) add(newTask())
  return {
    happen,
    addresses: [...addresses, '10.0.0.2', 'fd00::1', '10.0.0.7'],
    state: () => ({
      leader: 'master@10.0.0.9:5050',
      slaves: Array.from(agents, ([id, at]) => ({ id, pid: `slave(1)@${at}` })),
      frameworks: Array.from(frameworks, ([id, { name, host }]) => ({
        id,
        name,
        hostname: host,
        tasks: [...tasks.values()].filter(({ framework }) => framework === id).map(inState),
      })),
    }),
  }
}
