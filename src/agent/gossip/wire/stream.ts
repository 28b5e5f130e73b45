import { encoded, type Source, take, takeByte, takeNumber, WireError } from './codec.ts'
import { packed, unpacked } from './compress.ts'
import { encryptionOverhead, open, seal } from './encrypt.ts'
import { checkLabel, labelHeader } from './label.ts'
import { limits } from './limits.ts'
import {
  encodeMessage,
  type MemberState,
  type Message,
  memberState,
  message,
  pushPullHead,
  userHead,
  wrapper,
} from './messages.ts'
import type { Envelope } from './packet.ts'

/** All that one side knows: members, and serf's own part. */
export type PushPull = { kind: 'pushPull'; join: boolean; members: MemberState[]; userState: Uint8Array }
export type StreamMessage = PushPull | Message

/** Compressing costs time; small streams gain nothing. */
const worthCompressing = 256
const encryptHead = 5

/** Why a stream cannot be read where only one side has a key. */
export const keyMismatch = {
  ours: 'not encrypted, and this mesh has a key',
  theirs: 'encrypted, and this mesh has no key',
} as const

/** A stream carries one message each way. */
export function encodeStream(value: StreamMessage, { keyring, label }: Envelope): Uint8Array {
  const plain = plainStream(value)
  const smaller = plain.length < worthCompressing ? plain : packed(plain)
  const [primary] = keyring.keys()
  const wire = primary ? sealStream(smaller, primary, label) : smaller
  return Buffer.concat([labelHeader(label), wire])
}

function plainStream(value: StreamMessage): Uint8Array {
  if (value.kind === 'user') {
    const head = encoded(userHead, { UserMsgLen: value.Payload.length })
    return Buffer.concat([Uint8Array.of(wrapper.user), head, value.Payload])
  }
  if (value.kind !== 'pushPull') return encodeMessage(value)
  const { members, userState, join } = value
  const head = encoded(pushPullHead, { Nodes: members.length, UserStateLen: userState.length, Join: join })
  return Buffer.concat([
    Uint8Array.of(wrapper.pushPull),
    head,
    ...members.map((member) => encoded(memberState, member)),
    userState,
  ])
}

function sealStream(plain: Uint8Array, key: Uint8Array, label: string): Uint8Array {
  const head = Buffer.alloc(encryptHead)
  head[0] = wrapper.encrypt
  head.writeUInt32BE(plain.length + encryptionOverhead, 1)
  return Buffer.concat([head, seal(plain, key, Buffer.concat([head, Buffer.from(label)]))])
}

export type StreamReader = {
  /** The message, once it is there as a whole. @throws {WireError} and then for good */
  push(chunk: Uint8Array): StreamMessage | undefined
  /** Bytes held for a message that is not whole yet. */
  held(): number
}

/** Reads one message from a stream as its bytes come in. */
export function createStreamReader(envelope: Envelope): StreamReader {
  const source: Source = { bytes: new Uint8Array(0), at: 0 }
  let buffer = new Uint8Array(4096)
  let filled = 0
  const reading = readStream(source, envelope)
  return {
    held: () => filled,
    push(chunk) {
      if (filled + chunk.length > limits.pushPull + encryptHead + limits.label + 2)
        throw new WireError('the message is too long')
      if (filled + chunk.length > buffer.length) {
        const wider = new Uint8Array(Math.max(buffer.length * 2, filled + chunk.length))
        wider.set(buffer.subarray(0, filled))
        buffer = wider
      }
      buffer.set(chunk, filled)
      filled += chunk.length
      source.bytes = buffer.subarray(0, filled)
      const step = reading.next()
      return step.done ? step.value : undefined
    },
  }
}

/** What was unwrapped is all there is: nothing of it can still be on its way. */
type Final = { final?: boolean }

/** Yields when it needs more bytes; what was read before is not read again. */
type Reading<T> = Generator<undefined, T, void>

function* whole<T>(source: Source & Final, read: (source: Source) => T): Reading<T> {
  for (;;) {
    const start = source.at
    try {
      return read(source)
    } catch (error) {
      if (!(error instanceof WireError && error.truncated) || source.final) throw error
      source.at = start
    }
    yield
  }
}

function* readStream(source: Source, { keyring, label }: Envelope): Reading<StreamMessage> {
  yield* whole(source, (from) => checkLabel(from, label))
  let type = yield* whole(source, takeByte)
  if (type !== wrapper.encrypt && keyring.secured()) throw new WireError(keyMismatch.ours)
  if (type !== wrapper.encrypt) return yield* readPlain(source, type)
  if (!keyring.secured()) throw new WireError(keyMismatch.theirs)
  const length = yield* whole(source, (from) => takeNumber(from, 4))
  if (length > limits.pushPull) throw new WireError(`${length} bytes are too many`)
  const bound = Buffer.concat([source.bytes.subarray(source.at - encryptHead, source.at), Buffer.from(label)])
  const sealed = yield* whole(source, (from) => take(from, length))
  const plain: Source & Final = { bytes: open(sealed, keyring.keys(), bound), at: 0, final: true }
  type = takeByte(plain)
  return yield* readPlain(plain, type)
}

function* readPlain(source: Source, type: number): Reading<StreamMessage> {
  if (type !== wrapper.compress) return yield* readBody(source, type)
  const plain = yield* whole(source, (from) => unpacked(from, limits.decompressedStream))
  const inner: Source & Final = { bytes: plain, at: 0, final: true }
  return yield* readBody(inner, takeByte(inner))
}

function* readBody(source: Source, type: number): Reading<StreamMessage> {
  if (type === wrapper.pushPull) return yield* readPushPull(source)
  if (type !== wrapper.user) {
    source.at--
    return yield* whole(source, message.decode)
  }
  const { UserMsgLen } = yield* whole(source, userHead.decode)
  if (UserMsgLen > limits.userMessage) throw new WireError(`a user message of ${UserMsgLen} bytes`)
  return { kind: 'user', Payload: yield* bytesOf(source, UserMsgLen) }
}

function* readPushPull(source: Source): Reading<PushPull> {
  const { Nodes, UserStateLen, Join } = yield* whole(source, pushPullHead.decode)
  if (Nodes > limits.members) throw new WireError(`${Nodes} members are too many`)
  if (UserStateLen > limits.pushPull) throw new WireError(`${UserStateLen} bytes of user state`)
  const members: MemberState[] = []
  while (members.length < Nodes) {
    const member = yield* whole(source, memberState.decode)
    if (member.Name === '') throw new WireError('a member without a name')
    members.push(member)
  }
  return { kind: 'pushPull', join: Join, members, userState: yield* bytesOf(source, UserStateLen) }
}

function* bytesOf(source: Source, length: number): Reading<Uint8Array> {
  return yield* whole(source, (from) => new Uint8Array(take(from, length)))
}
