import { z } from 'zod'
import { jsonOf } from './json.ts'
import { yes } from './text.ts'

const error = 'must be {"values": [NAME, …]} or {"type": "ANY"} or {"type": "NONE"}'
const entity = z.union(
  [
    z.strictObject({ values: z.array(z.string()).min(1) }),
    z.strictObject({ type: z.enum(['ANY', 'NONE', 'SOME']), values: z.array(z.string()).optional() }),
  ],
  { error },
)
const rule = z.record(z.string(), entity, { error: 'must be a mapping of subjects and objects' })
const rules = z.array(rule, { error: 'must be a list of rules' })

/** Mesos's authorization (ACLs of acls.proto): a list of rules for each action, and whether all else is allowed. */
export const acls = jsonOf(
  z
    .object(
      { permissive: yes.optional() },
      { error: 'must be a mapping of actions to rules, or such JSON as a text' },
    )
    .catchall(rules),
  {
    name: 'acls',
    text: 'a mapping of actions to lists of rules, or such JSON as a text',
    good: [
      { permissive: false, run_tasks: [{ principals: { type: 'ANY' }, users: { values: ['alice'] } }] },
      { register_frameworks: [{ principals: { values: ['marathon'] }, roles: { type: 'ANY' } }] },
    ],
    bad: [{ permissive: 'no' }, { run_tasks: {} }, { run_tasks: [{ principals: 'alice' }] }, []],
  },
)
