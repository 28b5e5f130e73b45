import type { DnsConfig } from '../../config/dns.ts'
import { addressOf, findName, nameOf, recordsOf, serviceOf, textOf } from '../table/read.ts'
import { type Kind, kind, kinds, noNode, type Table } from '../table/table.ts'
import { mailboxName, primaryName } from '../zone/soa.ts'
import { lazyItems, lazyMembers } from './layout.ts'

type Host = { host: string; ip: string }
type Service = { service: string; host: string; ip: string; port: string }

/** The body of `/v1/hosts/…` for a name with a dot at its end; without addresses one entry of empty texts. */
export function hostsOf(table: Table, name: string): Host[] {
  const node = findName(table, name.slice(0, -1))
  const hosts = (['A', 'AAAA'] as const).flatMap((what) =>
    node === noNode
      ? []
      : Array.from(recordsOf(table, node, what), (record) => ({
          host: name,
          ip: addressOf(table, record, what),
        })),
  )
  return hosts.length === 0 ? [{ host: '', ip: '' }] : hosts
}

/** The body of `/v1/services/…`: for each value one A and one AAAA address of its target, drawn at random. */
export function servicesOf(table: Table, name: string, asked: string, random: () => number): Service[] {
  const node = findName(table, name.slice(0, -1))
  const found: Service[] = []
  for (const record of node === noNode ? [] : recordsOf(table, node, 'SRV')) {
    const { target, port } = serviceOf(table, record)
    for (const what of ['A', 'AAAA'] as const) {
      const addresses = recordsOf(table, table.first[record] ?? noNode, what)
      const drawn = addresses[Math.floor(random() * addresses.length)]
      if (drawn !== undefined)
        found.push({ service: asked, host: target, ip: addressOf(table, drawn, what), port: String(port) })
    }
  }
  return found.length === 0 ? [{ service: '', host: '', ip: '', port: '' }] : found
}

/** The body of `/v1/axfr`: all records, those too that DNS cannot express. */
export function transferOf(table: Table, config: DnsConfig, serial: number): object {
  return {
    TTL: config.ttl,
    Serial: serial,
    RefreshSeconds: config.refreshSeconds,
    Mname: primaryName(config),
    Rname: mailboxName(config),
    Domain: config.domain,
    Records: {
      As: lazyMembers(setsOf(table, 'A')),
      AAAAs: lazyMembers(setsOf(table, 'AAAA')),
      SRVs: lazyMembers(setsOf(table, 'SRV')),
    },
  }
}

function* setsOf(table: Table, what: Kind): Generator<[string, string[]]> {
  const { setNode, setKind, setStart, order } = table
  for (let set = 0; set < setNode.length; set++) {
    if (setKind[set] !== kind[what]) continue
    const numbers = order.subarray(setStart[set], setStart[set + 1])
    yield [nameOf(table, setNode[set] ?? 0), Array.from(numbers, (record) => textOf(table, record, what))]
  }
}

/** The body of `/v1/enumerate`: each running task with the records that it was the first to have, as they were made. */
export function enumerationOf(table: Table): object {
  const frameworks: [string, [string, string][]][] = JSON.parse(new TextDecoder().decode(table.tasks))
  const setOfRecord = new Uint32Array(table.first.length)
  table.setNode.forEach((_, set) => {
    for (const record of table.order.subarray(table.setStart[set], table.setStart[set + 1]))
      setOfRecord[record] = set
  })
  let task = 0
  let begin = table.tasksFrom

  function* eachTask(tasks: [string, string][]): Generator<object> {
    for (const [id, name] of tasks) {
      const end = table.taskEnd[task++] ?? begin
      const records = Array.from({ length: end - begin }, (_, i) => described(begin + i))
      begin = end
      yield { name, id, records: records.length === 0 ? null : records }
    }
  }

  function* eachFramework(): Generator<object> {
    for (const [name, tasks] of frameworks) yield { tasks: lazyItems(eachTask(tasks)), name }
  }

  return { frameworks: frameworks.length === 0 ? null : lazyItems(eachFramework()) }

  function described(record: number): object {
    const set = setOfRecord[record] ?? 0
    const rtype = kinds[table.setKind[set] ?? 0] ?? 'A'
    return { name: nameOf(table, table.setNode[set] ?? 0), host: textOf(table, record, rtype), rtype }
  }
}
