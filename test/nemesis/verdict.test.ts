import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Machine } from '../cluster/cluster.ts'
import type { Observed } from './clients.ts'
import type { Seen } from './probe.ts'
import { judgeDocument, judgeEpochs, judgeLeaders, overlapsOf } from './verdict.ts'
import type { Span } from './world.ts'

const folder = mkdtempSync(join(tmpdir(), 'meshbox-verdict-'))
afterAll(() => rmSync(folder, { recursive: true }))

const machine = (name: string) => ({ name, dataDir: join(folder, name) }) as Machine

describe('the document', () => {
  const write = (kind: 'wrote' | 'unknown', from: number | undefined, id: string, start: number) => ({
    op: { kind, id, ...(from === undefined ? {} : { from }) } as Observed['document'][number]['op'],
    start,
    end: kind === 'wrote' ? start + 1 : Infinity,
  })
  const judge = (document: Observed['document'], history: Map<number, string>) =>
    judgeDocument({ document, history } as Observed)

  test('of an hour, with many writes of unknown outcome, is judged by what its history tells of them', () => {
    const document: Observed['document'] = []
    const history = new Map<number, string>()
    for (let at = 0; at < 5000; at++) {
      const isUnknown = at % 50 === 7
      document.push(write(isUnknown ? 'unknown' : 'wrote', isUnknown ? undefined : at, `w${at}`, 10 * at))
      history.set(at + 1, `w${at}`)
      if (at % 50 === 9) document.push(write('unknown', at, `never${at}`, 10 * at))
    }
    expect(judge(document, history)).toEqual([])
    const [lost] = judge([...document, write('wrote', 17, 'twice', 5000)], history)
    expect(lost).toBe('twice was acknowledged as version 18, which is w17')
  })

  test('keeps a write whose outcome nothing tells as one that may have been', () => {
    const document = [write('wrote', 0, 'a', 0), write('unknown', 1, 'b', 10), write('wrote', 2, 'c', 20)]
    expect(
      judge(
        document,
        new Map([
          [1, 'a'],
          [3, 'c'],
        ]),
      ),
    ).toEqual([])
  })
})

describe('an old leader', () => {
  const [a, b] = [machine('a'), machine('b')]
  /** Asked every 250 ms in that time, and answered as the leader each time. */
  const leads = (from: number, to: number, late = 0): Seen[] =>
    Array.from({ length: (to - from) / 250 + 1 }, (_, index) => {
      const start = from + index * 250
      return { what: 'master', start, end: start + 5, status: 200, late }
    })
  const judge = (old: Seen[], next: Seen[], slept: Span[] = [], apart: Span[] = []) =>
    judgeLeaders(
      overlapsOf(
        new Map([
          [a, old],
          [b, next],
        ]),
        new Map([[a, slept]]),
        new Map([[a, apart]]),
      ),
    )

  test('may go on for a second after the next one has answered, and no longer', () => {
    expect(judge(leads(0, 1000), leads(1250, 9000))).toEqual([])
    expect(judge(leads(0, 6000), leads(5000, 9000))).toEqual([])
    expect(judge(leads(0, 6250), leads(5000, 9000))).toEqual([
      'a led for 1245 ms beside b from 1970-01-01T00:00:05.005Z, 245 ms too long',
    ])
  })

  test('has a second from its waking, and what timers were late', () => {
    const slept = [{ from: 2000, to: 7000 }]
    expect(judge([...leads(0, 2000), ...leads(7000, 8000)], leads(5000, 9000), slept)).toEqual([])
    expect(judge([...leads(0, 2000), ...leads(7000, 8250)], leads(5000, 9000), slept)).toHaveLength(1)
    expect(judge(leads(0, 6250, 400), leads(5000, 9000))).toEqual([])
  })

  test('that is apart may go on until it meets the others, or its session must be over', () => {
    const answers = leads(0, 30_000)
    expect(judge(answers, leads(5000, 40_000), [], [{ from: 19_500, to: 29_900 }])).toHaveLength(1)
    expect(judge(answers, leads(5000, 40_000), [], [{ from: 20_500, to: 29_900 }])).toEqual([])
    expect(judge(leads(0, 9000), leads(5000, 40_000), [], [{ from: 4000, to: 8000 }])).toEqual([])
  })

  test('that has said meanwhile that it leads no more leads anew', () => {
    const no: Seen = { what: 'master', start: 5600, end: 5605, status: 307, late: 0 }
    expect(judge([...leads(0, 5500), no, ...leads(9500, 9750)], leads(5000, 9000))).toEqual([])
  })
})

describe('a transaction', () => {
  /** One with that content in the log of that machine. */
  function write(name: string, zxid: bigint, content: string): void {
    const data = join(folder, name, 'state/zookeeper/data/version-2')
    mkdirSync(data, { recursive: true })
    const text = Buffer.alloc(60)
    text.writeBigInt64BE(zxid, 12)
    text.write(content, 28)
    const head = Buffer.alloc(12)
    head.writeBigUInt64BE(BigInt(Bun.hash.adler32(text)))
    head.writeInt32BE(text.length, 8)
    writeFileSync(
      join(data, `log.${zxid.toString(16)}`),
      Buffer.concat([Buffer.alloc(16), head, text, Buffer.from('B'), Buffer.alloc(99)]),
    )
  }

  test('is the same on every disk, or two leaders had the same epoch', () => {
    write('a', 0x300000001n, 'one')
    write('b', 0x300000001n, 'one')
    write('b', 0x400000001n, 'two')
    expect(judgeEpochs([machine('a'), machine('b')])).toEqual([])
    write('c', 0x300000001n, 'other')
    expect(judgeEpochs([machine('a'), machine('b'), machine('c')])).toEqual([
      'transaction 300000001 is one on b, and another on c',
    ])
  })
})
