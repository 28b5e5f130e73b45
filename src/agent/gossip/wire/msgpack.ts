import { type Codec, type Source, take, takeByte, takeNumber, WireError } from './codec.ts'

/**
 * MessagePack as memberlist's peers write it: the specification before 2013, in which strings and bytes are one `raw`
 * type of 5, 16 or 32 bits of length, and numbers take their smallest width. Reading is liberal: the newer str8 and bin
 * are understood, `nil` is a zero, unknown fields are passed over.
 */

const nil = 0xc0

/** A codec of a field, with the value that stands for "not sent". */
export type Field<T> = Codec<T> & {
  zero: T
  /** Left out of its structure while it is zero (`omitempty`). */
  omitted?(value: T): boolean
}

function isNil(source: Source): boolean {
  if (source.bytes[source.at] !== nil) return false
  source.at++
  return true
}

// Heads

function numberLength(value: number): number {
  if (value < 0x80) return 1
  if (value <= 0xff) return 2
  if (value <= 0xffff) return 3
  return value <= 0xffffffff ? 5 : 9
}

function putNumber(value: number, into: Uint8Array, at: number): number {
  const length = numberLength(value)
  const view = new DataView(into.buffer, into.byteOffset)
  if (length === 1) into[at] = value
  else if (length === 2) view.setUint16(at, 0xcc00 | value)
  else into[at] = length === 3 ? 0xcd : length === 5 ? 0xce : 0xcf
  if (length === 3) view.setUint16(at + 1, value)
  if (length === 5) view.setUint32(at + 1, value)
  if (length === 9) view.setBigUint64(at + 1, BigInt(value))
  return at + length
}

function takeUnsigned(source: Source): number {
  const head = takeByte(source)
  if (head < 0x80) return head
  if (head === 0xcc) return takeNumber(source, 1)
  if (head === 0xcd) return takeNumber(source, 2)
  if (head === 0xce) return takeNumber(source, 4)
  if (head === 0xcf || head === 0xd3) return takeNumber(source, 4) * 2 ** 32 + takeNumber(source, 4)
  // A signed type with its highest bit set is negative and then too big for every field.
  if (head === 0xd0) return notNegative(takeNumber(source, 1), 0x7f)
  if (head === 0xd1) return notNegative(takeNumber(source, 2), 0x7fff)
  if (head === 0xd2) return notNegative(takeNumber(source, 4), 0x7fffffff)
  throw new WireError(`a number was expected, not type 0x${head.toString(16)}`)
}

function notNegative(value: number, most: number): number {
  if (value > most) throw new WireError('a negative number')
  return value
}

const rawHeadLength = (length: number) => (length < 32 ? 1 : length <= 0xffff ? 3 : 5)

function putHead(length: number, marks: [number, number, number, number], into: Uint8Array, at: number) {
  const [fix, most, wide16, wide32] = marks
  if (length <= most) {
    into[at] = fix | length
    return at + 1
  }
  const view = new DataView(into.buffer, into.byteOffset)
  into[at] = length <= 0xffff ? wide16 : wide32
  if (length <= 0xffff) view.setUint16(at + 1, length)
  else view.setUint32(at + 1, length)
  return at + (length <= 0xffff ? 3 : 5)
}

const rawMarks: [number, number, number, number] = [0xa0, 31, 0xda, 0xdb]
const listMarks: [number, number, number, number] = [0x90, 15, 0xdc, 0xdd]
const mapMarks: [number, number, number, number] = [0x80, 15, 0xde, 0xdf]
const headLength = (length: number) => (length <= 15 ? 1 : length <= 0xffff ? 3 : 5)

function putRaw(raw: Uint8Array, into: Uint8Array, at: number): number {
  const start = putHead(raw.length, rawMarks, into, at)
  into.set(raw, start)
  return start + raw.length
}

