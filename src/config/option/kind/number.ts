import { z } from 'zod'
import { kind } from './kind.ts'

/** A whole number in a range; either end may be open. */
export function integer(least = 0, most = Number.MAX_SAFE_INTEGER) {
  const range = rangeText(least, most, Number.MAX_SAFE_INTEGER)
  const error = `must be a whole number${range}`
  const above = most < Number.MAX_SAFE_INTEGER ? [most + 1] : []
  return kind(z.int({ error }).min(least, { error }).max(most, { error }), {
    name: 'integer',
    text: `a whole number${range}`,
    good: [least, Math.min(most, least + 1), Math.min(most, least + 1000)],
    bad: ['many', least + 0.5, ...above, ...(least > Number.MIN_SAFE_INTEGER ? [least - 1] : []), null],
  })
}

/** A number in a range; either end may be open. */
export function decimal(least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY) {
  const range = rangeText(least, most, Number.POSITIVE_INFINITY)
  const error = `must be a number${range}`
  const start = Number.isFinite(least) ? least : 0
  const schema = z.number({ error }).min(least, { error }).max(most, { error })
  return kind(schema, {
    name: 'decimal',
    text: `a number${range}`,
    good: [start, Math.min(most, start + 0.25), Math.min(most, start + 1)],
    bad: [
      'some',
      null,
      [],
      ...(Number.isFinite(least) ? [least - 0.1] : []),
      ...(Number.isFinite(most) ? [most + 0.1] : []),
    ],
  })
}

/** A part of a whole, 0 to 1. */
export const ratio = kind(decimal(0, 1), {
  name: 'ratio',
  text: 'a number from 0 to 1',
  good: [0, 0.1, 0.5, 1],
  bad: [-0.1, 1.1, '50%', 'half'],
})

/** A TCP or UDP port. */
export const port = kind(integer(1, 65535), {
  name: 'port',
  text: 'a port, 1 to 65535',
  good: [1, 53, 8080, 65535],
  bad: [0, 65536, -1, 80.5, 'http'],
})

function rangeText(least: number, most: number, open: number): string {
  if (least <= -open && most >= open) return ''
  if (most >= open) return ` of ${least} or more`
  return least <= -open ? ` of ${most} or less` : ` from ${least} to ${most}`
}
