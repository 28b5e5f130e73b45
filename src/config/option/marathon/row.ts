import { z } from 'zod'
import { kind } from '../kind/kind.ts'
import { type Facts, option } from '../option.ts'

export type Row = Omit<Facts, 'program' | 'change'> & Partial<Pick<Facts, 'change'>>

/** A flag of Marathon: what is left out is Marathon's business. */
export function flag<S extends z.ZodType>(schema: S, facts: Row): z.ZodOptional<S> {
  return option(schema.optional(), { change: 'restart', ...facts, program: 'marathon' })
}

const urlError = 'must be an address with its scheme, such as https://host:8080'

export const url = kind(z.url({ error: urlError }), {
  name: 'URL',
  text: 'an address with its scheme: https://host:8080',
  good: ['https://host.example:8080', 'tcp://logs.example:9000', 'udp://10.0.0.1:9000'],
  bad: ['host', '', 5],
})

const wordError = 'must be a text of one line that is not empty'

/** A secret of one line. */
export const word = kind(z.string({ error: wordError }).regex(/^[^\n\r\0]+$/, { error: wordError }), {
  name: 'text',
  text: 'a text of one line',
  good: ['word', 'a b'],
  bad: ['', 'two\nlines', 5],
})

const loginError = 'must be a user and a password with a colon between them'

export const login = kind(
  z.string({ error: loginError }).regex(/^[^:\s]+:[^\n\r\0]+$/, { error: loginError }),
  {
    name: 'user and password',
    text: 'user:password',
    good: ['me:word'],
    bad: ['me', ':word', '', 5],
  },
)
