import type { Socket } from 'node:net'
import type { Clock } from '../../clock.ts'
import { joinHostPort } from '../../config/address.ts'
import { messageOf, misuse } from '../../error.ts'
import type { Log } from '../../log.ts'
import { checkForgettable } from './forget.ts'
import { createMesh, type GossipEvent, type Member, type Mesh } from './mesh.ts'
import { advertised } from './net/advertise.ts'
import { resolveSeed } from './net/seeds.ts'
import { openSockets, type Sockets } from './net/sockets.ts'
import { openStreams } from './net/tcp.ts'
import { openDatagrams } from './net/udp.ts'
import type { KeyOperation, KeyReport } from './serf/keys.ts'
import { encodeAnswer, encodeQuestion, type Question, readAnswer, readQuestion } from './serf/questions.ts'
import type { Address, Network } from './swim/core.ts'
import { type Timing, timings } from './swim/timing.ts'
import { WireError } from './wire/codec.ts'
import { createKeyring } from './wire/keyring.ts'
import { limits } from './wire/limits.ts'
import { decodePacket, type Envelope, encodePacket, packetRoom } from './wire/packet.ts'
import type { StreamMessage } from './wire/stream.ts'
import { encodeTags, type Tags } from './wire/tags.ts'

export type { GossipEvent, KeyReport, Member, Question, Tags }

export type GossipOptions = {
  /** Unique in the mesh. */
  name: string
  /** IP address to listen on, UDP and TCP. Port 0 takes a free one. */
  bind: string
  port: number
  /** `address` or `address:port` under which others reach this machine, where that is another than the bound one. */
  advertise?: string | undefined
  tags: Tags
  /** Base64 keys of 16, 24 or 32 bytes, the primary one first; without any the mesh is open. */
  keyring?: string[] | undefined
  /** Whether a member with these tags belongs to another cluster: it is never known here. */
  foreign?: (tags: Tags) => boolean
  /** Meshes with different labels do not hear each other. serf knows no labels. */
  label?: string | undefined
  /** How eager the timers are: `lan`, or `local` for one machine. */
  profile?: keyof typeof timings
  clock: Clock
  random?: () => number
  log: Log
  onEvent?: (event: GossipEvent) => void
  /** Answers a question that came over a stream from this IP address, whether a member or not; undefined: no answer. */
  onQuestion?: (question: Question, from: string) => Uint8Array | undefined
  /** Takes over a stream that speaks TLS, which is none of gossip's, from this IP address. */
  secure?: (socket: Socket, from: string) => void
  /** The keyring changed, by us or by another member: store it. The primary key comes first. */
  onKeys?: (keys: string[]) => void
}

export type Gossip = {
  /** Where others reach this member. */
  address: Address
  /** This one included. */
  members(): Member[]
  some(check: (member: Member) => boolean): boolean
  /** How far this machine is behind with its own work: 0 when it is well (Lifeguard). */
  health(): number
  /**
   * Exchanges everything with each seed (`host`, `host:port`, `[v6]:port`; our own port by default), and gives how many
   * were reached. Our own address is passed over. `onRefused` hears why the others were not reached.
   */
  join(seeds: string[], onRefused?: (seed: string, why: string) => void): Promise<number>
  /** Asks another meshbox on a stream of its own. Rejects when there is no answer. */
  ask(to: Address, question: Question): Promise<Uint8Array>
  /** @throws {MeshboxError} when they take more than 512 bytes */
  updateTags(tags: Tags): void
  /** Each asks all members, and reports what they said. Keys are base64. @throws {MeshboxError} for what is no key */
  keys: {
    list(): Promise<KeyReport>
    install(key: string): Promise<KeyReport>
    use(key: string): Promise<KeyReport>
    remove(key: string): Promise<KeyReport>
  }
  /** Says goodbye and waits until it is known. `close` comes after it. */
  leave(): Promise<void>
  /**
   * Makes all take a failed member for one that left for good (serf's force-leave).
   * @throws {MeshboxError} for one that lives, or that nobody knows
   */
  forget(name: string): void
  /** Ends sockets and timers; without `leave` before, the others find a failure. */
  close(): Promise<void>
}

