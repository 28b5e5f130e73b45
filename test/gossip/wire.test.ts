import { expect, setDefaultTimeout, test } from 'bun:test'
import { WireError } from '../../src/agent/gossip/wire/codec.ts'
import { createKeyring } from '../../src/agent/gossip/wire/keyring.ts'
import { compress, decompress } from '../../src/agent/gossip/wire/lzw.ts'
import type { Message } from '../../src/agent/gossip/wire/messages.ts'
import { decodePacket, encodePacket } from '../../src/agent/gossip/wire/packet.ts'
import { decodeSerf, encodeSerf } from '../../src/agent/gossip/wire/serf.ts'
import { createStreamReader, encodeStream } from '../../src/agent/gossip/wire/stream.ts'
import { randomBytes, randomFrom, seed, whole } from './seed.ts'

setDefaultTimeout(process.env.MESHBOX_LONG ? 600_000 : 60_000)

const rounds = process.env.MESHBOX_LONG ? 500_000 : 8000
const plain = { keyring: createKeyring([]), label: '' }

const alive: Message = {
  kind: 'alive',
  Incarnation: 1,
  Node: 'a',
  Addr: '10.0.0.1',
  Port: 7946,
  Meta: new Uint8Array(40),
  Vsn: Uint8Array.of(1, 5, 2, 2, 5, 5),
}
const member = { ...alive, Name: 'a', State: 0 }
const query = encodeSerf({
  kind: 'query',
  LTime: 1,
  ID: 2,
  Addr: '10.0.0.1',
  Port: 7946,
  SourceNode: 'a',
  Filters: [Uint8Array.of(0, 0x91, 0xa1, 97)],
  Flags: 1,
  RelayFactor: 0,
  Timeout: 15e9,
  Name: '_serf_list-keys',
  Payload: Uint8Array.of(7, 0x80),
})

/** What a hostile or broken peer makes of good bytes. */
function spoil(good: Uint8Array, random: () => number): Uint8Array {
  const bytes = Buffer.from(good)
  for (let i = whole(random, 4); i >= 0; i--) bytes[whole(random, bytes.length)] = whole(random, 256)
  const cut = random() < 0.3 ? bytes.subarray(0, whole(random, bytes.length)) : bytes
  return random() < 0.3 ? Buffer.concat([cut, randomBytes(random, whole(random, 40))]) : cut
}

function onlyWireErrors(run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
}

test('spoilt datagrams, streams and serf messages give WireError or a message, never anything else', () => {
  const random = randomFrom(seed)
  const ping: Message = {
    kind: 'ping',
    SeqNo: 1,
    Node: 'b',
    SourceAddr: '::1',
    SourcePort: 1,
    SourceNode: 'a',
  }
  const packets = [encodePacket([alive], plain, true), encodePacket([ping, alive, alive], plain, false)]
  const streams = [2, 30].map((count) =>
    encodeStream(
      { kind: 'pushPull', join: true, members: Array(count).fill(member), userState: query },
      plain,
    ),
  )
  for (let round = 0; round < rounds; round++) {
    for (const good of packets) onlyWireErrors(() => decodePacket(spoil(good, random), plain))
    for (const good of streams) onlyWireErrors(() => createStreamReader(plain).push(spoil(good, random)))
    onlyWireErrors(() => decodeSerf(spoil(query, random)))
    onlyWireErrors(() => decodePacket(randomBytes(random, whole(random, 60)), plain))
  }
})

test('any bytes come back from LZW; any bytes taken for LZW are refused or read within the limit', () => {
  const random = randomFrom(seed + 1)
  for (let round = 0; round < rounds / 20; round++) {
    const letters = 1 + whole(random, 256)
    const bytes = Uint8Array.from({ length: whole(random, 6000) }, () => whole(random, letters))
    expect(Buffer.compare(decompress(compress(bytes), 6000), bytes)).toBe(0)
    onlyWireErrors(() => expect(decompress(randomBytes(random, 300), 1000).length).toBeLessThanOrEqual(1000))
  }
})
