import { type Answer, encode } from 'dns-packet'
import { joinHostPort } from '../../config/address.ts'
import type { DnsConfig, Upstream } from '../../config/dns.ts'
import { openTable, type TableBuilder } from '../table/build.ts'
import { type Entry, putEntry } from '../table/entry.ts'
import type { Table } from '../table/table.ts'
import { applyDifference, openNet } from './apply.ts'
import { converse } from './converse.ts'
import { entryOf } from './entry.ts'
import { type Outcome, openIncoming } from './incoming.ts'

/** A zone as its primary gave it. */
export type Pulled = {
  table: Table
  serial: number
  from: string
  /** By increments to what was known before. */
  incremental: boolean
  /** Records of types that no cluster has. */
  skipped: number
}

/** What was pulled last. Serials are one primary's own: another may give the same one to a different zone. */
export type KnownZone = Pick<Pulled, 'table' | 'serial' | 'from' | 'skipped'>

export type PullOptions = Pick<DnsConfig, 'domain' | 'srvRecordDefaultWeight'> & {
  /** For all of it, in ms. */
  timeoutMs: number
}

/**
 * Takes from a primary what has changed since it was asked last (IXFR), or the whole zone (AXFR) when it is another
 * primary or its increments do not fit; nothing when nothing has changed.
 * @throws Error when the primary does not answer in time, refuses, or ends before the zone does
 */
export async function pullZone(
  primary: Upstream,
  known: KnownZone | undefined,
  options: PullOptions,
): Promise<Pulled | undefined> {
  const from = joinHostPort(primary.address, primary.port)
  const base = known?.from === from ? known : undefined
  const first = await transfer(primary, base, options)
  if (first.outcome === 'unchanged') return undefined
  const weight = options.srvRecordDefaultWeight
  if (first.outcome === 'changed' && base) {
    const table = applyDifference(base.table, first.difference, { domain: options.domain, weight })
    const skipped = base.skipped + first.skipped
    if (table) return { table, serial: first.serial, from, incremental: true, skipped }
  }
  const { outcome, whole, serial, skipped } =
    first.outcome === 'whole' ? first : await transfer(primary, undefined, options)
  if (outcome !== 'whole') throw new Error(`${from} does not give the whole zone`)
  return { table: whole.finish(), serial, from, incremental: false, skipped }
}

const ids = { IXFR: 1, AXFR: 2 } as const

async function transfer(
  primary: Upstream,
  base: KnownZone | undefined,
  { domain, srvRecordDefaultWeight, timeoutMs }: PullOptions,
) {
  const net = openNet()
  let whole: TableBuilder = openTable(domain)
  let skipped = 0
  let outcome: Outcome | undefined

  const put = (record: Answer, put: (entry: Entry) => unknown) => {
    const entry = entryOf(record)
    if (entry) put(entry)
    else if (record.type !== 'NS') skipped++
  }
  const sink = {
    whole: (record: Answer) => put(record, (entry) => putEntry(whole, entry, srvRecordDefaultWeight)),
    added: (record: Answer) => put(record, net.add),
    removed: (record: Answer) => put(record, net.remove),
  }
  let incoming = openIncoming(base?.serial, sink)

  await converse(primary, timeoutMs, (packet, ask) => {
    if (packet === undefined) {
      ask(base ? ixfr(domain, base.serial) : axfr(domain))
      return false
    }
    const code = 'rcode' in packet ? packet.rcode : 'NOERROR'
    if (code !== 'NOERROR' && packet.id === ids.IXFR) {
      // It may be one that has no increments at all.
      incoming = openIncoming(undefined, sink)
      whole = openTable(domain)
      ask(axfr(domain))
      return false
    }
    if (code !== 'NOERROR') throw new Error(`it answers ${code}`)
    outcome = incoming.take(packet.answers ?? [])
    return outcome !== undefined
  })
  return { outcome, whole, difference: net.result(), serial: incoming.serial(), skipped }
}

function axfr(name: string): Buffer {
  return encode({ type: 'query', id: ids.AXFR, questions: [{ name, type: 'AXFR' }] })
}

/** What is known stands in the authority section (RFC 1995 section 3). */
function ixfr(name: string, serial: number): Buffer {
  const soa = { mname: '.', rname: '.', serial, refresh: 0, retry: 0, expire: 0, minimum: 0 }
  return encode({
    type: 'query',
    id: ids.IXFR,
    questions: [{ name, type: 'IXFR' }],
    authorities: [{ name, type: 'SOA', ttl: 0, data: soa }],
  })
}
