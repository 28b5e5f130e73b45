import { z } from 'zod'
import { kind } from '../kind/kind.ts'
import { port } from '../kind/number.ts'
import { choice } from '../kind/text.ts'
import { option, type ProgramName } from '../option.ts'

const nameError = 'must be 1 to 63 letters, digits, ".", "_" or "-"'

/** Shown by mesos-master as `cluster`. */
export const clusterName = option(
  kind(
    z
      .string({ error: nameError })
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/, { error: nameError })
      .default('meshbox'),
    {
      name: 'name',
      text: '1 to 63 letters, digits, ".", "_" or "-"',
      good: ['meshbox', 'prod-1', 'A.b_c'],
      bad: ['', '-a', 'a b', 'x'.repeat(64), 5],
    },
  ),
  {
    program: 'mesos-master',
    flag: 'cluster',
    text: "The cluster's name, shown by Mesos and on the page.",
    change: 'rolling',
  },
)

/** Of the agent's own log. */
export const logLevel = option(choice('debug', 'info', 'warn', 'error').default('info'), {
  text: 'From which level on the agent writes to its own log, `meshbox logs meshbox`; at once, without a restart.',
  change: 'live',
  local: true,
})

/** A port of the agent's own. */
export function ownPort(number: number, text: string) {
  return option(port.default(number), {
    text,
    change: 'restart',
  })
}

const extraError = 'must be a mapping of names to texts, numbers, true or false'
const extras = kind(
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean()], { error: extraError }), {
    error: extraError,
  }),
  {
    name: 'mapping',
    text: 'a mapping of names to texts, numbers, true or false',
    good: [{}, { 'new-thing': 'x', 'new-level': 3, 'new-switch': true }],
    bad: [{ a: [1] }, { a: null }, [], 'a=b', 5],
  },
)

/** What this version of meshbox does not know yet: passed to the program as it stands. */
export function extra(program: ProgramName, text: string) {
  return option(extras.default({}), {
    program,
    text: `${text} For what this version of meshbox does not know.`,
    change: program === 'zookeeper' || program === 'mesos-master' ? 'rolling' : 'restart',
    local: true,
  })
}
