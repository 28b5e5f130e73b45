import type { Message, MessageOf } from '../wire/messages.ts'
import type { Address, Core } from './core.ts'
import { isGone, type Peer, protocolOf } from './roster.ts'

/** From these protocol versions on, peers answer pings by stream, and say so when an indirect ping failed. */
const streamPingVersion = 3
const nackVersion = 4
/** Share of a probe's timeout after which a relay says that it heard nothing (Lifeguard, section IV.B): in time for the asker. */
const nackAfter = 0.8
/** Pings that we send for others at the same time. */
const mostRelays = 1024

/** The failure detector: probes one member after the other, and answers the probes of others. */
export type Prober = {
  /** One turn of the round; none while the last probe is still out. */
  turn(): void
  receive(message: MessageOf<'ping' | 'indirectPing' | 'ack' | 'nack'>, from: Address): void
  stop(): void
}

type Waiting = { ack(): void; nack?(): void; cancel(): void }

export function createProber(core: Core, suspect: (word: MessageOf<'suspect'>) => void): Prober {
  const { me, timing, clock, roster, network, health } = core
  const waiting = new Map<number, Waiting>()
  let lastSeq = Math.floor(core.random() * 0xffff)
  let relays = 0
  let probing = false

  const nextSeq = () => {
    lastSeq = (lastSeq + 1) % 0xffffffff
    return lastSeq
  }

  function source() {
    const self = roster.get(me)
    return { SourceAddr: self?.host ?? '', SourcePort: self?.port ?? 0, SourceNode: me }
  }

  function probe(peer: Peer): void {
    probing = true
    const seq = nextSeq()
    const { incarnation } = peer
    const wholeMs = timing.probeMs * (health.score() + 1)
    const ping: MessageOf<'ping'> = { kind: 'ping', SeqNo: seq, Node: peer.name, ...source() }
    const suspicion: MessageOf<'suspect'> = {
      kind: 'suspect',
      Incarnation: incarnation,
      Node: peer.name,
      From: me,
    }
    let [nacksWanted, nacks, reached] = [0, 0, false]

    const due = clock.monotonic() + wholeMs
    const finish = (alive: boolean) => {
      waiting.get(seq)?.cancel()
      waiting.delete(seq)
      probing = false
      // We stood still ourselves: the answer may lie unread.
      if (!alive && clock.monotonic() - due > timing.probeMs) {
        health.change(1)
        return
      }
      if (alive) {
        health.change(-1)
        return
      }
      // With helpers that say what they saw, only their silence speaks against us.
      health.change(nacksWanted > 0 ? nacksWanted - nacks : 1)
      core.log('probe failed', { name: peer.name })
      suspect(suspicion)
    }
    const cancelIndirect = clock.after(timing.probeTimeoutMs, () => {
      core.log('probe unanswered', { name: peer.name })
      nacksWanted = askOthers(peer, seq)
      if (protocolOf(peer) < streamPingVersion) return
      network.ping(peer, ping, wholeMs - timing.probeTimeoutMs, (answered) => {
        reached = answered
      })
    })
    const cancelEnd = clock.after(wholeMs, () => {
      if (reached) core.log('reached by stream alone', { name: peer.name })
      finish(reached)
    })
    waiting.set(seq, {
      ack: () => finish(true),
      nack: () => {
        nacks = Math.min(nacks + 1, nacksWanted)
      },
      cancel() {
        cancelIndirect()
        cancelEnd()
      },
    })
    // A suspect hears of it first, to object.
    core.send(peer, peer.state === 'alive' ? [ping] : [ping, suspicion])
  }

  /** Gives the number of nacks to expect. */
  function askOthers(peer: Peer, seq: number): number {
    const others = roster.pick(
      timing.indirectChecks,
      ({ name, state }) => name !== me && name !== peer.name && state === 'alive',
    )
    for (const other of others) {
      const Nack = protocolOf(other) >= nackVersion
      const ask: Message = {
        kind: 'indirectPing',
        SeqNo: seq,
        Target: peer.host,
        Port: peer.port,
        Node: peer.name,
        Nack,
        ...source(),
      }
      core.send(other, [ask])
    }
    return others.filter((other) => protocolOf(other) >= nackVersion).length
  }

  function relay(ask: MessageOf<'indirectPing'>, from: Address): void {
    if (relays >= mostRelays || ask.Target === '' || ask.Port === 0) return
    relays++
    const seq = nextSeq()
    const asker = answerTo(ask, from)
    const cancelNack = clock.after(timing.probeTimeoutMs * nackAfter, () => {
      if (ask.Nack) core.send(asker, [{ kind: 'nack', SeqNo: ask.SeqNo }])
    })
    const cancelEnd = clock.after(timing.probeTimeoutMs, () => end())
    const cancel = () => {
      cancelNack()
      cancelEnd()
    }
    const end = () => {
      cancel()
      waiting.delete(seq)
      relays--
    }
    const ack = () => {
      end()
      core.send(asker, [{ kind: 'ack', SeqNo: ask.SeqNo, Payload: new Uint8Array(0) }])
    }
    waiting.set(seq, { ack, cancel })
    const target = { host: ask.Target, port: ask.Port, name: ask.Node }
    core.send(target, [{ kind: 'ping', SeqNo: seq, Node: ask.Node, ...source() }])
  }

  return {
    turn() {
      if (probing) return
      const old = clock.monotonic() - timing.gossipToTheDeadMs
      const peer = roster.next(
        (other) => other.name !== me && !isGone(other),
        (other) => other.name !== me && isGone(other) && other.since < old,
      )
      if (peer) probe(peer)
    },
    receive(message, from) {
      if (message.kind === 'ack') return waiting.get(message.SeqNo)?.ack()
      if (message.kind === 'nack') return waiting.get(message.SeqNo)?.nack?.()
      if (message.kind === 'indirectPing') return relay(message, from)
      if (message.Node !== '' && message.Node !== me)
        return core.log('ping for another', { name: message.Node })
      core.send(answerTo(message, from), [{ kind: 'ack', SeqNo: message.SeqNo, Payload: new Uint8Array(0) }])
    },
    stop() {
      for (const { cancel } of waiting.values()) cancel()
      waiting.clear()
    },
  }
}

function answerTo(
  { SourceAddr, SourcePort, SourceNode }: MessageOf<'ping' | 'indirectPing'>,
  from: Address,
): Address & { name: string } {
  const given = SourceAddr !== '' && SourcePort > 0
  return { ...(given ? { host: SourceAddr, port: SourcePort } : from), name: SourceNode }
}
