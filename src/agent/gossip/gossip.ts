import type { Clock } from '../../clock.ts'
import { joinHostPort } from '../../dns/records/address.ts'
import { MeshboxError, messageOf, misuse } from '../../error.ts'
import type { Log } from '../../log.ts'
import { createMesh, type GossipEvent, type Member, type Mesh } from './mesh.ts'
import { advertised } from './net/advertise.ts'
import { resolveSeed } from './net/seeds.ts'
import { openStreams, type Streams } from './net/tcp.ts'
import { type Datagrams, openDatagrams } from './net/udp.ts'
import type { KeyReport } from './serf/keys.ts'
import type { Address, Network } from './swim/core.ts'
import { timings } from './swim/timing.ts'
import { WireError } from './wire/codec.ts'
import { createKeyring } from './wire/keyring.ts'
import { limits } from './wire/limits.ts'
import { decodePacket, type Envelope, encodePacket, packetRoom } from './wire/packet.ts'
import type { StreamMessage } from './wire/stream.ts'
import { encodeTags, type Tags } from './wire/tags.ts'

export type { GossipEvent, KeyReport, Member, Tags }

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
  /** Meshes with different labels do not hear each other. serf knows no labels. */
  label?: string | undefined
  /** How eager the timers are: `lan`, or `local` for one machine. */
  profile?: keyof typeof timings
  clock: Clock
  random?: () => number
  log: Log
  onEvent?: (event: GossipEvent) => void
  /** The keyring changed, by us or by another member: store it. The primary key comes first. */
  onKeys?: (keys: string[]) => void
}

export type Gossip = {
  /** Where others reach this member. */
  address: { host: string; port: number }
  /** This one included. */
  members(): Member[]
  /** Exchanges everything with each seed; gives how many were reached. `onRefused` hears why the others were not. */
  join(seeds: string[], onRefused?: (seed: string, why: string) => void): Promise<number>
  /** @throws {MeshboxError} when they take more than 512 bytes */
  updateTags(tags: Tags): void
  /** Each asks all members, and reports what they said. Keys are base64. */
  keys: {
    list(): Promise<KeyReport>
    install(key: string): Promise<KeyReport>
    use(key: string): Promise<KeyReport>
    remove(key: string): Promise<KeyReport>
  }
  /** Says goodbye and waits until it is known. `close` comes after it. */
  leave(): Promise<void>
  /** Ends sockets and timers; without `leave` before, the others find a failure. */
  close(): Promise<void>
}

/** Takes part in a mesh of memberlist's protocol. @throws {MeshboxError} when the port is taken, or an option is wrong */
export async function startGossip(options: GossipOptions): Promise<Gossip> {
  const { name, clock, log, label = '', random = Math.random } = options
  checkTags(options.tags)
  if (Buffer.byteLength(label) > limits.label)
    throw misuse('gossip-label', 'cannot gossip: the label is too long')
  const keyring = createKeyring((options.keyring ?? []).map(parseKey))
  const envelope: Envelope = { keyring, label }
  const timing = timings[options.profile ?? 'lan']
  let mesh: Mesh | undefined
  let closed = false

  const refused = (why: string, from: string) => log.debug({ from, why }, 'gossip refused')
  const receive = (bytes: Uint8Array, from: Address) => {
    try {
      const read = decodePacket(bytes, envelope)
      for (const message of read.messages) mesh?.receive(message, from)
      for (const { message } of read.refused) refused(message, joinHostPort(from.host, from.port))
    } catch (error) {
      const place = joinHostPort(from.host, from.port)
      if (error instanceof WireError) refused(error.message, place)
      // No datagram ends the agent, whatever it finds wrong in us.
      else log.error({ from: place, error }, 'gossip failed over a datagram')
    }
  }
  const answer = (message: StreamMessage): StreamMessage | undefined => {
    if (message.kind === 'pushPull') return mesh?.answer(message)
    if (message.kind === 'ping') return mesh?.answerPing(message)
    if (message.kind === 'user') mesh?.receive(message, { host: '', port: 0 })
    return undefined
  }

  const bind = { host: options.bind, port: options.port }
  const sockets = await openSockets(
    bind,
    (at) => openStreams({ bind: at, envelope, timeoutMs: timing.streamTimeoutMs, clock, answer, refused }),
    receive,
    (error) => log.debug({ error: messageOf(error) }, 'gossip datagram lost'),
  )
  const { streams, datagrams } = sockets
  const address = advertised(options.advertise, { ...bind, port: streams.port })

  const network: Network = {
    room: () => packetRoom(envelope),
    packet: (to, messages, checksum) => {
      if (!closed) datagrams.send(to, encodePacket(messages, envelope, checksum))
    },
    exchange(to, state, done) {
      streams.ask(to, state, timing.streamTimeoutMs).then(
        (reply) => done(reply.kind === 'pushPull' ? reply : new Error(`it answered with ${reply.kind}`)),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      )
    },
    ping(to, ping, timeoutMs, done) {
      streams.ask(to, ping, timeoutMs).then(
        (reply) => done(reply.kind === 'ack' && reply.SeqNo === ping.SeqNo),
        () => done(false),
      )
    },
  }
  mesh = createMesh({
    ...{ name, address, tags: options.tags, timing, clock, random, network, keyring },
    onEvent: (event) => options.onEvent?.(event),
    keysChanged: () => options.onKeys?.(keyring.list()),
    log: (event, about) => log.debug(about, `gossip: ${event}`),
  })
  log.info({ name, address, secured: keyring.secured() }, 'gossip listens')
  return gossipOf({
    mesh,
    address,
    clock,
    log,
    propagateMs: timing.leavePropagateMs,
    close,
  })

  async function close(): Promise<void> {
    if (closed) return
    closed = true
    mesh?.stop()
    datagrams.close()
    await streams.close()
  }
}

