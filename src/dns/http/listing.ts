import type { DnsConfig } from '../../config/dns.ts'
import { buildRecords, type NewRecord, type Surroundings } from '../records/build.ts'
import { type RecordSets, type Values, valuesOf } from '../records/sets.ts'
import type { MasterState } from '../state/model.ts'
import { mailboxName, primaryName } from '../zone/soa.ts'

type Host = { host: string; ip: string }
type Service = { service: string; host: string; ip: string; port: string }

/** The body of `/v1/hosts/…`; a name without addresses has one entry of empty texts. */
export function hostsOf(sets: RecordSets, name: string): Host[] {
  const addresses = [...valuesOf(sets.A.get(name)), ...valuesOf(sets.AAAA.get(name))]
  return addresses.length === 0 ? [{ host: '', ip: '' }] : addresses.map((ip) => ({ host: name, ip }))
}

/** The body of `/v1/services/…`: for each value one A and one AAAA address of its target, drawn at random. */
export function servicesOf(sets: RecordSets, name: string, asked: string, random: () => number): Service[] {
  const found: Service[] = []
  for (const value of valuesOf(sets.SRV.get(name))) {
    const colon = value.lastIndexOf(':')
    const host = value.slice(0, colon)
    const port = value.slice(colon + 1)
    for (const type of ['A', 'AAAA'] as const) {
      const ip = drawn(sets[type].get(host), random)
      if (ip !== undefined) found.push({ service: asked, host, ip, port })
    }
  }
  return found.length === 0 ? [{ service: '', host: '', ip: '', port: '' }] : found
}

function drawn(values: Values | undefined, random: () => number): string | undefined {
  const all = [...valuesOf(values)]
  return all[Math.floor(random() * all.length)]
}

/** The body of `/v1/axfr`: all records, those too that DNS cannot express. */
export function transferOf(sets: RecordSets, config: DnsConfig, serial: number): object {
  const named = (names: Map<string, Values>) =>
    Object.fromEntries([...names].map(([name, values]) => [name, [...valuesOf(values)]]))
  return {
    TTL: config.ttl,
    Serial: serial,
    RefreshSeconds: config.refreshSeconds,
    Mname: primaryName(config),
    Rname: mailboxName(config),
    Domain: config.domain,
    Records: { As: named(sets.A), AAAAs: named(sets.AAAA), SRVs: named(sets.SRV) },
  }
}

type EnumeratedTask = { name: string; id: string; records: NewRecord[] | null }

/**
 * The body of `/v1/enumerate`: each running task with the records that it was the first to have, as the original lists
 * them. It is made anew from the state, which costs nothing while nobody asks.
 */
export function enumerationOf(state: MasterState, around: Surroundings, config: DnsConfig): object {
  const tasks = state.frameworks.map((): EnumeratedTask[] => [])
  buildRecords(state, around, config, (framework, { id, name }) => {
    const task: EnumeratedTask = { name, id, records: null }
    tasks[framework]?.push(task)
    return (record) => {
      task.records ??= []
      task.records.push(record)
    }
  })
  const frameworks = state.frameworks.map(({ name }, i) => ({ tasks: tasks[i] ?? [], name }))
  return { frameworks: frameworks.length === 0 ? null : frameworks }
}