/** Takes part in a mesh of memberlist's protocol. @throws {MeshboxError} when the port is taken, or an option is wrong */
export async function startGossip(options: GossipOptions): Promise<Gossip> {
  const { name, tags, clock, log, label = '', random = Math.random } = options
  checkTags(tags)
  if (Buffer.byteLength(label) > limits.label)
    throw misuse('gossip-label', 'cannot gossip: the label is too long')
  const keyring = createKeyring((options.keyring ?? []).map(parseKey))
  const envelope: Envelope = { keyring, label }
  const timing = timings[options.profile ?? 'lan']

  let mesh: Mesh | undefined
  const bind = { host: options.bind, port: options.port }
  const sockets = await openSockets(
    bind,
    (at) => openStreams({ bind: at, envelope, timing, clock, answer, refused, secure: options.secure }),
    (at) => openDatagrams(at, receive, (error) => log.debug({ error: messageOf(error) }, 'datagram lost')),
  )

  function receive(bytes: Uint8Array, from: Address): void {
    const place = joinHostPort(from.host, from.port)
    try {
      const read = decodePacket(bytes, envelope)
      for (const message of read.messages) mesh?.receive(message, from)
      for (const { message } of read.refused) refused(message, place)
    } catch (error) {
      if (error instanceof WireError) refused(error.message, place)
      // No datagram ends the agent, whatever it finds wrong in us.
      else log.error({ from: place, error }, 'gossip failed over a datagram')
    }
  }

  function answer(message: StreamMessage, from: string): StreamMessage | undefined {
    const question = readQuestion(message)
    if (question?.name === digestQuestion)
      return mesh && encodeAnswer(name, isSame(question.payload, mesh.digest()))
    if (question) {
      const payload = options.onQuestion?.(question, from)
      return payload && encodeAnswer(name, payload)
    }
    if (message.kind === 'pushPull') return mesh?.answer(message)
    if (message.kind === 'ping') return mesh?.answerPing(message)
    if (message.kind === 'user') mesh?.receive(message, { host: '', port: 0 })
    return undefined
  }

  function refused(why: string, from: string): void {
    log.debug({ from, why }, 'gossip refused')
  }

  try {
    const address = advertised(options.advertise, { host: bind.host, port: sockets.streams.port })
    mesh = createMesh({
      ...{ name, address, tags, timing, clock, random, keyring },
      network: networkOf(sockets, envelope, timing),
      onEvent: (event) => options.onEvent?.(event),
      foreign: options.foreign,
      keysChanged: () => options.onKeys?.(keyring.list()),
      log: (event, about) => log.debug(about, `gossip: ${event}`),
    })
    log.info({ name, address, secured: keyring.secured() }, 'gossip listens')
    return gossipOf({ mesh, address, sockets, timing, clock, log })
  } catch (error) {
    await closeAll(sockets)
    throw error
  }
}

function networkOf({ streams, datagrams }: Sockets, envelope: Envelope, timing: Timing): Network {
  return {
    room: () => packetRoom(envelope),
    packet: (to, messages, checksum) => datagrams.send(to, encodePacket(messages, envelope, checksum)),
    exchange(to, state, done) {
      streams.ask(to, state, timing.streamTimeoutMs).then(
        (reply) => done(reply.kind === 'pushPull' ? reply : new Error(`it answered with ${reply.kind}`)),
        (error: unknown) => done(error instanceof Error ? error : new Error(messageOf(error))),
      )
    },
    compare(to, digest, done) {
      const question = encodeQuestion({ name: digestQuestion, payload: Buffer.from(digest) })
      streams.ask(to, question, timing.streamTimeoutMs).then(
        (reply) => done(readSame(reply)),
        () => done(undefined),
      )
    },
    ping(to, ping, timeoutMs, done) {
      streams.ask(to, ping, timeoutMs).then(
        (reply) => done(reply.kind === 'ack' && reply.SeqNo === ping.SeqNo),
        () => done(false),
      )
    },
  }
}

