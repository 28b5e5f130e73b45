import { expect, setDefaultTimeout, test } from 'bun:test'
import { connect } from 'node:net'
import { encoded } from '../../src/agent/gossip/wire/codec.ts'
import { createKeyring } from '../../src/agent/gossip/wire/keyring.ts'
import * as lzw from '../../src/agent/gossip/wire/lzw.ts'
import type { Message } from '../../src/agent/gossip/wire/messages.ts'
import { bytes, struct, u8 } from '../../src/agent/gossip/wire/msgpack.ts'
import { encodePacket } from '../../src/agent/gossip/wire/packet.ts'
import { encodeSerf } from '../../src/agent/gossip/wire/serf.ts'
import { encodeStream } from '../../src/agent/gossip/wire/stream.ts'
import { MeshboxError } from '../../src/error.ts'
import { randomBytes, randomFrom, seed, whole } from './seed.ts'
import { inMesh, newKey, type Ours, soon } from './serf.ts'

setDefaultTimeout(process.env.MESHBOX_LONG ? 600_000 : 60_000)

const rounds = process.env.MESHBOX_LONG ? 100_000 : 3000
const open = { keyring: createKeyring([]), label: '' }

/** Good messages, as a peer may send them and an enemy may spoil them. */
function samples(target: Ours): Uint8Array[] {
  const vsn = Uint8Array.of(1, 5, 2, 2, 5, 5)
  const { host, port } = target.address
  const source = { SourceAddr: host, SourcePort: port, SourceNode: 'x' }
  const user = (Payload: Uint8Array): Message => ({ kind: 'user', Payload })
  const messages: Message[] = [
    { kind: 'ping', SeqNo: 1, Node: target.members()[0]?.name ?? '', ...source },
    { kind: 'indirectPing', SeqNo: 1, Target: host, Port: port, Node: 'x', Nack: true, ...source },
    { kind: 'ack', SeqNo: 1, Payload: new Uint8Array(5) },
    { kind: 'alive', Incarnation: 1, Node: 'ghost', Addr: '127.0.0.1', Port: 9, Meta: vsn, Vsn: vsn },
    { kind: 'suspect', Incarnation: 9, Node: 'target', From: 'x' },
    { kind: 'dead', Incarnation: 9, Node: 'target', From: 'target' },
    user(encodeSerf({ kind: 'leave', LTime: 2 ** 50, Node: 'target', Prune: true })),
    user(encodeSerf({ kind: 'join', LTime: 9, Node: 'ghost' })),
    user(encodeSerf({ kind: 'userEvent', LTime: 9, Name: 'e', Payload: vsn, CC: false })),
    user(encodeSerf({ kind: 'queryResponse', LTime: 9, ID: 1, From: 'x', Flags: 0, Payload: vsn })),
  ]
  return messages.map((message) => encodePacket([message, message], open, true))
}

function spoil(good: Uint8Array, random: () => number): Uint8Array {
  const bad = Buffer.from(good)
  if (random() < 0.8) bad[whole(random, bad.length)] = whole(random, 256)
  return random() < 0.2 ? bad.subarray(0, whole(random, bad.length)) : bad
}

async function sendStream(target: Ours, wire: Uint8Array): Promise<void> {
  const socket = connect(target.address)
  await new Promise<void>((resolve) => {
    socket.once('error', () => resolve())
    socket.once('close', () => resolve())
    socket.once('connect', () => socket.end(wire))
    socket.on('data', () => {})
    setTimeout(() => socket.destroy(), 300)
  })
}

test.each([
  ['open', []],
  ['keyed', [newKey()]],
])(
  'an %s member goes on among spoilt, replayed and random datagrams and streams',
  inMesh(async ({ startOurs }, _: string, keyring: string[]) => {
    const random = randomFrom(seed)
    const target = await startOurs('target', { keyring })
    const good = samples(target)
    const socket = await Bun.udpSocket({ hostname: '127.0.0.1' })
    const { port } = target.address
    for (let round = 0; round < rounds; round++) {
      const sample = good[whole(random, good.length)] ?? new Uint8Array(0)
      const bad = random() < 0.2 ? randomBytes(random, whole(random, 1400)) : spoil(sample, random)
      socket.send(random() < 0.2 ? sample : bad, port, '127.0.0.1')
      if (round % 200 === 0) await Bun.sleep(1)
    }
    const state = encodeStream(
      { kind: 'pushPull', join: true, members: [], userState: Uint8Array.of(2, 0x80) },
      open,
    )
    const streams = Array.from({ length: rounds / 30 }, () =>
      random() < 0.3 ? randomBytes(random, whole(random, 4000)) : spoil(state, random),
    )
    for (let i = 0; i < streams.length; i += 50) {
      await Promise.all(streams.slice(i, i + 50).map((wire) => sendStream(target, wire)))
    }
    socket.close()
    const friend = await startOurs('friend', { keyring })
    expect(await friend.join([target.at])).toBe(1)
    expect(await soon(() => target.status('friend') === 'alive')).toBe(true)
    expect(target.status('target')).toBe('alive')
  }),
)

