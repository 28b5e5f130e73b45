import { z } from 'zod'
import { kind, kindOf } from './kind.ts'

/** A list, and nothing else. */
export function array<S extends z.ZodType>(item: S) {
  const of = kindOf(item)
  const good = of?.good ?? []
  return kind(z.array(item, { error: 'must be a list' }), {
    name: `list of ${of?.name ?? 'text'}`,
    text: `a list; each ${of?.text ?? 'a text'}`,
    good: [good.slice(0, 2), good.slice(0, 1), []],
    bad: [5, 'text', { a: 1 }, [null], ...(of?.bad ?? []).map((each) => [each])],
  })
}

/** A list, also written as one text with commas. */
export function list<S extends z.ZodType>(item: S) {
  const of = kindOf(item)
  const several = (values: readonly unknown[] = []) => values.filter((each) => !String(each).includes(','))
  const schema = z.preprocess(
    (value) => (typeof value === 'string' ? split(value) : value),
    z.array(item, { error: 'must be a list, or a text with commas' }),
  )
  return kind(schema, {
    name: `list of ${of?.name ?? 'text'}`,
    text: `a list, or a text with commas; each ${of?.text ?? 'a text'}`,
    good: [several(of?.good).slice(0, 2), several(of?.good).slice(0, 1), []],
    bad: [5, { a: 1 }, [null], ...several(of?.bad).map((each) => [each])],
    json: { anyOf: [{ type: 'array' }, { type: 'string' }] },
  })
}

function split(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
