import type { Table } from './table.ts'

/** The parts of a table in the order in which they are packed. */
const words = [
  'nameAt',
  'slots',
  'setNode',
  'setStart',
  'order',
  'first',
  'second',
  'weighted',
  'weights',
  'taskEnd',
  'reverseV4',
  'reverseV4Node',
  'reverseV6',
] as const
const bytes = ['names', 'flags', 'setKind', 'v6', 'tasks'] as const

type Header = { format: 3; lengths: number[]; tasksFrom: number; unencodable: number; sum: string }

/** A table as one piece of bytes: a header in JSON behind its length, then the arrays, numbers first. */
export function packTable(table: Table): Uint8Array {
  const parts: (Uint32Array | Uint8Array)[] = [
    ...words.map((key) => table[key]),
    ...table.setOf,
    ...bytes.map((key) => table[key]),
  ]
  const body = Buffer.concat(
    parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
  )
  const header: Header = {
    format: 3,
    lengths: parts.map((part) => part.byteLength),
    tasksFrom: table.tasksFrom,
    unencodable: table.unencodable,
    sum: Bun.hash(body).toString(16),
  }
  const head = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(head.length)
  return Buffer.concat([length, head, body])
}

/** @throws Error when the bytes are no table, or were damaged */
export function unpackTable(packed: Uint8Array): Table {
  const whole = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  const bodyAt = 4 + whole.readUInt32LE(0)
  const header: Header = JSON.parse(whole.toString('utf8', 4, bodyAt))
  // A copy of its own, so that the numbers are aligned.
  const body = new Uint8Array(whole.subarray(bodyAt))
  if (header.format !== 3 || header.sum !== Bun.hash(body).toString(16)) throw new Error('it is damaged')
  let at = 0
  const next = () => {
    const length = header.lengths.shift() ?? 0
    at += length
    return { from: at - length, length }
  }
  const numbers = () => {
    const { from, length } = next()
    return new Uint32Array(body.buffer, from, length / 4)
  }
  const raw = () => {
    const { from, length } = next()
    return body.subarray(from, from + length)
  }
  return {
    nameAt: numbers(),
    slots: numbers(),
    setNode: numbers(),
    setStart: numbers(),
    order: numbers(),
    first: numbers(),
    second: numbers(),
    weighted: numbers(),
    weights: numbers(),
    taskEnd: numbers(),
    reverseV4: numbers(),
    reverseV4Node: numbers(),
    reverseV6: numbers(),
    setOf: [numbers(), numbers(), numbers()],
    names: raw(),
    flags: raw(),
    setKind: raw(),
    v6: raw(),
    tasks: raw(),
    tasksFrom: header.tasksFrom,
    unencodable: header.unencodable,
  }
}
