import { Counter, Gauge, Registry } from 'prom-client'
import type { Counters } from '../counters.ts'
import { histogramText } from './histogram.ts'

/** What the resolver is at the moment. */
export type Gauges = {
  records: number
  serial: number
  /** The last good records are served, but could not be loaded anew. */
  stale: boolean
  /** Entries of the state that were left out. */
  skipped: number
  /** Unix time of the last good load, in ms. */
  loadedAt?: number
}

/** Names of the codes of a reply (IANA registry), by number. */
const codes: Record<number, string> = {
  0: 'NOERROR',
  1: 'FORMERR',
  2: 'SERVFAIL',
  3: 'NXDOMAIN',
  4: 'NOTIMP',
  5: 'REFUSED',
  9: 'NOTAUTH',
}

export type Metrics = { contentType: string; text(): Promise<string> }

/** The resolver's numbers for Prometheus; they are looked at when somebody asks. */
export function openMetrics(counters: Counters, now: () => Gauges): Metrics {
  const registry = new Registry()
  const registers = [registry]

  const gauge = (name: string, help: string, value: (now: Gauges) => number) => {
    new Gauge({
      name: `meshbox_dns_${name}`,
      help,
      registers,
      collect() {
        this.set(value(now()))
      },
    })
  }
  const counter = (name: string, help: string, label: string, values: () => [string, number][]) => {
    new Counter({
      name: `meshbox_dns_${name}_total`,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset()
        for (const [is, count] of values()) this.inc({ [label]: is }, count)
      },
    })
  }

  gauge('records', 'Records that are served.', ({ records }) => records)
  gauge('serial', 'Serial of the zone.', ({ serial }) => serial)
  gauge('stale', '1 while the last good records could not be loaded anew.', ({ stale }) => (stale ? 1 : 0))
  gauge('skipped_entries', 'Entries of the state that could not be used.', ({ skipped }) => skipped)
  gauge(
    'loaded_timestamp_seconds',
    'Unix time of the last good load; 0 before the first.',
    (is) => (is.loadedAt ?? 0) / 1000,
  )
  counter('queries', 'Requests that came in.', 'transport', () => Object.entries(counters.queries))
  counter('replies', 'Replies to them.', 'code', () =>
    counters.replies.flatMap((count, code): [string, number][] =>
      count > 0 || code in codes ? [[codes[code] ?? String(code), count]] : [],
    ),
  )
  gauge('following', "1 while the master's event stream is followed.", () => (counters.following ? 1 : 0))
  new Counter({
    name: 'meshbox_dns_missed_names_total',
    help: 'Names that a load found otherwise than the events had told.',
    registers,
    collect() {
      this.reset()
      this.inc(counters.missed)
    },
  })
  counter('loads', 'Attempts to load the records.', 'outcome', () => Object.entries(counters.loads))
  counter('forwarded_queries', 'What became of names outside the domain.', 'outcome', () =>
    Object.entries(counters.forwarded),
  )
  const latency = () =>
    histogramText('meshbox_dns_reply_duration_seconds', 'How long replies took.', 'source', counters.latency)
  return {
    contentType: registry.contentType,
    text: async () => `${(await registry.metrics()).trimEnd()}\n${latency()}`,
  }
}