function takeRaw(source: Source): Uint8Array {
  const head = takeByte(source)
  if (head >= 0xa0 && head <= 0xbf) return take(source, head & 0x1f)
  if (head === 0xda || head === 0xc5) return take(source, takeNumber(source, 2))
  if (head === 0xdb || head === 0xc6) return take(source, takeNumber(source, 4))
  if (head === 0xd9 || head === 0xc4) return take(source, takeNumber(source, 1))
  throw new WireError(`text or bytes were expected, not type 0x${head.toString(16)}`)
}

function takeCount(source: Source, what: string, fix: number, wide16: number): number {
  const head = takeByte(source)
  if ((head & 0xf0) === fix) return head & 0x0f
  if (head === wide16) return takeNumber(source, 2)
  if (head === wide16 + 1) return takeNumber(source, 4)
  throw new WireError(`a ${what} was expected, not type 0x${head.toString(16)}`)
}

/** Passes over one value of any type. Not recursive: nesting costs nothing. */
function skip(source: Source): void {
  for (let pending = 1; pending > 0; pending--) {
    const head = source.bytes[source.at]
    if (head === undefined) throw new WireError('the bytes end too early', true)
    if ((head & 0xf0) === 0x90 || head === 0xdc || head === 0xdd)
      pending += takeCount(source, 'list', 0x90, 0xdc)
    else if ((head & 0xf0) === 0x80 || head === 0xde || head === 0xdf)
      pending += 2 * takeCount(source, 'map', 0x80, 0xde)
    else if (
      (head >= 0xa0 && head <= 0xbf) ||
      (head >= 0xd9 && head <= 0xdb) ||
      (head >= 0xc4 && head <= 0xc6)
    )
      takeRaw(source)
    else take(source, 1 + plainLength(head, source))
  }
}

/** Bytes after the head of a value without parts: numbers, flags, nil, extensions. */
function plainLength(head: number, source: Source): number {
  if (head < 0x80 || head >= 0xe0) return 0
  if (head >= 0xd4 && head <= 0xd8) return 1 + 2 ** (head - 0xd4)
  if (head >= 0xc7 && head <= 0xc9) {
    const width = head === 0xc7 ? 1 : head === 0xc8 ? 2 : 4
    return width + 1 + takeNumber({ bytes: source.bytes, at: source.at + 1 }, width)
  }
  const lengths: Record<number, number> = {
    192: 0,
    194: 0,
    195: 0,
    202: 4,
    203: 8,
    204: 1,
    205: 2,
    206: 4,
    207: 8,
    208: 1,
    209: 2,
    210: 4,
    211: 8,
  }
  const length = lengths[head]
  if (length === undefined) throw new WireError(`unknown type 0x${head.toString(16)}`)
  return length
}

// Values

function unsigned(most: number): Field<number> {
  return {
    zero: 0,
    encodingLength: numberLength,
    encode: putNumber,
    decode(source) {
      if (isNil(source)) return 0
      const value = takeUnsigned(source)
      if (value > most) throw new WireError(`number ${value} is over ${most}`)
      return value
    },
  }
}

export const u8 = unsigned(0xff)
export const u16 = unsigned(0xffff)
export const u32 = unsigned(0xffffffff)
/** As far as a JavaScript number is exact; no honest clock or length comes near. */
export const u53 = unsigned(Number.MAX_SAFE_INTEGER)

export const flag: Field<boolean> = {
  zero: false,
  encodingLength: () => 1,
  encode(value, into, at) {
    into[at] = value ? 0xc3 : 0xc2
    return at + 1
  },
  decode(source) {
    const head = takeByte(source)
    if (head === nil || head === 0xc2) return false
    if (head === 0xc3) return true
    throw new WireError(`a flag was expected, not type 0x${head.toString(16)}`)
  },
}

const none = new Uint8Array(0)

/** Bytes; nil and empty are the same. Reading gives a copy, so that one field does not hold its whole packet in memory. */
export const bytes: Field<Uint8Array> = {
  zero: none,
  encodingLength: (value) => (value.length === 0 ? 1 : rawHeadLength(value.length) + value.length),
  encode(value, into, at) {
    if (value.length > 0) return putRaw(value, into, at)
    into[at] = nil
    return at + 1
  },
  decode: (source) => (isNil(source) ? none : new Uint8Array(takeRaw(source))),
}

