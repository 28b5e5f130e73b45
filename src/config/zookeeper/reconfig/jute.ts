/** One type of ZooKeeper's wire format (jute, big-endian): how it is written, read, and how long it is. */
export type Codec<T> = {
  encode(value: T, into: Buffer, offset: number): void
  /** @throws RangeError when the bytes end early */
  decode(from: Buffer, offset: number): T
  encodingLength(value: T): number
}

export const int: Codec<number> = {
  encode: (value, into, offset) => void into.writeInt32BE(value, offset),
  decode: (from, offset) => from.readInt32BE(offset),
  encodingLength: () => 4,
}

export const long: Codec<bigint> = {
  encode: (value, into, offset) => void into.writeBigInt64BE(value, offset),
  decode: (from, offset) => from.readBigInt64BE(offset),
  encodingLength: () => 8,
}

/** Bytes after their number; -1 of them is none at all. */
export const buffer: Codec<Buffer | undefined> = {
  encode(value, into, offset) {
    into.writeInt32BE(value?.length ?? -1, offset)
    value?.copy(into, offset + 4)
  },
  decode(from, offset) {
    const length = from.readInt32BE(offset)
    if (length < 0) return undefined
    if (offset + 4 + length > from.length) throw new RangeError('the bytes end early')
    return from.subarray(offset + 4, offset + 4 + length)
  },
  encodingLength: (value) => 4 + (value?.length ?? 0),
}

export const ustring: Codec<string | undefined> = {
  encode: (value, into, offset) => buffer.encode(bytesOf(value), into, offset),
  decode: (from, offset) => buffer.decode(from, offset)?.toString(),
  encodingLength: (value) => buffer.encodingLength(bytesOf(value)),
}

const bytesOf = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text))

type Fields = Record<string, unknown>

/** Fields one after the other, in the order in which they are named. */
export function record<T extends Fields>(fields: { [Name in keyof T]: Codec<T[Name]> }): Codec<T> {
  const names = Object.keys(fields) as (keyof T)[]
  return {
    encode(value, into, offset) {
      let at = offset
      for (const name of names) {
        fields[name].encode(value[name], into, at)
        at += fields[name].encodingLength(value[name])
      }
    },
    decode(from, offset) {
      let at = offset
      const value: Partial<T> = {}
      for (const name of names) {
        const field = fields[name].decode(from, at)
        value[name] = field
        at += fields[name].encodingLength(field)
      }
      return value as T
    },
    encodingLength: (value) =>
      names.reduce((length, name) => length + fields[name].encodingLength(value[name]), 0),
  }
}
