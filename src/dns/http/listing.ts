import type { DnsConfig } from '../../config/dns.ts'
import { addressOf, eachSet, findName, nameOf, recordsOf, serviceOf, textOf } from '../table/read.ts'
import { type Contents, type Kind, kinds, type Table } from '../table/table.ts'
import { mailboxName, primaryName } from '../zone/soa.ts'
import { lazyItems, lazyMembers } from './layout.ts'

type Host = { host: string; ip: string }
type Service = { service: string; host: string; ip: string; port: string }

/** The body of `/v1/hosts/…` for a name with a dot at its end; without addresses one entry of empty texts. */
export function hostsOf(contents: Contents, name: string): Host[] {
  const found = findName(contents, name.slice(0, -1))
  const hosts = (['A', 'AAAA'] as const).flatMap((what) =>
    found
      ? Array.from(recordsOf(found.table, found.node, what), (record) => ({
          host: name,
          ip: addressOf(found.table, record, what),
        }))
      : [],
  )
  return hosts.length === 0 ? [{ host: '', ip: '' }] : hosts
}

/** The body of `/v1/services/…`: for each value one A and one AAAA address of its target, drawn at random. */
export function servicesOf(contents: Contents, name: string, asked: string, random: () => number): Service[] {
  const owner = findName(contents, name.slice(0, -1))
  const wanted = owner
    ? Array.from(recordsOf(owner.table, owner.node, 'SRV'), (record) => serviceOf(owner.table, record))
    : []
  const services: Service[] = []
  for (const { target: host, port } of wanted) {
    const target = findName(contents, host.slice(0, -1))
    for (const what of ['A', 'AAAA'] as const) {
      const addresses = target ? recordsOf(target.table, target.node, what) : []
      const drawn = addresses[Math.floor(random() * addresses.length)]
      if (target && drawn !== undefined)
        services.push({ service: asked, host, ip: addressOf(target.table, drawn, what), port: String(port) })
    }
  }
  return services.length === 0 ? [{ service: '', host: '', ip: '', port: '' }] : services
}

/** The body of `/v1/axfr`: all records, those too that DNS cannot express. */
export function transferOf(contents: Contents, config: DnsConfig, serial: number): object {
  return {
    TTL: config.ttl,
    Serial: serial,
    RefreshSeconds: config.refreshSeconds,
    Mname: primaryName(config),
    Rname: mailboxName(config),
    Domain: config.domain,
    Records: {
      As: lazyMembers(setsOf(contents, 'A')),
      AAAAs: lazyMembers(setsOf(contents, 'AAAA')),
      SRVs: lazyMembers(setsOf(contents, 'SRV')),
    },
  }
}

function* setsOf(contents: Contents, wanted: Kind): Generator<[string, string[]]> {
  for (const { table, what, node, records } of eachSet(contents)) {
    if (what === wanted)
      yield [nameOf(table, node), Array.from(records, (record) => textOf(table, record, what))]
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