test(
  'bombs and promises of more to come cost little memory and no answer',
  inMesh(async ({ startOurs }) => {
    const target = await startOurs('target')
    const before = process.memoryUsage().rss
    const envelope = struct({ Algo: u8, Buf: bytes })
    const bomb = encoded(envelope, { Algo: 0, Buf: lzw.compress(new Uint8Array(30 << 20)) })
    const wire = Buffer.concat([Uint8Array.of(9), bomb])
    await Promise.all(Array.from({ length: 8 }, () => sendStream(target, wire)))
    const promise = Buffer.concat([Buffer.from('0681a54e6f646573ce0001ffff', 'hex'), new Uint8Array(2000)])
    await Promise.all(Array.from({ length: 50 }, () => sendStream(target, promise)))
    expect(process.memoryUsage().rss - before).toBeLessThan(300 << 20)
    expect(target.members()).toHaveLength(1)
  }),
)

test(
  'streams that say nothing are cut, and do not keep others out for long',
  inMesh(async ({ startOurs }) => {
    const target = await startOurs('target')
    const idle = Array.from({ length: 150 }, () => {
      const socket = connect(target.address)
      socket.on('error', () => {})
      return { socket, closed: new Promise((resolve) => socket.on('close', resolve)) }
    })
    await Promise.all(idle.map(({ closed }) => closed))
    const friend = await startOurs('friend')
    expect(await friend.join([target.at])).toBe(1)
  }),
)

test(
  'a port that is taken, tags that are too long and a wrong key are refused',
  inMesh(async ({ startOurs }) => {
    const first = await startOurs('first')
    const failure = await startOurs('second', { port: first.address.port }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(MeshboxError)
    expect(failure).toMatchObject({ code: 'gossip-port', exit: 1 })
    const long = { text: 'x'.repeat(600) }
    expect(await startOurs('third', { tags: long }).catch((error: unknown) => error)).toMatchObject({
      exit: 2,
    })
    expect(() => first.updateTags(long)).toThrow(MeshboxError)
    const secret = 'bm90IGEga2V5'
    const wrong = await startOurs('fourth', { keyring: [secret] }).catch((error: unknown) => error)
    expect(wrong).toMatchObject({ code: 'gossip-key' })
    expect(String(wrong)).not.toContain(secret)
  }),
)

test(
  'one that listens on every address of both kinds is reached by either',
  inMesh(async ({ startOurs }) => {
    const both = await startOurs('both', { bind: '::', advertise: '127.0.0.1' })
    const { port } = both.address
    const four = await startOurs('four')
    expect(await four.join([`127.0.0.1:${port}`])).toBe(1)
    await Bun.sleep(2500)
    expect([both.status('four'), four.status('both')]).toEqual(['alive', 'alive'])
    const six = await startOurs('six', { bind: '::1' })
    expect(await six.join([`[::1]:${port}`])).toBe(1)
  }),
)

test(
  'what is asked while a member closes ends with the answers so far',
  inMesh(async ({ startOurs }) => {
    const key = newKey()
    const [one, other] = [
      await startOurs('one', { keyring: [key] }),
      await startOurs('other', { keyring: [key] }),
    ]
    expect(await one.join([other.at])).toBe(1)
    await other.close()
    const asked = one.keys.list()
    await one.close()
    expect(await asked).toMatchObject({ members: 2, answered: 1, keys: { [key]: 1 } })
    expect(await one.join([other.at])).toBe(0)
  }),
)

test(
  'labels keep meshes apart',
  inMesh(async ({ startOurs }) => {
    const [blue, red, sky] = await Promise.all([
      startOurs('blue', { label: 'blue' }),
      startOurs('red', { label: 'red' }),
      startOurs('sky', { label: 'blue', keyring: [] }),
    ])
    expect(await red.join([blue.at])).toBe(0)
    expect(await sky.join([blue.at])).toBe(1)
    expect(blue.members().map(({ name }) => name)).toEqual(['blue', 'sky'])
  }),
)
