import { ip } from './address.ts'
import { type Codec, encoded, type Source, takeByte, WireError } from './codec.ts'
import { limits } from './limits.ts'
import {
  bytes,
  dictionary,
  type Field,
  flag,
  list,
  optional,
  struct,
  text,
  u8,
  u16,
  u32,
  u53,
} from './msgpack.ts'

/**
 * What serf says inside memberlist's user messages, in the user state of a push/pull (`pushPull`) and in the payloads of
 * its internal queries (`conflict`, `keyRequest`, `keyResponse`).
 */
const event = struct({ Name: text, Payload: bytes })
const moment = struct({ LTime: u53, Events: list(event, limits.serfEvents) })

const table = {
  leave: { type: 0, body: struct({ LTime: u53, Node: text, Prune: flag }) },
  join: { type: 1, body: struct({ LTime: u53, Node: text }) },
  pushPull: {
    type: 2,
    body: struct({
      LTime: u53,
      StatusLTimes: dictionary(u53, limits.members),
      LeftMembers: list(text, limits.members),
      EventLTime: u53,
      Events: list(moment, limits.serfEvents),
      QueryLTime: u53,
    }),
  },
  userEvent: { type: 3, body: struct({ LTime: u53, Name: text, Payload: bytes, CC: flag }) },
  query: {
    type: 4,
    body: struct({
      LTime: u53,
      ID: u32,
      Addr: ip,
      Port: u16,
      SourceNode: optional(text),
      Filters: list(bytes, limits.serfFilters),
      Flags: u32,
      RelayFactor: u8,
      /** Nanoseconds. */
      Timeout: u53,
      Name: text,
      Payload: bytes,
    }),
  },
  queryResponse: {
    type: 5,
    body: struct({ LTime: u53, ID: u32, From: text, Flags: u32, Payload: bytes }),
  },
  conflict: { type: 6, body: struct({ Name: text, Addr: ip, Port: u16 }) },
  keyRequest: { type: 7, body: struct({ Key: bytes }) },
  keyResponse: {
    type: 8,
    body: struct({ Result: flag, Message: text, Keys: list(text, limits.serfKeys), PrimaryKey: text }),
  },
} as const

type Table = typeof table
type BodyOf<C> = C extends Codec<infer T> ? T : never
export type SerfMessage = { [K in keyof Table]: { kind: K } & BodyOf<Table[K]['body']> }[keyof Table]
export type SerfMessageOf<K extends SerfMessage['kind']> = Extract<SerfMessage, { kind: K }>

const kinds = new Map(
  Object.entries(table).map(([kind, entry]) => [entry.type as number, kind as keyof Table]),
)

// A message always fits its own entry; the union is not narrow enough to say so.
const bodyOf = (kind: keyof Table) => table[kind].body as Field<unknown>

const message: Codec<SerfMessage> = {
  encodingLength: (value) => 1 + bodyOf(value.kind).encodingLength(value),
  encode(value, into, at) {
    into[at] = table[value.kind].type
    return bodyOf(value.kind).encode(value, into, at + 1)
  },
  decode(source) {
    const type = takeByte(source)
    const kind = kinds.get(type)
    if (kind === undefined) throw new WireError(`unknown serf message ${type}`)
    return { kind, ...(bodyOf(kind).decode(source) as object) } as SerfMessage
  },
}

export function encodeSerf(value: SerfMessage): Uint8Array<ArrayBuffer> {
  return encoded(message, value)
}

/** @throws {WireError} */
export function decodeSerf(from: Uint8Array): SerfMessage {
  const source: Source = { bytes: from, at: 0 }
  return message.decode(source)
}

/** A query's `Filters` that name nodes: type byte 0, then the names. */
const nodeFilter = list(text, limits.serfFilters)

export function namesOfFilter(filter: Uint8Array): string[] | undefined {
  return filter[0] === 0 ? nodeFilter.decode({ bytes: filter, at: 1 }) : undefined
}

const relayHead = struct({ DestAddr: struct({ IP: ip, Port: u16 }), DestName: text })
const relayType = 9

/** A response that travels by way of another member: where to, and the message itself. Undefined for other messages. */
export function readRelay(
  from: Uint8Array,
): { host: string; port: number; name: string; payload: Uint8Array } | undefined {
  if (from[0] !== relayType) return undefined
  const source: Source = { bytes: from, at: 1 }
  const { DestAddr, DestName } = relayHead.decode(source)
  return { host: DestAddr.IP, port: DestAddr.Port, name: DestName, payload: from.slice(source.at) }
}
