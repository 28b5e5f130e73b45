import { addressOf, eachSet, nameOf, serviceOf } from '../table/read.ts'
import type { Contents } from '../table/table.ts'

/** One running task as DNS knows it. */
export type NamedTask = {
  /** As its framework calls it, in the form that names have. */
  task: string
  framework: string
  /** The one name that is this task's alone, with a dot at its end. */
  name: string
  addresses: string[]
  /** Names with a service and a port that lead to it: `_web._tcp.marathon.mesos.`. */
  services: { name: string; port: number }[]
}

export type TaskList = {
  /** How many match. */
  total: number
  tasks: NamedTask[]
}

export type TaskWish = {
  /** A part of a name, in small letters. */
  match: string
  from: number
  most: number
}

/** So many sets of records are looked at between two looks at other work: some milliseconds. */
const atOnce = 2000

/**
 * Running tasks by their names. Of a hundred thousand it takes a while, and names are answered meanwhile.
 * @param pause lets other work be done
 */
export async function listTasks(
  contents: Contents,
  domain: string,
  { match, from, most }: TaskWish,
  pause: () => Promise<void>,
): Promise<TaskList> {
  const found = new Map<string, NamedTask>()
  let looked = 0
  for (const { table, what, node, records } of eachSet(contents)) {
    if (++looked % atOnce === 0) await pause()
    if (what === 'SRV') continue
    const name = nameOf(table, node)
    const parts = partsOf(name, domain)
    if (!parts || !name.includes(match)) continue
    const task = found.get(name) ?? { ...parts, name, addresses: [], services: [] }
    task.addresses.push(...Array.from(records, (record) => addressOf(table, record, what)))
    found.set(name, task)
  }
  const tasks = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(from, from + most)
  const byTarget = new Map(
    tasks.flatMap((task) => [task.name, onAgent(task.name, domain)].map((target) => [target, task] as const)),
  )
  for (const { table, what, node, records } of tasks.length > 0 ? eachSet(contents) : []) {
    if (++looked % atOnce === 0) await pause()
    if (what !== 'SRV') continue
    for (const record of records) {
      const { target, port } = serviceOf(table, record)
      const task = byTarget.get(target)
      if (task) addService(task, { name: nameOf(table, node), port })
    }
  }
  return { total: found.size, tasks }
}

/** `web-9an53-s1.marathon.mesos.` is of the task web of marathon (SPEC section 4.1). */
function partsOf(name: string, domain: string): Pick<NamedTask, 'task' | 'framework'> | undefined {
  if (!name.endsWith(`.${domain}.`)) return undefined
  const [, task, framework] =
    /^([^.]+)-[a-z0-9]{5}-s\d+\.(.+)\.$/.exec(`${name.slice(0, -domain.length - 2)}.`) ?? []
  return task && framework && !framework.endsWith('.slave') ? { task, framework } : undefined
}

/** The name of the machine that a task runs on, which SRV records lead to. */
const onAgent = (name: string, domain: string) => `${name.slice(0, -domain.length - 2)}.slave.${domain}.`

function addService({ services }: NamedTask, service: NamedTask['services'][number]): void {
  if (!services.some(({ name, port }) => name === service.name && port === service.port))
    services.push(service)
}
