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
