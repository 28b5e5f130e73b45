import type { z } from 'zod'
import { factsOf } from '../option/option.ts'
import { shapeOf } from '../option/walk.ts'
import { agentSchema, marathonSchema, masterSchema, zookeeperSchema } from '../schema.ts'
import type { Rule, Violation } from './rule.ts'

/** What meshbox knows is checked as what it is; only what it does not know is passed on unseen. */
export const extra: Rule = ({ zookeeper, mesos, marathon }) => [
  ...knownIn(zookeeperSchema, ['zookeeper', 'extraParameters'], zookeeper.extraParameters),
  ...knownIn(masterSchema, ['mesos', 'master', 'extraFlags'], mesos.master.extraFlags),
  ...knownIn(agentSchema, ['mesos', 'agent', 'extraFlags'], mesos.agent.extraFlags),
  ...knownIn(marathonSchema, ['marathon', 'extraFlags'], marathon.extraFlags),
]

const serverList = /^(server|group|weight)\.\d+$/

function knownIn(section: z.core.$ZodType, path: string[], extras: Record<string, unknown>): Violation[] {
  const names = Object.keys(extras)
  if (names.length === 0) return []
  const options = Object.entries(shapeOf(section) ?? {})
  return names.flatMap((name): Violation[] => {
    if (path[0] === 'zookeeper' && serverList.test(name))
      return [{ path: [...path, name], message: 'cannot be set: ZooKeeper owns the list of its servers' }]
    const known = options.find(
      ([own, schema]) => own === name || factsOf(schema)?.before?.includes(name),
    )?.[0]
    const isName = name === 'cluster' && path[1] === 'master'
    if (known === undefined && !isName) return []
    const option = isName ? 'name' : [...path.slice(0, -1), known].join('.')
    return [{ path: [...path, name], message: `is an option of its own; write ${option} instead` }]
  })
}
