import { describe, expect, test } from 'bun:test'
import { judgeAnswers, leader, task } from './answers.ts'
import { judgeCoverage } from './coverage.ts'
import { judgePermits, type Permission } from './permits.ts'
import type { Seen } from './probe.ts'
import type { Recorded, Span } from './recorded.ts'
import { judgeLeaders, overlapsOf } from './reigns.ts'
import { judgeDocument, judgeReads, judgeRegistry } from './verdict.ts'

type Document = Recorded['document']

describe('the document', () => {
  const write = (kind: 'wrote' | 'unknown', from: number | undefined, id: string, start: number) => ({
    op: { kind, id, ...(from === undefined ? {} : { from }) } as Document[number]['op'],
    start,
    end: kind === 'wrote' ? start + 1 : Infinity,
  })
  const written: Document = [
    write('wrote', 0, 'w1', 0),
    write('wrote', 1, 'w2', 10),
    write('wrote', 2, 'w3', 20),
  ]
  const history: Recorded['chain'] = [
    [0, ''],
    [1, 'w1'],
    [2, 'w2'],
    [3, 'w3'],
  ]
  const judge = (
    document: Document,
    chain = history,
    shown: Recorded['shown'] = [],
    last: Recorded['last'] = { m1: { version: chain.at(-1)?.[0] ?? 0, mark: chain.at(-1)?.[1] ?? '' } },
  ) => judgeDocument({ document, chain, shown, last })

  test('of an hour, with many writes of unknown outcome, is judged by what its history tells of them', () => {
    const document: Document = []
    const chain: Recorded['chain'] = [[0, '']]
    for (let at = 0; at < 5000; at++) {
      const isUnknown = at % 50 === 7
      document.push(write(isUnknown ? 'unknown' : 'wrote', isUnknown ? undefined : at, `w${at}`, 10 * at))
      chain.push([at + 1, `w${at}`])
      if (at % 50 === 9) document.push(write('unknown', at, `never${at}`, 10 * at))
    }
    expect(judge(document, chain)).toEqual([])
    const [lost] = judge([...document, write('wrote', 17, 'twice', 5000)], chain)
    expect(lost).toBe('twice was acknowledged as version 18, which is w17')
  })

  test('has lost what was acknowledged and stands nowhere, at its end too', () => {
    expect(judge(written)).toEqual([])
    expect(judge(written, history.slice(0, -1))).toEqual([
      'w3 was acknowledged as version 3, which is no more',
    ])
    expect(judge(written, [])).not.toEqual([])
    expect(judge(written, history, [], { m1: { version: 2, mark: 'w2' } })).toEqual([
      'm1 ends with version 2 (w2), and the ensemble with 3,w3',
    ])
    expect(judge(written, history, [], { m1: undefined })).toHaveLength(1)
  })

  test('has no holes, and never was shown as what it is not', () => {
    expect(judge(written.slice(0, 2), [...history.slice(0, 3), [5, 'w9']])).toEqual([
      'version 5 comes after 2',
    ])
    expect(judge(written, history, [[2, 'w2']])).toEqual([])
    expect(judge(written, history, [[2, 'other']])).toEqual(['version 2 was shown as other, and is w2'])
  })

  test('was not refused where the version was the present one all the time', () => {
    const refused = { op: { kind: 'refused' as const, from: 3 }, start: 30, end: 31 }
    expect(judge([...written, refused])).toHaveLength(1)
    expect(judge([...written, { ...refused, start: 0 }])).toEqual([])
  })

  test('is never read as an older version by the same process', () => {
    expect(judgeReads({ reads: { 'm1 7': [1, 2, 2, 5], 'm1 8': [4] } })).toEqual([])
    expect(judgeReads({ reads: { 'm1 7': [1, 3, 2] } })).toEqual(['m1 7 read version 2 after 3'])
  })
})

const master = (start: number, status: number, weight?: number): Seen => ({
  ...{ what: 'master', start, end: start + 5, status },
  ...(weight === undefined ? {} : { weight }),
})

