import type { Clock } from '../../clock.ts'
import type { Reply, Request, Self } from './acceptor.ts'
import { type Ask, proposeRound, standing, type View } from './propose.ts'
import { type Ballot, type Birth, firstBallot } from './record.ts'

/** Between two looks around; with some of it at random, so that machines fall out of step. */
const lookMs = { least: 300, spread: 400 }

/**
 * Waits until the machines of the URL agree on one birth, proposing it where it is this machine's turn. Says who is
 * waited for, and goes on for as long as it takes; the signal ends it.
 */
export async function agreeOnBirth({
  addresses,
  own,
  expected,
  draw,
  ask,
  clock,
  random,
  signal,
  onWaiting,
}: {
  addresses: string[]
  own: () => Self
  expected: number
  draw: (members: Self[]) => Birth
  ask: Ask
  clock: Clock
  random: () => number
  signal: AbortSignal
  onWaiting: (reasons: string[]) => void
}): Promise<Birth> {
  let highest: Ballot = firstBallot
  for (;;) {
    signal.throwIfAborted()
    const now = standing(await lookAround(addresses, ask), own(), expected)
    if (now.kind === 'born') return keep(now.birth)
    if (now.kind === 'waiting') onWaiting(now.reasons)
    else if (now.propose) {
      const ballot = { round: highest.round + 1, proposer: own().address }
      const outcome = await proposeRound(addresses, { ballot, own: own(), expected, draw, ask })
      highest = outcome.kind === 'outbid' ? outcome.promised : ballot
      if (outcome.kind === 'decided') return keep(outcome.birth)
      if (outcome.kind === 'failed') onWaiting(outcome.reasons)
    } else onWaiting(['the first machine of the URL to propose the birth'])
    await clock.sleep(lookMs.least + lookMs.spread * random(), signal)
  }

  /** This machine keeps it first; the others are told, and would find out by themselves. */
  async function keep(birth: Birth): Promise<Birth> {
    const told: Request = { kind: 'decided', birth }
    await ask(own().address, told)
    for (const address of addresses) if (address !== own().address) void ask(address, told).catch(() => {})
    return birth
  }
}

async function lookAround(addresses: string[], ask: Ask): Promise<View> {
  const replies = await Promise.all(
    addresses.map((address) => ask(address, { kind: 'look' }).catch((): Reply | 'unreached' => 'unreached')),
  )
  return new Map(addresses.map((address, index) => [address, replies[index] ?? 'unreached']))
}
