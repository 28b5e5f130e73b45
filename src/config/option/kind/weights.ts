import { z } from 'zod'
import { kind } from './kind.ts'

const error = 'must be a weight above 0 for each role, such as {prod: 2} or "prod=2,dev=1"'

/** A weight for each role, also as the text `role=2,other=1.5`. */
export const weights = kind(
  z.preprocess(
    (value) => (typeof value === 'string' ? (read(value) ?? value) : value),
    z.record(z.string().min(1), z.number({ error }).positive({ error }), { error }),
  ),
  {
    name: 'weights',
    text: 'a number above 0 for each role: {prod: 2}, or "prod=2,dev=1"',
    good: [{ prod: 2 }, 'prod=2,dev=1.5', {}],
    bad: ['prod', 'prod=', 'prod=heavy', { prod: 0 }, { prod: 'heavy' }, ['prod'], 5],
    write: (value) =>
      Object.entries(value as Record<string, number>)
        .map(([role, weight]) => `${role}=${weight}`)
        .join(','),
    json: { type: ['object', 'string'] },
  },
)

function read(text: string): Record<string, number> | undefined {
  const pairs = text.split(',').map((part) => /^\s*([^=\s]+)\s*=\s*(\d+(?:\.\d+)?)\s*$/.exec(part))
  if (pairs.some((pair) => pair === null)) return undefined
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])]))
}