describe('the registry', () => {
  const write = (value: number, start: number, end = start + 5): Recorded['registry'][number] => ({
    op: { kind: 'write', value },
    start,
    end,
  })
  const judge = (registry: Recorded['registry'], ...seen: Seen[]) =>
    judgeRegistry({ registry, seen: { m1: seen } })

  test('shows what was written last', () => {
    expect(judge([write(1, 0), write(2, 100)], master(50, 200, 1), master(150, 200, 2))).toEqual([])
    expect(judge([write(1, 0), write(2, 100)], master(150, 200, 1))).toHaveLength(1)
    expect(judge([write(1, 0), write(2, 100)], master(150, 200, 2), master(300, 200, 1))).toHaveLength(1)
    expect(judge([write(1, 0)], master(150, 200, 9))).toContain(
      'a leader showed 9 in the registry, which nobody wrote',
    )
  })

  test('may show a write of unknown outcome at any time, and from then on', () => {
    const writes = [write(1, 0), write(2, 20, Infinity), write(3, 100)]
    expect(judge(writes, master(50, 200, 1), master(70, 200, 2), master(150, 200, 3))).toEqual([])
    expect(judge(writes, master(50, 200, 2), master(70, 200, 1))).toHaveLength(1)
    // One that was called an hour ago acquits nobody.
    expect(judge(writes, master(50, 200, 2), master(150, 200, 3), master(200, 200, 2))).toHaveLength(1)
  })

  test('is shown as it was by an old leader beside the next one, and by nobody else', () => {
    const writes = [write(1, 0), write(2, 1000)]
    const old = [master(500, 200, 1), master(1600, 200, 1)]
    const next = [master(900, 200, 1), master(1500, 200, 2), master(2000, 200, 2)]
    expect(judgeRegistry({ registry: writes, seen: { m1: old, m2: next } })).toEqual([])
    expect(judgeRegistry({ registry: writes, seen: { m1: old } })).toHaveLength(1)
  })
})

describe('an old leader', () => {
  /** Asked every 250 ms in that time, and answered as the leader each time. */
  const leads = (from: number, to: number): Seen[] =>
    Array.from({ length: (to - from) / 250 + 1 }, (_, index) => master(from + index * 250, 200))
  const judge = (old: Seen[], next: Seen[], slept: Span[] = [], apart: Span[] = []) =>
    judgeLeaders(overlapsOf({ seen: { a: old, b: next }, slept: { a: slept }, apart: { a: apart } }))

  test('may go on for a second after the next one has answered, and no longer', () => {
    expect(judge(leads(0, 1000), leads(1250, 9000))).toEqual([])
    expect(judge(leads(0, 6000), leads(5000, 9000))).toEqual([])
    expect(judge(leads(0, 6250), leads(5000, 9000))).toEqual([
      'a led for 1245 ms beside b from 1970-01-01T00:00:05.005Z, 245 ms too long',
    ])
  })

  test('has a second from its waking', () => {
    const slept = [{ from: 2000, to: 7000 }]
    expect(judge([...leads(0, 2000), ...leads(7000, 8000)], leads(5000, 9000), slept)).toEqual([])
    expect(judge([...leads(0, 2000), ...leads(7000, 8250)], leads(5000, 9000), slept)).toHaveLength(1)
  })

  test('that is apart may go on until it meets the others, or its session must be over', () => {
    const answers = leads(0, 30_000)
    expect(judge(answers, leads(5000, 40_000), [], [{ from: 19_500, to: 29_900 }])).toHaveLength(1)
    expect(judge(answers, leads(5000, 40_000), [], [{ from: 20_500, to: 29_900 }])).toEqual([])
    expect(judge(leads(0, 9000), leads(5000, 40_000), [], [{ from: 4000, to: 8000 }])).toEqual([])
  })

  test('that has said meanwhile that it leads no more leads anew', () => {
    expect(judge([...leads(0, 5500), master(5600, 307), ...leads(9500, 9750)], leads(5000, 9000))).toEqual([])
  })
})

describe('answers', () => {
  const address = '10.0.0.1'
  const answer = (
    start: number,
    addresses = [address],
    more: Partial<Seen & { what: 'name' }> = {},
  ): Seen => ({
    ...{ what: 'name', name: leader, start, end: start + 5, answered: true, addresses, rcode: 'NOERROR' },
    ...more,
  })
  const judge = (seen: Seen[], excused: Span[] = [], to = 9000) =>
    judgeAnswers({
      seen: { m1: seen },
      excused: { m1: excused },
      addresses: [address],
      span: { from: 0, to },
    })

  test('come all the time, and with an address of the cluster', () => {
    expect(judge([answer(1000), answer(5000)])).toEqual([])
    const silent = answer(2000, [], { answered: false, end: 5000 })
    expect(judge([answer(1000), silent])).toEqual([
      `m1 answered NOERROR for ${leader} for 3000 ms from 1970-01-01T00:00:02.000Z, when nothing was wrong with it`,
    ])
    expect(judge([silent], [{ from: 4000, to: 6000 }])).toEqual([])
    expect(judge([answer(1000, ['9.9.9.9'])])).toHaveLength(1)
    expect(judge([answer(1000, [], { rcode: 'SERVFAIL' })])).toHaveLength(1)
    expect(judge([answer(1000, [], { rcode: 'NXDOMAIN' })])).toHaveLength(1)
  })

  test('for a task may be that there is none, and nothing worse', () => {
    expect(judge([answer(1000, [], { name: task, rcode: 'NXDOMAIN' })])).toEqual([])
    expect(judge([answer(1000, [], { name: task, rcode: 'SERVFAIL' })])).toHaveLength(1)
  })

  test('are asked for all the time', () => {
    expect(judge([], [], 20_000)).toEqual(['m1 was not asked for 20000 ms from 1970-01-01T00:00:00.000Z'])
    expect(judge([answer(1000), answer(15_000)], [], 16_000)).toHaveLength(1)
    expect(judge([answer(1000), answer(15_000)], [{ from: 2000, to: 14_000 }], 16_000)).toEqual([])
  })
})