/** Whether the digest of one member is that of another. */
const digestQuestion = 'digest'

function isSame(theirs: Uint8Array, own: string): Uint8Array {
  return Uint8Array.of(Buffer.from(theirs).toString() === own ? 1 : 0)
}

function readSame(reply: StreamMessage): boolean | undefined {
  const [same] = readAnswer(reply) ?? []
  return same === undefined ? undefined : same === 1
}

async function closeAll({ streams, datagrams }: Sockets): Promise<void> {
  datagrams.close()
  await streams.close()
}

type Parts = { mesh: Mesh; address: Address; sockets: Sockets; timing: Timing; clock: Clock; log: Log }

function gossipOf({ mesh, address, sockets, timing, clock, log }: Parts): Gossip {
  let closing: Promise<void> | undefined

  const joinAt = (to: Address) =>
    new Promise<void>((resolve, reject) => {
      mesh.join(to, (failure) => (failure ? reject(failure) : resolve()))
    })

  const ask = (operation: KeyOperation, key?: string) => {
    const raw = key === undefined ? new Uint8Array(0) : parseKey(key)
    return new Promise<KeyReport>((resolve) => mesh.keys(operation, raw, resolve))
  }

  /** One address that answers is enough. */
  async function joinSeed(seed: string): Promise<boolean> {
    const found = await resolveSeed(seed, address.port)
    const others = found.filter(({ host, port }) => host !== address.host || port !== address.port)
    if (others.length === 0) return false
    await Promise.any(others.map(joinAt)).catch((error: AggregateError) => {
      throw error.errors[0]
    })
    return true
  }

  return {
    address,
    members: mesh.members,
    some: mesh.some,
    health: mesh.health,
    async join(seeds, onRefused) {
      const reached = seeds.map((seed) =>
        joinSeed(seed).catch((error: unknown) => {
          log.info({ seed, error: messageOf(error) }, 'gossip cannot join')
          onRefused?.(seed, messageOf(error))
          return false
        }),
      )
      return (await Promise.all(reached)).filter(Boolean).length
    },
    async ask(to, question) {
      const reply = await sockets.streams.ask(to, encodeQuestion(question), timing.streamTimeoutMs)
      return readAnswer(reply) ?? Promise.reject(new Error('it answered with something else'))
    },
    updateTags(tags) {
      checkTags(tags)
      mesh.updateTags(tags)
    },
    keys: {
      list: async () => ask('list'),
      install: async (key) => ask('install', key),
      use: async (key) => ask('use', key),
      remove: async (key) => ask('remove', key),
    },
    async leave() {
      const others = mesh.members().some(({ name, status }) => status === 'alive' && name !== mesh.name)
      await new Promise<void>((resolve) => mesh.leave(resolve))
      if (others) await clock.sleep(timing.leavePropagateMs)
    },
    forget(name) {
      checkForgettable(name, mesh.members())
      mesh.forget(name)
    },
    close() {
      mesh.stop()
      closing ??= closeAll(sockets)
      return closing
    },
  }
}

function checkTags(tags: Tags): void {
  const length = encodeTags(tags).length
  if (length <= limits.meta) return
  throw misuse(
    'gossip-tags',
    `cannot gossip: the tags take ${length} bytes, over ${limits.meta}`,
    'shorten them',
  )
}

/** @throws {MeshboxError} that does not show the key */
function parseKey(text: string): Uint8Array {
  const key = Buffer.from(text, 'base64')
  if ([16, 24, 32].includes(key.length) && key.toString('base64') === text.trim()) return new Uint8Array(key)
  throw misuse(
    'gossip-key',
    'cannot use the key: it is no base64 of 16, 24 or 32 bytes',
    'head -c 32 /dev/urandom | base64 makes one',
  )
}
