import { disagreement, type Reply, type Request, type Self } from './acceptor.ts'
import { type Ballot, type Birth, compareBallots } from './record.ts'

/** What is known of each machine of the URL after a look around, this one included. */
export type View = Map<string, Reply | 'unreached'>

export type Standing =
  /** Somebody knows of a birth: it is the one. */
  | { kind: 'born'; birth: Birth }
  /** Not yet, and why: who is missing or disagrees. */
  | { kind: 'waiting'; reasons: string[] }
  /** Enough are there and agree. `propose` is for the first of them only, so that they do not outbid each other. */
  | { kind: 'agreed'; members: Self[]; propose: boolean }

/**
 * Whether the machines that are there may go on. All of the URL are needed, or `expected` of them (a majority) by the
 * operator's word that the missing ones hold nothing.
 */
export function standing(view: View, own: Self, expected: number): Standing {
  const reasons: string[] = []
  const members: Self[] = []
  for (const [address, reply] of view) {
    if (reply === 'unreached') reasons.push(`${address} is not reached`)
    else if (reply.kind === 'born') return { kind: 'born', birth: reply.birth }
    else if (reply.kind === 'refused') reasons.push(reply.reason)
    else if (reply.kind === 'self') {
      const difference = disagreement(reply.self, own)
      if (difference) reasons.push(difference)
      else members.push(reply.self)
    }
  }
  const missing = [...view.values()].filter((reply) => reply === 'unreached').length
  const disagreeing = reasons.length - missing
  if (disagreeing > 0 || members.length < expected) return { kind: 'waiting', reasons }
  const first = members.map(({ address }) => address).sort()[0]
  return { kind: 'agreed', members, propose: first === own.address }
}

/** How to reach one machine; throws when it does not answer. */
export type Ask = (address: string, request: Request) => Promise<Reply>

export type Outcome =
  | { kind: 'decided'; birth: Birth }
  | { kind: 'outbid'; promised: Ballot }
  | { kind: 'failed'; reasons: string[] }

/**
 * One round: promises first, then acceptances, from `expected` machines each. A value that somebody has accepted
 * already is taken over, so whatever may have been decided before stays decided. The own promise comes first: once it
 * is on disk, this ballot is never used for another round, whatever crash follows.
 */
export async function proposeRound(
  addresses: string[],
  {
    ballot,
    own,
    expected,
    draw,
    ask,
  }: {
    ballot: Ballot
    own: Self
    expected: number
    /** Makes a new birth of the machines that have promised. */
    draw: (members: Self[]) => Birth
    ask: Ask
  },
): Promise<Outcome> {
  const prepare: Request = { kind: 'prepare', ballot, from: own }
  const first = await askAll([own.address], prepare, ask)
  if (first[0]?.reply?.kind !== 'promised')
    return judge(first) ?? { kind: 'failed', reasons: complaints(first) }
  const others = addresses.filter((address) => address !== own.address)
  const promises = [...first, ...(await askAll(others, prepare, ask))]
  const met = judge(promises)
  if (met) return met
  const promised = promises.flatMap(({ reply }) => (reply?.kind === 'promised' ? [reply] : []))
  if (promised.length < expected) return { kind: 'failed', reasons: complaints(promises) }
  const earlier = promised
    .flatMap(({ accepted }) => (accepted ? [accepted] : []))
    .sort((a, b) => compareBallots(b.ballot, a.ballot))[0]
  const birth = earlier?.birth ?? draw(promised.map(({ self }) => self))
  const acceptances = await askAll(addresses, { kind: 'accept', ballot, birth }, ask)
  const late = judge(acceptances)
  if (late) return late
  const accepted = acceptances.filter(({ reply }) => reply?.kind === 'accepted').length
  return accepted < expected
    ? { kind: 'failed', reasons: complaints(acceptances) }
    : { kind: 'decided', birth }
}

type Asked = { address: string; reply: Reply | undefined }

function askAll(addresses: string[], request: Request, ask: Ask): Promise<Asked[]> {
  return Promise.all(
    addresses.map(async (address) => ({
      address,
      reply: await ask(address, request).catch(() => undefined),
    })),
  )
}

function judge(asked: Asked[]): Outcome | undefined {
  let promised: Ballot | undefined
  for (const { reply } of asked) {
    if (reply?.kind === 'born') return { kind: 'decided', birth: reply.birth }
    if (reply?.kind !== 'outdated') continue
    if (!promised || compareBallots(reply.promised, promised) > 0) promised = reply.promised
  }
  return promised && { kind: 'outbid', promised }
}

function complaints(asked: Asked[]): string[] {
  return asked.flatMap(({ address, reply }) => {
    if (!reply) return [`${address} is not reached`]
    return reply.kind === 'refused' ? [reply.reason] : []
  })
}
