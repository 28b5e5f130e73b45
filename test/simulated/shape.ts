import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Every path through a JSON value with the types found there; elements of lists share one path. */
type Shape = Map<string, Set<string>>

function shapeOf(value: unknown, path = '', shape: Shape = new Map()): Shape {
  const type = Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value
  shape.set(path, (shape.get(path) ?? new Set()).add(type))
  if (Array.isArray(value)) for (const each of value) shapeOf(each, `${path}[]`, shape)
  else if (type === 'object')
    for (const [key, each] of Object.entries(Object(value))) shapeOf(each, `${path}.${plain(key)}`, shape)
  return shape
}

/** Ids of frameworks are part of metric names. */
const plain = (key: string) =>
  key.replace(/^master\/frameworks\/[^/]+\/[0-9a-f-]{36}-\d{4}\//, 'master/frameworks/NAME/ID/')

/**
 * Compares what a stand-in serves with what was recorded.
 * @param unlike paths that one side alone has, each for a reason that the caller knows
 * @returns one line for each difference
 */
export function differences(recorded: unknown, served: unknown, unlike: RegExp[] = []): string[] {
  const [theirs, ours] = [shapeOf(recorded), shapeOf(served)]
  const lines: string[] = []
  for (const path of new Set([...theirs.keys(), ...ours.keys()])) {
    if (unlike.some((pattern) => pattern.test(path))) continue
    const [a, b] = [theirs, ours].map((shape) => [...(shape.get(path) ?? [])].sort().join('|') || 'nothing')
    if (a !== b) lines.push(`${path}: recorded ${a}, served ${b}`)
  }
  return lines
}

export const fixture = (name: string): string =>
  readFileSync(join(import.meta.dir, '../fixtures/mesos', name), 'utf8')

/** A record at a time: decimal length, newline, that many bytes. */
export function readRecords(bytes: Uint8Array): { records: { type: string }[]; rest: Uint8Array } {
  const records: { type: string }[] = []
  let at = 0
  for (;;) {
    const newline = bytes.indexOf(10, at)
    if (newline < 0) break
    const length = Number(Buffer.from(bytes.subarray(at, newline)).toString())
    if (bytes.length < newline + 1 + length) break
    records.push(JSON.parse(Buffer.from(bytes.subarray(newline + 1, newline + 1 + length)).toString()))
    at = newline + 1 + length
  }
  return { records, rest: bytes.subarray(at) }
}
