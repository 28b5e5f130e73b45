import { describe, expect, test } from 'bun:test'
import { type Acceptor, answer, newAcceptor, type Reply, type Request, type Self } from './acceptor.ts'
import { type Ask, proposeRound, standing, type View } from './propose.ts'
import { type Ballot, type Birth, canonicalList, compareBallots } from './record.ts'

const seed = Number(process.env.MESHBOX_SEED ?? 1)
const rounds = process.env.MESHBOX_LONG ? 5000 : 300

/** Small, fast, and the same everywhere (mulberry32). */
function randomFrom(start: number): () => number {
  let a = start >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5']

function selfOf(address: string, list: string[], more: Partial<Self> = {}): Self {
  return {
    address,
    clientPort: 2181,
    quorumPort: 2888,
    electionPort: 3888,
    list: canonicalList(list),
    simulated: false,
    ...more,
  }
}

function draw(members: Self[], id: string = crypto.randomUUID()): Birth {
  return {
    id,
    bornAt: '2026-01-01T00:00:00.000Z',
    simulated: false,
    servers: members.map((member, index) => ({ id: index + 1, host: member.address, ...portsOf(member) })),
  }
}

const portsOf = ({ clientPort, quorumPort, electionPort }: Self) => ({ clientPort, quorumPort, electionPort })

describe('who may go on', () => {
  const list = addresses.slice(0, 3)
  const own = selfOf('10.0.0.1', list)
  const view = (...replies: (Reply | 'unreached')[]): View =>
    new Map(replies.map((reply, i) => [list[i] ?? '', reply]))
  const there = (i: number, more: Partial<Self> = {}): Reply => ({
    kind: 'self',
    self: selfOf(list[i] ?? '', list, more),
  })

  test('all are there and agree: the first of them proposes', () => {
    const all = view(there(0), there(1), there(2))
    expect(standing(all, own, 3)).toMatchObject({ kind: 'agreed', propose: true })
    expect(standing(all, selfOf('10.0.0.2', list), 3)).toMatchObject({ kind: 'agreed', propose: false })
  })

  test('one is missing: it is waited for by name', () => {
    const two = view(there(0), there(1), 'unreached')
    expect(standing(two, own, 3)).toEqual({ kind: 'waiting', reasons: ['10.0.0.3 is not reached'] })
  })

  test('one is missing, and the operator has said that two are enough', () => {
    expect(standing(view(there(0), there(1), 'unreached'), own, 2)).toMatchObject({ kind: 'agreed' })
    expect(standing(view(there(0), 'unreached', 'unreached'), own, 2).kind).toBe('waiting')
  })

  test('one was joined with other machines: it is named, however many are expected', () => {
    const other = there(2, { list: '10.0.0.3,10.0.0.9' })
    expect(standing(view(there(0), there(1), other), own, 2)).toEqual({
      kind: 'waiting',
      reasons: ['10.0.0.3 was joined with the machines 10.0.0.3,10.0.0.9, not 10.0.0.1,10.0.0.2,10.0.0.3'],
    })
  })

  test('one holds the data of another life', () => {
    const holder = there(1, { obstacle: '10.0.0.2 holds data of another ensemble' })
    expect(standing(view(there(0), holder, there(2)), own, 2)).toEqual({
      kind: 'waiting',
      reasons: ['10.0.0.2 holds data of another ensemble'],
    })
  })

  test('one was joined, or restores another backup: data of different lives is never mixed', () => {
    const restoring = { ...own, restores: 'abc' }
    const [joined, other] = [there(1), there(1, { restores: 'def' })]
    const same = view(there(0, { restores: 'abc' }), there(1, { restores: 'abc' }), 'unreached')
    expect(standing(same, restoring, 2)).toMatchObject({ kind: 'agreed', propose: true })
    for (const [peer, reason] of [
      [joined, '10.0.0.2 was joined, and not told to restore the backup'],
      [other, '10.0.0.2 restores another backup than 10.0.0.1'],
    ] as const)
      expect(standing(view(there(0, { restores: 'abc' }), peer, 'unreached'), restoring, 2)).toMatchObject({
        kind: 'waiting',
        reasons: [reason, '10.0.0.3 is not reached'],
      })
    expect(standing(view(there(0), other, there(2)), own, 2)).toMatchObject({
      reasons: ['10.0.0.2 restores a backup, and 10.0.0.1 was joined'],
    })
  })

  test('one knows of a birth: that is the one', () => {
    const birth = draw([own])
    expect(standing(view(there(0), { kind: 'born', birth }, 'unreached'), own, 3)).toEqual({
      kind: 'born',
      birth,
    })
  })
})

describe('one machine', () => {
  const list = addresses.slice(0, 3)
  const own = selfOf('10.0.0.1', list)
  const ballot = (round: number, proposer = 'p'): Ballot => ({ round, proposer })
  const birth = draw(list.map((address) => selfOf(address, list)))

  test('promises, then takes nothing lower', () => {
    const promised = answer(newAcceptor, { kind: 'prepare', ballot: ballot(5), from: own }, own)
    expect(promised.reply.kind).toBe('promised')
    const state = promised.state as Acceptor
    expect(answer(state, { kind: 'prepare', ballot: ballot(4), from: own }, own).reply.kind).toBe('outdated')
    expect(answer(state, { kind: 'accept', ballot: ballot(4), birth }, own).reply.kind).toBe('outdated')
    expect(answer(state, { kind: 'accept', ballot: ballot(5), birth }, own).reply.kind).toBe('accepted')
  })

  test('refuses a birth that it is not part of, and one while its disk holds something', () => {
    const foreign = draw([selfOf('10.0.0.9', list)])
    expect(answer(newAcceptor, { kind: 'accept', ballot: ballot(1), birth: foreign }, own).reply.kind).toBe(
      'refused',
    )
    const full = { ...own, obstacle: 'data of another ensemble' }
    expect(answer(newAcceptor, { kind: 'accept', ballot: ballot(1), birth }, full).reply.kind).toBe('refused')
    expect(answer(newAcceptor, { kind: 'decided', birth }, full).reply.kind).toBe('refused')
  })

  test('once born, says so to everybody and changes no more', () => {
    const { state } = answer(newAcceptor, { kind: 'decided', birth }, own)
    const other = draw(list.map((address) => selfOf(address, list)))
    for (const request of [
      { kind: 'look' },
      { kind: 'prepare', ballot: ballot(9), from: own },
      { kind: 'accept', ballot: ballot(9), birth: other },
      { kind: 'decided', birth: other },
    ] satisfies Request[]) {
      expect(answer(state as Acceptor, request, own)).toEqual({ reply: { kind: 'born', birth } })
    }
  })
})

/**
 * Machines that propose against each other while messages are lost either way and machines are killed between any two
 * steps, keeping only what was on disk. However it goes, all births that anybody decides are the same.
 */
test(`never two births (seed ${seed}, ${rounds} runs)`, async () => {
  let births = 0
  for (let run = 0; run < rounds; run++) {
    const random = randomFrom(seed + run)
    const list = addresses.slice(0, 2 + Math.floor(random() * 4))
    const majority = Math.floor(list.length / 2) + 1
    const disks = new Map(list.map((address) => [address, newAcceptor]))
    const loss = random() * 0.6
    const decided = new Set<string>()
    let up = new Set(list)

    const ask: Ask = async (address, request) => {
      await Promise.resolve()
      if (!up.has(address) || random() < loss) throw new Error('lost on the way there')
      const { state, reply } = answer(disks.get(address) ?? newAcceptor, request, selfOf(address, list))
      if (state) disks.set(address, state)
      if (random() < loss) throw new Error('lost on the way back')
      return reply
    }
    for (let turn = 1; turn <= 12; turn++) {
      up = new Set(list.filter(() => random() < 0.8))
      const proposers = list.filter((address) => up.has(address) && random() < 0.5)
      const outcomes = await Promise.all(
        proposers.map((proposer) =>
          proposeRound(list, {
            ballot: { round: 2 * turn + Math.floor(random() * 2), proposer },
            own: selfOf(proposer, list),
            expected: random() < 0.5 ? list.length : majority,
            draw: () =>
              draw(
                list.map((address) => selfOf(address, list)),
                idFrom(random),
              ),
            ask,
          }),
        ),
      )
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.kind !== 'decided') continue
        decided.add(outcome.birth.id)
        // Killed before it could keep what it has learnt, now and then.
        if (random() < 0.7)
          await ask(proposers[index] ?? '', { kind: 'decided', birth: outcome.birth }).catch(() => {})
      }
    }
    for (const { decided: kept } of disks.values()) if (kept) decided.add(kept.id)
    expect({ run, births: decided.size <= 1 }).toEqual({ run, births: true })
    births += decided.size
  }
  expect(births).toBeGreaterThan(rounds / 4)
})

function idFrom(random: () => number): string {
  return `00000000-0000-4000-8000-${Math.floor(random() * 2 ** 47)
    .toString(16)
    .padStart(12, '0')}`
}

test('the order and the spelling of the URL do not matter', () => {
  expect(canonicalList(['10.0.0.2', '10.0.0.1', '10.0.0.2'])).toBe(canonicalList(['10.0.0.1', '10.0.0.2']))
  expect(compareBallots({ round: 1, proposer: 'b' }, { round: 1, proposer: 'a' })).toBeGreaterThan(0)
})
