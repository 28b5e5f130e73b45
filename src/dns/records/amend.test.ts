import { expect, test } from 'bun:test'
import { seeded } from '../../../test/dns/fuzz.ts'
import { openMesos } from '../../../test/dns/mesos.ts'
import { dnsSchema } from '../../config/dns.ts'
import { layOut } from '../http/layout.ts'
import { enumerationOf } from '../http/listing.ts'
import { readEvent } from '../state/event.ts'
import { readState } from '../state/read.ts'
import { countOf, ownerOfAddress, unencodableOf } from '../table/read.ts'
import type { Contents } from '../table/table.ts'
import { openZone } from '../zone/open.ts'
import { openAmender } from './amend.ts'
import { buildRecords, detailsFor } from './build.ts'
import { listRecords } from './list.ts'

const seed = Number(process.env.MESHBOX_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = process.env.MESHBOX_LONG === '1' ? 3_000 : 60

const around = {
  masters: ['10.0.0.9:5050'],
  hosts: new Map([['agent.example', ['10.0.0.1', 'fd00::1']]]),
  ownAddresses: ['10.0.0.9'],
  ownName: 'ns1.mesos.',
}

test(`a state with events applied has the records of the state that they lead to (MESHBOX_SEED=${seed})`, () => {
  for (let round = 0; round < rounds; round++) {
    const numbers = seeded(seed + round)
    const config = dnsSchema.parse({
      healthAware: round % 2 === 0,
      respectVisibility: round % 3 === 0,
      shortenLabels: round % 5 === 0,
      enforceRFC952: round % 7 === 0,
      weightLabel: round % 4 === 0 ? 'weight' : '',
      records: ['web.marathon A 10.9.0.1'],
    })
    const details = detailsFor(config)
    const mesos = openMesos(numbers)
    const build = () => {
      const state = readState(mesos.state(), details)
      return { state, built: buildRecords(state, around, config) }
    }
    const first = build()
    let table = first.built.table
    let amender = openAmender(first.state, first.built, around, config)
    for (let steps = 1 + Math.floor(numbers() * 12); steps > 0; steps--) {
      for (let events = Math.floor(numbers() * 5); events > 0; events--)
        amender.apply(readEvent(JSON.stringify(mesos.happen()), details, []), [])
      const { table: wanted } = build().built
      same({ table, patch: amender.patch() }, { table: wanted })
      if (numbers() < 0.7) continue
      const rebuilt = amender.rebuild()
      table = rebuilt.built.table
      amender = rebuilt.amender
      same({ table }, { table: wanted })
      expect(tasksOf(table)).toEqual(tasksOf(wanted))
    }

    function same(got: Contents, want: Contents): void {
      const records = listRecords(want, config)
      expect(listRecords(got, config)).toEqual(records)
      expect(countOf(got)).toBe(countOf(want))
      expect(unencodableOf(got)).toBe(unencodableOf(want))
      for (const address of mesos.addresses) {
        const bytes = addressOf(address)
        if (bytes) expect(ownerOfAddress(got, bytes)).toBe(ownerOfAddress(want, bytes))
      }
      const [one, other] = [openZone(got, 1, config), openZone(want, 1, config)]
      // Every name that either has or had, and those above them.
      const names = new Set([...seen, ...records.map(({ name }) => name.slice(0, -1))])
      for (const name of names) {
        const above = name.slice(name.indexOf('.') + 1)
        if (name.includes('.')) names.add(above)
        expect({ name, exists: one.find(name) !== undefined }).toEqual({
          name,
          exists: other.find(name) !== undefined,
        })
        seen.add(name)
      }
    }
  }
}, 3_600_000)

const seen = new Set<string>()

function addressOf(text: string): Buffer | undefined {
  if (/^[\d.]+$/.test(text)) return Buffer.from(text.split('.').map(Number))
  if (!text.includes(':')) return undefined
  const bytes = Buffer.alloc(16)
  bytes[0] = 0xfd
  bytes[15] = Number.parseInt(text.split('::')[1] ?? '', 16)
  return bytes
}

type Listed = { frameworks: { name: string; tasks: { id: string; name: string }[] }[] | null }

/** All tasks that are listed. What of a record that several make is whose depends on their order. */
function tasksOf(table: Contents['table']): string[] {
  const listed: Listed = JSON.parse([...layOut(enumerationOf(table))].join(''))
  return (listed.frameworks ?? [])
    .flatMap(({ name, tasks }) => tasks.map((task) => `${name} ${task.id} ${task.name}`))
    .sort()
}
