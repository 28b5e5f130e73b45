import { limits } from '../wire/limits.ts'
import type { MemberState, MessageOf } from '../wire/messages.ts'
import { type Core, mostMembers } from './core.ts'
import { isGone, type Peer } from './roster.ts'
import { type Suspicion, startSuspicion } from './suspicion.ts'
import { shortestSuspicion, wantedConfirmations } from './timing.ts'

/** The protocol versions that we speak; see `Peer.vsn`. Current is what others have as well, not the newest. */
export const ourVersions = Uint8Array.of(1, 5, 2, 2, 5, 5)

const mostIncarnation = 0xffffffff
const longestName = 255

/** SWIM's rules: which word about a member counts more than what we believe of it. */
export type Beliefs = {
  alive(word: MessageOf<'alive'>): void
  suspect(word: MessageOf<'suspect'>): void
  dead(word: MessageOf<'dead'>): void
  /** One line of somebody's push/pull. */
  merge(line: MemberState): void
  /** Says of ourselves that we are alive, with a new incarnation and these metadata. */
  announce(meta: Uint8Array): void
  stop(): void
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

export function createBeliefs(core: Core): Beliefs {
  const { me, timing, clock, above, roster, broadcasts } = core
  const suspicions = new Map<string, Suspicion>()

  function clear(name: string): void {
    suspicions.get(name)?.cancel()
    suspicions.delete(name)
  }

  /** What we believe from now on; gives it back. */
  function believe(peer: Peer, change: Partial<Peer>): Peer {
    const turned = change.state !== undefined && change.state !== peer.state
    const believed = { ...peer, ...change, since: turned ? clock.monotonic() : peer.since }
    roster.set(believed)
    return believed
  }

  const wordOf = ({ incarnation, name, host, port, meta, vsn }: Peer): MessageOf<'alive'> => ({
    kind: 'alive',
    Incarnation: incarnation,
    Node: name,
    Addr: host,
    Port: port,
    Meta: meta,
    Vsn: vsn,
  })

  /** We are alive, whatever was said: with an incarnation past the one that was accused. */
  function refute(self: Peer, accused: number): void {
    const incarnation = Math.min(mostIncarnation, Math.max(self.incarnation, accused) + 1)
    core.health.change(1)
    broadcasts.add(me, wordOf(believe(self, { incarnation })))
  }

  function alive(word: MessageOf<'alive'>): void {
    const { Node, Addr, Port, Meta, Vsn, Incarnation } = word
    if (core.hasLeft && Node === me) return
    if (!acceptable(word)) {
      core.log('alive not taken', { name: Node })
      return
    }
    const known = roster.get(Node)
    if (!(known && same(Meta, known.meta)) && above.foreign?.(Meta)) {
      core.log('alive not taken: of another cluster', { name: Node })
      return
    }
    if (!known && roster.size() >= mostMembers) {
      core.log('too many members', { name: Node })
      return
    }
    const moved = known !== undefined && (known.host !== Addr || known.port !== Port)
    if (moved && !mayMove(known)) {
      above.conflict(known, { host: Addr, port: Port })
      return
    }
    if (known && Node === me) {
      const said = Incarnation === known.incarnation && same(Meta, known.meta) && same(Vsn, known.vsn)
      if (Incarnation >= known.incarnation && !said) refute(known, Incarnation)
      return
    }
    if (known && Incarnation <= known.incarnation && !moved) return
    clear(Node)
    const before = known ?? { name: Node, state: 'dead', vsn: Vsn, since: 0 }
    const vsn = Vsn.length >= ourVersions.length ? Vsn : before.vsn
    const facts = { host: Addr, port: Port, meta: Meta, vsn, incarnation: Incarnation }
    const peer = believe({ ...before, ...facts }, { state: 'alive' })
    broadcasts.add(Node, word)
    if (!known || isGone(known)) above.joined(peer)
    else if (!same(known.meta, Meta)) above.updated(peer)
  }

  /** A name belongs to its address, until its owner left or has been dead for a while. */
  function mayMove({ state, since }: Peer): boolean {
    return state === 'left' || (state === 'dead' && clock.monotonic() - since > timing.deadReclaimMs)
  }

  function suspect(word: MessageOf<'suspect'>): void {
    const peer = roster.get(word.Node)
    if (!peer || word.Incarnation < peer.incarnation) return
    const suspicion = suspicions.get(peer.name)
    if (suspicion) {
      if (suspicion.confirm(word.From)) broadcasts.add(peer.name, word)
      return
    }
    if (peer.state !== 'alive') return
    if (peer.name === me) {
      if (!core.hasLeft) refute(peer, word.Incarnation)
      return
    }
    broadcasts.add(peer.name, word)
    believe(peer, { state: 'suspect', incarnation: word.Incarnation })
    core.log('suspect', { name: peer.name, from: word.From })
    const shortest = shortestSuspicion(timing, roster.size())
    const started = startSuspicion({
      from: word.From,
      wanted: wantedConfirmations(timing, roster.size()),
      shortest,
      longest: shortest * timing.suspicionMaxMultiplier,
      lateMs: timing.probeMs,
      clock,
      expire: () => dead({ kind: 'dead', Incarnation: word.Incarnation, Node: peer.name, From: me }),
    })
    suspicions.set(peer.name, started)
  }

  function dead(word: MessageOf<'dead'>): void {
    const peer = roster.get(word.Node)
    if (!peer || word.Incarnation < peer.incarnation) return
    clear(peer.name)
    if (isGone(peer)) return
    if (peer.name === me && !core.hasLeft) {
      refute(peer, word.Incarnation)
      return
    }
    broadcasts.add(peer.name, word)
    const state = word.From === word.Node ? 'left' : 'dead'
    core.log(state, { name: peer.name, from: word.From })
    above.gone(believe(peer, { state, incarnation: word.Incarnation }))
  }

  return {
    alive,
    suspect,
    dead,
    merge(line) {
      const { Name: Node, Incarnation, Addr, Port, Meta, Vsn, State } = line
      if (State === 0) alive({ kind: 'alive', Incarnation, Node, Addr, Port, Meta, Vsn })
      // The dead may object: what others hold for dead we suspect at first.
      else if (State === 3) dead({ kind: 'dead', Incarnation, Node, From: Node })
      else suspect({ kind: 'suspect', Incarnation, Node, From: me })
    },
    announce(meta) {
      const self = roster.get(me)
      if (!self || core.hasLeft) return
      const incarnation = Math.min(mostIncarnation, self.incarnation + 1)
      broadcasts.add(me, wordOf(believe(self, { meta, incarnation })))
    },
    stop() {
      for (const suspicion of suspicions.values()) suspicion.cancel()
    },
  }
}

function acceptable({ Node, Addr, Port, Meta, Vsn }: MessageOf<'alive'>): boolean {
  if (Node === '' || Node.length > longestName || Addr === '' || Port === 0) return false
  if (Meta.length > limits.meta) return false
  const [least = 1, most = 5, current = 2] = Vsn
  const [ourLeast = 1, ourMost = 5, ourCurrent = 2] = ourVersions
  if (least < 1 || most < least) return false
  return least <= ourCurrent && ourCurrent <= most && ourLeast <= current && current <= ourMost
}
