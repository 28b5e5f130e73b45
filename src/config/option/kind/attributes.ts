import { z } from 'zod'
import { kind } from './kind.ts'

const error = 'must be "name:value;name:value", such as rack:r1;os:debian, or a mapping of names to values'

/** What is known of a machine to frameworks: Mesos's own text, or a mapping. */
export const attributes = kind(
  z.union(
    [
      z.string().regex(/^\s*(?:[^:;\s][^:;]*:[^;]+(?:;|$))*\s*$/, { error }),
      z.record(z.string().regex(/^[^:;]+$/), z.union([z.string().regex(/^[^;\n]+$/), z.number()])),
    ],
    { error },
  ),
  {
    name: 'attributes',
    text: '"rack:r1;zone:[1-3]", or a mapping {rack: r1}',
    good: ['rack:r1', 'rack:r1;os:debian', { rack: 'r1', zone: 3 }, ''],
    bad: ['rack', ';', ':r1', { rack: ['r1'] }, { 'a:b': 'c' }, ['rack:r1'], 5],
    write: (value) =>
      typeof value === 'string'
        ? value
        : Object.entries(value as Record<string, string | number>)
            .map(([name, each]) => `${name}:${each}`)
            .join(';'),
  },
)