const utf8 = new TextEncoder()
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(raw: Uint8Array): string {
  try {
    return strictUtf8.decode(raw)
  } catch {
    throw new WireError('text that is not UTF-8')
  }
}

export const text: Field<string> = {
  zero: '',
  encodingLength(value) {
    const length = Buffer.byteLength(value)
    return rawHeadLength(length) + length
  },
  encode: (value, into, at) => putRaw(utf8.encode(value), into, at),
  decode: (source) => (isNil(source) ? '' : textOf(takeRaw(source))),
}

export function list<T>(item: Field<T>, most: number): Field<T[]> {
  return {
    zero: [],
    encodingLength: (values) =>
      values.reduce((sum, value) => sum + item.encodingLength(value), headLength(values.length)),
    encode(values, into, at) {
      let end = putHead(values.length, listMarks, into, at)
      for (const value of values) end = item.encode(value, into, end)
      return end
    },
    decode(source) {
      if (isNil(source)) return []
      const count = takeCount(source, 'list', 0x90, 0xdc)
      if (count > most) throw new WireError(`a list of ${count}, over ${most}`)
      const values: T[] = []
      while (values.length < count) values.push(item.decode(source))
      return values
    },
  }
}

export function dictionary<T>(item: Field<T>, most: number): Field<Map<string, T>> {
  return {
    zero: new Map(),
    encodingLength: (values) =>
      [...values].reduce(
        (sum, [key, value]) => sum + text.encodingLength(key) + item.encodingLength(value),
        headLength(values.size),
      ),
    encode(values, into, at) {
      let end = putHead(values.size, mapMarks, into, at)
      for (const [key, value] of values) end = item.encode(value, into, text.encode(key, into, end))
      return end
    },
    decode(source) {
      const values = new Map<string, T>()
      if (isNil(source)) return values
      const count = takeCount(source, 'map', 0x80, 0xde)
      if (count > most) throw new WireError(`a map of ${count}, over ${most}`)
      for (let i = 0; i < count; i++) values.set(text.decode(source), item.decode(source))
      return values
    },
  }
}

/** The same field, left out while it is empty. */
export function optional<T extends string | number | Uint8Array>(field: Field<T>): Field<T> {
  return { ...field, omitted: (value) => (value instanceof Uint8Array ? value.length === 0 : !value) }
}

type Fields = Record<string, Field<unknown>>
export type Struct<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never }

/** A Go structure: a map with the field names as keys. Fields that are absent are zero, unknown ones are passed over. */
export function struct<F extends Fields>(fields: F): Field<Struct<F>> {
  const entries = Object.entries(fields)
  const keys = new Map(entries.map(([name]) => [name, name]))
  const sent = (value: Struct<F>) => entries.filter(([name, field]) => !field.omitted?.(value[name]))
  const zero = Object.fromEntries(entries.map(([name, field]) => [name, field.zero])) as Struct<F>
  return {
    zero,
    encodingLength(value) {
      const parts = sent(value)
      return parts.reduce(
        (sum, [name, field]) => sum + text.encodingLength(name) + field.encodingLength(value[name]),
        headLength(parts.length),
      )
    },
    encode(value, into, at) {
      const parts = sent(value)
      let end = putHead(parts.length, mapMarks, into, at)
      for (const [name, field] of parts) end = field.encode(value[name], into, text.encode(name, into, end))
      return end
    },
    decode(source) {
      const value: Record<string, unknown> = { ...zero }
      if (isNil(source)) return value as Struct<F>
      const count = takeCount(source, 'map', 0x80, 0xde)
      for (let i = 0; i < count; i++) {
        const name = keys.get(textOf(takeRaw(source)))
        const field = name === undefined ? undefined : fields[name]
        if (name === undefined || field === undefined) skip(source)
        else value[name] = field.decode(source)
      }
      return value as Struct<F>
    },
  }
}