describe('permits', () => {
  const machine = (id: string) => ({ id, name: `machine ${id}` })
  const permit = (step: number, ids: string[], begun: string[] = []) => ({
    ...{ step, machines: ids.map(machine), begun, words: {} },
  })
  const word = (step: number, id: string, more: object = {}) => ({
    step,
    ...machine(id),
    kind: 'done' as const,
    ...more,
  })
  const first: Permission = {
    ...{
      version: 0,
      session: 's1',
      change: 'version 1',
      kind: 'document',
      state: 'running',
      step: 0,
      words: 0,
    },
  }
  /** Each on the one before it. */
  const chain = (...steps: Partial<Permission>[]) => {
    const all = [first]
    for (const step of steps) {
      const { permit: _, ...before } = all.at(-1) as Permission
      all.push({ ...before, version: before.version + 1, ...step })
    }
    return all
  }
  const owners = { s1: 'a', s2: 'b' }
  const good = chain(
    { step: 1, permit: permit(1, ['a']) },
    { step: 1, permit: permit(1, ['a'], ['a']) },
    { step: 1, word: word(1, 'a'), words: 1 },
    { step: 2, permit: permit(2, ['b']) },
    { step: 2, permit: permit(2, ['b'], ['b']), session: 's2' },
    { step: 2, word: word(2, 'b'), words: 2, session: 's2' },
    { state: 'done' },
  )
  const judge = (permissions: Permission[]) => judgePermits(permissions, owners)

  test('are given and answered one after the other', () => {
    expect(judge(good)).toEqual([])
  })

  test('are never open beside another, nor end without a word', () => {
    expect(
      judge(chain({ step: 1, permit: permit(1, ['a']) }, { step: 2, permit: permit(2, ['b']) })),
    ).toContain('version 2 of the rollout: permit 2 was given while 1 was open')
    expect(judge(chain({ step: 1, permit: permit(1, ['a']) }, { step: 1 }))).toHaveLength(1)
    expect(
      judge(chain({ step: 1, permit: permit(1, ['a']) }, { step: 1, permit: permit(1, ['b']) })),
    ).toHaveLength(1)
    expect(judge(chain({ step: 2, permit: permit(2, ['b']) }))).toHaveLength(1)
    expect(judge(good.filter(({ version }) => version !== 2))).toHaveLength(1)
  })

  test('are for one machine, which begins and speaks itself', () => {
    const granted = { step: 1, permit: permit(1, ['a']) }
    expect(judge(chain(granted, { step: 1, permit: permit(1, ['a'], ['a']), session: 's2' }))).toHaveLength(1)
    expect(judge(chain(granted, { step: 1, word: word(1, 'a'), words: 1, session: 's2' }))).toHaveLength(1)
    expect(
      judge(chain(granted, { permit: granted.permit, word: word(1, 'b'), words: 1, session: 's2' })),
    ).toHaveLength(1)
    const off = word(1, 'a', { kind: 'skipped', reason: 'it is off' })
    expect(judge(chain(granted, { step: 1, word: off, words: 1, session: 's2' }))).toEqual([])
  })
})

test('a run that tried nothing has shown nothing', () => {
  const empty = {
    ...{ seconds: 3600, struck: {}, document: [], registry: [], permissions: [], healedMs: 70_000 },
    transactions: { seen: 0, compared: 0, epochs: 0 },
  } as unknown as Recorded
  const faults = judgeCoverage(empty)
  for (const what of [
    'writes of the document',
    'registry',
    'rollout',
    'on more than one disk',
    'lost disk',
    'whole again',
    'names',
  ])
    expect(faults.some((fault) => fault.includes(what))).toBe(true)
})
