import type { ChangeClass } from '../../config/option/option.ts'
import { optionAt } from '../../config/option/walk.ts'
import { documentSchema } from '../../config/schema.ts'
import type { ServiceName } from '../../supervisor/service/spec.ts'

/** What runs on a machine and lives by options of the document: a program, the resolver, or meshbox itself. */
export type Part = ServiceName | 'dns' | 'meshbox'

/** In the order in which a plan tells of them, and what people notice when one is changed or starts anew. */
export const blast: Record<Part, string> = {
  zookeeper: 'this ZooKeeper server is away for some seconds; its clients go to another one, if there is one',
  'mesos-master': 'if this master leads, another one is elected, if there is one; tasks go on',
  docker: 'the containers of this machine go on where the engine restores them live, else they start again',
  'mesos-agent': 'the tasks of this machine go on, and the agent takes them over again',
  marathon: 'if this Marathon leads, another one does, if there is one; tasks go on',
  dns: 'this machine answers no DNS queries for a moment',
  meshbox: 'nothing that runs notices',
}

export const parts = Object.keys(blast) as Part[]

/** Where an option is not a program's own, its section tells whom it concerns. */
export function partOf(path: string[]): Part {
  const owner = optionAt(documentSchema, path)?.facts.program
  if (owner) return owner
  const [section, name] = path
  const concerned = section === 'packages' || section === 'supervision' ? name : section
  return parts.find((part) => part === concerned) ?? 'meshbox'
}

export function classOf(path: string[]): ChangeClass {
  return optionAt(documentSchema, path)?.facts.change ?? 'live'
}

/** The whole option in which a value stands: of one flag in `extraFlags`, all of them. */
export function optionOf(path: string[]): string[] {
  return optionAt(documentSchema, path)?.path ?? path
}
