import { describe, expect, test } from 'bun:test'
import type { Answer } from 'dns-packet'
import { seeded } from '../../../test/dns/fuzz.ts'
import { openTable } from '../table/build.ts'
import { type Entry, eachEntry, keyOf, putEntry } from '../table/entry.ts'
import { applyDifference, openNet } from './apply.ts'
import { entryOf } from './entry.ts'
import { openIncoming } from './incoming.ts'

const soa = (serial: number): Answer => ({
  name: 'mesos',
  type: 'SOA',
  ttl: 60,
  data: { mname: 'ns1.mesos', rname: 'root.mesos', serial, refresh: 1, retry: 1, expire: 1, minimum: 1 },
})
const a = (name: string, data: string): Answer => ({ name, type: 'A', ttl: 60, data })

function read(known: number | undefined, ...messages: Answer[][]) {
  const seen: string[] = []
  const note = (what: string) => (record: Answer) => {
    const entry = entryOf(record)
    if (entry) seen.push(`${what} ${keyOf(entry)}`)
  }
  const incoming = openIncoming(known, { whole: note('='), removed: note('-'), added: note('+') })
  const outcomes = messages.map((answers) => incoming.take(answers))
  return { outcomes, seen, serial: incoming.serial() }
}

describe('a transfer', () => {
  test('of a whole zone, however it is cut into messages', () => {
    const records = [soa(9), a('X.mesos', '10.0.0.1'), a('y.mesos', '10.0.0.2'), soa(9)]
    const seen = ['= x.mesos. A 10.0.0.1', '= y.mesos. A 10.0.0.2']
    expect(read(undefined, records)).toEqual({ outcomes: ['whole'], seen, serial: 9 })
    const single = records.map((record) => [record])
    expect(read(undefined, ...single).outcomes).toEqual([undefined, undefined, undefined, 'whole'])
    expect(read(5, ...single)).toEqual(read(undefined, ...single))
    expect(read(5, [soa(9), soa(9)]).outcomes).toEqual(['whole'])
  })

  test('of increments', () => {
    const steps = [
      ...[soa(5), a('x.mesos', '10.0.0.1'), soa(7), a('x.mesos', '10.0.0.2')],
      ...[soa(7), soa(9), a('y.mesos', '10.0.0.3')],
    ]
    const records = [soa(9), ...steps, soa(9)]
    const seen = ['- x.mesos. A 10.0.0.1', '+ x.mesos. A 10.0.0.2', '+ y.mesos. A 10.0.0.3']
    expect(read(5, records)).toEqual({ outcomes: ['changed'], seen, serial: 9 })
    expect(read(5, ...records.map((record) => [record])).outcomes.at(-1)).toBe('changed')
  })

  test('of nothing', () => {
    expect(read(5, [soa(5)]).outcomes).toEqual(['unchanged'])
  })

  test.each([
    ['increments from another serial', [soa(9), soa(6), a('x.mesos', '10.0.0.1'), soa(9), soa(9)]],
    ['increments with a gap', [soa(9), soa(5), soa(7), soa(8), soa(9), soa(9)]],
    ['a primary that is behind', [soa(4)]],
    ['records before any SOA', [a('x.mesos', '10.0.0.1')]],
  ])('%s leads nowhere', (_, records) => {
    expect(read(5, records).outcomes).toEqual(['astray'])
  })

  test('serials are compared around the end of their numbers', () => {
    expect(read(2 ** 32 - 2, [soa(3)]).outcomes).toEqual([undefined])
    expect(read(3, [soa(2 ** 32 - 2)]).outcomes).toEqual(['astray'])
  })
})

const weight = 1
const options = { domain: 'mesos', weight }

function tableOf(entries: Iterable<Entry>) {
  const builder = openTable('mesos')
  for (const entry of entries) putEntry(builder, entry, weight)
  return builder.finish()
}

function keysOf(table: ReturnType<typeof tableOf>): string[] {
  const keys: string[] = []
  eachEntry({ table }, weight, (entry) => keys.push(keyOf(entry)))
  return keys.sort()
}

const seed = Number(process.env.MESHBOX_SEED ?? Math.floor(Math.random() * 2 ** 31))

test(`increments lead to the zone that the primary has (MESHBOX_SEED=${seed})`, () => {
  const numbers = seeded(seed)
  const random = (below: number) => Math.floor(numbers() * below)
  const draw = (): Entry => {
    const owner = `n${random(6)}.mesos.`
    if (random(3) === 0) return { kind: 'AAAA', owner, address: `fd00::${1 + random(4)}` }
    if (random(2) === 0) return { kind: 'A', owner, address: `10.0.0.${random(4)}` }
    const target = `n${random(6)}.mesos.`
    return { kind: 'SRV', owner, target, port: random(3), priority: 0, weight: weight + random(2) }
  }
  const slot = (entry: Entry) =>
    entry.kind === 'SRV' ? `${entry.owner} ${entry.target} ${entry.port}` : keyOf(entry)
  for (let round = 0; round < 200; round++) {
    // Of one service there is one weight.
    const zone = new Map<string, Entry>()
    for (let i = random(30); i > 0; i--) {
      const entry = draw()
      zone.set(slot(entry), entry)
    }
    const before = tableOf(zone.values())
    const net = openNet()
    for (let steps = 1 + random(4); steps > 0; steps--) {
      const drawn = new Map(Array.from({ length: random(10) }, draw).map((entry) => [slot(entry), entry]))
      for (const [key, entry] of drawn) {
        const held = zone.get(key)
        if (held) net.remove(held)
        zone.delete(key)
        if (random(2) === 0) continue
        net.add(entry)
        zone.set(key, entry)
      }
    }
    const after = applyDifference(before, net.result(), options)
    expect(after && keysOf(after)).toEqual(keysOf(tableOf(zone.values())))
  }
})

test('what does not belong to the zone is not applied', () => {
  const held: Entry = { kind: 'A', owner: 'x.mesos.', address: '10.0.0.1' }
  const other: Entry = { kind: 'A', owner: 'y.mesos.', address: '10.0.0.1' }
  const before = tableOf([held])
  const missing = { removed: new Set([keyOf(other)]), added: new Map() }
  expect(applyDifference(before, missing, options)).toBeUndefined()
  const twice = { removed: new Set<string>(), added: new Map([[keyOf(held), held]]) }
  expect(applyDifference(before, twice, options)).toBeUndefined()
  expect(applyDifference(tableOf([]), { removed: new Set(), added: new Map() }, options)).toBeDefined()
})
