import { ip } from './address.ts'
import { type Codec, encoded, type Source, takeByte, WireError } from './codec.ts'
import { bytes, flag, optional, struct, text, u8, u16, u32, u53 } from './msgpack.ts'

/** Where an answer goes, as its asker wants it; older peers leave it out. */
const source = { SourceAddr: optional(ip), SourcePort: optional(u16), SourceNode: optional(text) }

/** `From === Node` in a `dead` means that the node left. */
const accusation = { Incarnation: u32, Node: text, From: text }

/** Everything after the type byte, without a structure. */
const rest: Codec<{ Payload: Uint8Array }> = {
  encodingLength: ({ Payload }) => Payload.length,
  encode({ Payload }, into, at) {
    into.set(Payload, at)
    return at + Payload.length
  },
  decode(source) {
    const Payload = new Uint8Array(source.bytes.subarray(source.at))
    source.at = source.bytes.length
    return { Payload }
  },
}

/** memberlist's messages of one datagram, by type byte. What wraps others (compound, compress, …) has files of its own. */
const table = {
  ping: { type: 0, body: struct({ SeqNo: u32, Node: text, ...source }) },
  indirectPing: {
    type: 1,
    body: struct({ SeqNo: u32, Target: ip, Port: u16, Node: text, Nack: flag, ...source }),
  },
  ack: { type: 2, body: struct({ SeqNo: u32, Payload: bytes }) },
  suspect: { type: 3, body: struct(accusation) },
  alive: {
    type: 4,
    body: struct({ Incarnation: u32, Node: text, Addr: ip, Port: u16, Meta: bytes, Vsn: bytes }),
  },
  dead: { type: 5, body: struct(accusation) },
  user: { type: 8, body: rest },
  nack: { type: 11, body: struct({ SeqNo: u32 }) },
  err: { type: 13, body: struct({ Error: text }) },
} as const

type Table = typeof table
type BodyOf<C> = C extends Codec<infer T> ? T : never
export type Message = { [K in keyof Table]: { kind: K } & BodyOf<Table[K]['body']> }[keyof Table]
export type MessageOf<K extends Message['kind']> = Extract<Message, { kind: K }>

const kinds = new Map(
  Object.entries(table).map(([kind, entry]) => [entry.type as number, kind as keyof Table]),
)

// A message always fits its own entry; the union is not narrow enough to say so.
const bodyOf = (kind: keyof Table) => table[kind].body as Codec<unknown>

export const message: Codec<Message> = {
  encodingLength: (value) => 1 + bodyOf(value.kind).encodingLength(value),
  encode(value, into, at) {
    into[at] = table[value.kind].type
    return bodyOf(value.kind).encode(value, into, at + 1)
  },
  decode(source) {
    const type = takeByte(source)
    const kind = kinds.get(type)
    if (kind === undefined) throw new WireError(`unknown message type ${type}`)
    return { kind, ...(bodyOf(kind).decode(source) as object) } as Message
  },
}

/** Types of what wraps messages, and of what only streams carry. */
export const wrapper = {
  pushPull: 6,
  compound: 7,
  user: 8,
  compress: 9,
  encrypt: 10,
  crc: 12,
  label: 244,
} as const

/** How a member is told about in a push/pull. */
export const memberState = struct({
  Name: text,
  Addr: ip,
  Port: u16,
  Meta: bytes,
  Incarnation: u32,
  State: u8,
  Vsn: bytes,
})
export type MemberState = BodyOf<typeof memberState>

export const pushPullHead = struct({ Nodes: u53, UserStateLen: u53, Join: flag })
export const userHead = struct({ UserMsgLen: u53 })

/** Bytes of the message with its type. */
export const messageLength = message.encodingLength

export function encodeMessage(value: Message): Uint8Array<ArrayBuffer> {
  return encoded(message, value)
}

/**
 * @throws WireError when it is no message, or more than one: what another mesh has sealed can begin like a message, but never
 * ends like it
 */
export function decodeMessage(from: Uint8Array): Message {
  const source: Source = { bytes: from, at: 0 }
  const value = message.decode(source)
  if (source.at < from.length) throw new WireError(`${from.length - source.at} bytes after a message`)
  return value
}
