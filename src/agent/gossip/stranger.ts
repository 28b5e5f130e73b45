import type { Clock } from '../../clock.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import { askStream } from './net/exchange.ts'
import { resolveSeed } from './net/seeds.ts'
import { encodeQuestion, type Question, readAnswer } from './serf/questions.ts'
import type { Address } from './swim/core.ts'
import { WireError } from './wire/codec.ts'
import { noKeyFits } from './wire/encrypt.ts'
import type { Envelope } from './wire/packet.ts'
import { encodeSerf } from './wire/serf.ts'
import { keyMismatch, type StreamMessage } from './wire/stream.ts'

/** What comes of asking somebody whose member one is not. */
export type Heard =
  | { kind: 'answer'; payload: Uint8Array }
  | { kind: 'unreached'; why: string }
  /** Keys differ: its mesh has one and we none, or the other way round, or the two are not the same. */
  | { kind: 'keyed' | 'open' | 'other-key' }
  /** It gossips, and knows no such question: a serf agent, say. */
  | { kind: 'other-gossip' }
  | { kind: 'no-gossip' }

/** Asks `host`, `host:port` or `[v6]:port` without becoming a member. The first of its addresses that answers counts. */
export async function askStranger(
  seed: string,
  question: Question,
  { port, envelope, clock, withinMs }: { port: number; envelope: Envelope; clock: Clock; withinMs: number },
): Promise<Heard> {
  const reading = { envelope, clock, withinMs }
  const addresses = await resolveSeed(seed, port).catch(() => [])
  let heard: Heard = { kind: 'unreached', why: 'it has no address' }
  for (const address of addresses) {
    heard = await ask(address, question, reading)
    if (heard.kind !== 'unreached') return heard
  }
  return heard
}

type Reading = Parameters<typeof askStream>[2]

async function ask(to: Address, question: Question, reading: Reading): Promise<Heard> {
  try {
    const payload = readAnswer(await askStream(to, encodeQuestion(question), reading))
    return payload ? { kind: 'answer', payload } : { kind: 'other-gossip' }
  } catch (error) {
    if (codeOf(error) === 'gossip-closed') return { kind: await gossips(to, reading) }
    return judged(error)
  }
}

function judged(error: unknown): Heard {
  if (codeOf(error) === 'gossip-closed' || codeOf(error) === 'gossip-refused') return { kind: 'no-gossip' }
  if (!(error instanceof WireError)) return { kind: 'unreached', why: messageOf(error) }
  if (error.message === keyMismatch.theirs) return { kind: 'keyed' }
  if (error.message === keyMismatch.ours) return { kind: 'open' }
  return { kind: error.message === noKeyFits ? 'other-key' : 'no-gossip' }
}

/** An exchange without members tells nobody of us, and every member of memberlist's protocol answers it. */
async function gossips(to: Address, reading: Reading): Promise<'other-gossip' | 'no-gossip'> {
  const nothing: StreamMessage = {
    kind: 'pushPull',
    join: false,
    members: [],
    userState: encodeSerf(silence),
  }
  const reply = await askStream(to, nothing, reading).catch(() => undefined)
  return reply?.kind === 'pushPull' ? 'other-gossip' : 'no-gossip'
}

const silence = {
  kind: 'pushPull' as const,
  ...{ LTime: 0, StatusLTimes: new Map<string, number>(), LeftMembers: [] },
  ...{ EventLTime: 0, Events: [], QueryLTime: 0 },
}

function codeOf(error: unknown): string | undefined {
  return error instanceof MeshboxError ? error.code : undefined
}
