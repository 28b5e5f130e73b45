import { z } from 'zod'
import { kind } from '../kind/kind.ts'
import { type Facts, option } from '../option.ts'

/** Everything that ZooKeeper reads at its start alone is changed one server after the other. */
type Row = Omit<Facts, 'program' | 'change'> & Partial<Pick<Facts, 'change'>>

/** A parameter of zoo.cfg. */
export function cfg<S extends z.ZodType>(schema: S, facts: Row): z.ZodOptional<S> {
  return option(schema.optional(), { change: 'rolling', ...facts, program: 'zookeeper' })
}

/** What ZooKeeper takes as a Java property alone. */
export function jvm<S extends z.ZodType>(property: string, schema: S, facts: Row): z.ZodOptional<S> {
  return cfg(schema, { ...facts, flag: `-D${property}` })
}

/** Where ZooKeeper wants the words yes and no. */
export const yesNo = kind(z.boolean({ error: 'must be true or false' }), {
  name: 'boolean',
  text: 'true or false',
  good: [true, false],
  bad: ['yes', 1, null],
  write: (value) => (value === true ? 'yes' : 'no'),
})

const error = 'must be the name of a Java class, such as org.example.Thing'

export const javaClass = kind(
  z.string({ error }).regex(/^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/, { error }),
  {
    name: 'Java class',
    text: 'the name of a Java class',
    good: ['org.example.Thing', 'Thing$Inner'],
    bad: ['org.', 'a b', '', '1a', 5],
  },
)
