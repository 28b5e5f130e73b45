import { expect, test } from 'bun:test'
import { layOut, lazyItems, lazyMembers } from './layout.ts'

/** As Go's encoder does it. */
const whole = (value: unknown) =>
  JSON.stringify(value, null, 1).replaceAll('\n', '\n ').replaceAll('<', '\\u003c').replaceAll('&', '\\u0026')

const samples: [what: string, lazy: unknown, same: unknown][] = [
  ['a text', 'a<b & "c"', 'a<b & "c"'],
  ['empty things', [{}, [], null], [{}, [], null]],
  [
    'lazy members',
    lazyMembers(Object.entries({ 'a<': [1, { b: [] }], c: null })),
    { 'a<': [1, { b: [] }], c: null },
  ],
  ['no lazy member', { a: lazyMembers([]), b: lazyItems([]) }, { a: {}, b: [] }],
  [
    'lazy items of objects with lazy items',
    { list: lazyItems([{ in: lazyItems(['x', 'y']), name: 'n' }, { in: lazyItems([]) }]), after: 1 },
    { list: [{ in: ['x', 'y'], name: 'n' }, { in: [] }], after: 1 },
  ],
]

test.each(samples)('%s', (_, lazy, same) => expect([...layOut(lazy)].join('')).toBe(whole(same)))