type Parts = {
  mesh: Mesh
  address: Address
  clock: Clock
  log: Log
  propagateMs: number
  close(): Promise<void>
}

function gossipOf({ mesh, address, clock, log, propagateMs, close }: Parts): Gossip {
  const joinOne = (to: Address) =>
    new Promise<void>((resolve, reject) =>
      mesh.join(to, (failure) => (failure ? reject(failure) : resolve())),
    )
  const ask = (operation: 'list' | 'install' | 'use' | 'remove', key = '') =>
    new Promise<KeyReport>((resolve) =>
      mesh.keys(operation, key === '' ? new Uint8Array(0) : parseKey(key), resolve),
    )
  return {
    address,
    members: mesh.members,
    async join(seeds, onRefused) {
      const reached = await Promise.all(
        seeds.map(async (seed) => {
          try {
            const addresses = await resolveSeed(seed, address.port)
            const tries = await Promise.allSettled(addresses.map(joinOne))
            const failure = tries.find((each) => each.status === 'rejected')
            if (tries.some(({ status }) => status === 'fulfilled')) return true
            throw failure?.reason ?? new Error('no address')
          } catch (error) {
            log.info({ seed, error: messageOf(error) }, 'gossip: cannot join')
            onRefused?.(seed, messageOf(error))
            return false
          }
        }),
      )
      return reached.filter(Boolean).length
    },
    updateTags(tags) {
      checkTags(tags)
      mesh.updateTags(tags)
    },
    keys: {
      list: () => ask('list'),
      install: (key) => ask('install', key),
      use: (key) => ask('use', key),
      remove: (key) => ask('remove', key),
    },
    async leave() {
      const alone = mesh.members().every(({ status }, _, all) => all.length === 1 || status !== 'alive')
      await new Promise<void>((resolve) => mesh.leave(resolve))
      if (!alone) await clock.sleep(propagateMs)
    },
    close,
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
  throw misuse('gossip-key', 'cannot use the key: it is no base64 of 16, 24 or 32 bytes', 'meshbox key new')
}

/** Both on the same port. A free port of one kind may be taken of the other: then another is tried. */
async function openSockets(
  bind: Address,
  openTcp: (at: Address) => Promise<Streams>,
  receive: (bytes: Uint8Array, from: Address) => void,
  lost: (error: unknown) => void,
): Promise<{ streams: Streams; datagrams: Datagrams }> {
  for (let attempt = 0; ; attempt++) {
    let streams: Streams | undefined
    try {
      streams = await openTcp(bind)
      return {
        streams,
        datagrams: await openDatagrams({ host: bind.host, port: streams.port }, receive, lost),
      }
    } catch (error) {
      await streams?.close()
      if (bind.port === 0 && attempt < 5) continue
      throw cannotListen(bind, error)
    }
  }
}

function cannotListen({ host, port }: Address, cause: unknown): MeshboxError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const why = code === 'EADDRINUSE' ? 'something else listens there' : messageOf(cause)
  return new MeshboxError({
    code: 'gossip-port',
    message: `cannot gossip on ${joinHostPort(host, port)}: ${why}`,
    hint: `ss -lptun 'sport = :${port}' shows what does`,
    cause,
  })
}
