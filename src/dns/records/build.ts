import { canonicalAddress, joinHostPort, splitHostPort } from '../../config/address.ts'
import type { DnsConfig } from '../../config/dns.ts'
import { parseStaticRecord } from '../../config/static-record.ts'
import type { AgentEntry, MasterState, Skip, TaskEntry } from '../state/model.ts'
import { type Details, running } from '../state/read.ts'
import { openTable, type TableBuilder } from '../table/build.ts'
import type { Table } from '../table/table.ts'
import { agentTail, fragment, type LabelRules } from './label.ts'
import { openNetworks } from './networks.ts'
import { openTasks, type TaskAgent } from './task.ts'
import { openWeights } from './weights.ts'

/** Names of everything that is not in the state itself. */
export type Surroundings = {
  /** `HOST:PORT` of all masters in the order of their numbers. */
  masters: string[]
  /** Addresses of host names, as found beforehand. */
  hosts: ReadonlyMap<string, string[]>
  /** The resolver's own addresses. */
  ownAddresses: string[]
  /** The resolver's own name, fully qualified. */
  ownName: string
}

export type RecordOptions = Pick<
  DnsConfig,
  | 'domain'
  | 'ipSources'
  | 'enforceRFC952'
  | 'shortenLabels'
  | 'healthAware'
  | 'respectVisibility'
  | 'networks'
  | 'networkLabel'
  | 'priorityLabel'
  | 'weightLabel'
  | 'srvRecordDefaultWeight'
  | 'records'
>

export type Built = { table: Table; skipped: Skip[] }

/** What must be read of a state for these options. */
export function detailsFor({ networks, networkLabel, priorityLabel, weightLabel }: RecordOptions): Details {
  return { labels: networks.length > 0 || networkLabel + priorityLabel + weightLabel !== '' }
}

/** About; for a start. */
const recordsPerTask = 10

type AddressesOf = (host: string, what: string) => string[]

/** Makes all records of a state, in the order of SPEC section 7. */
export function buildRecords(state: MasterState, around: Surroundings, options: RecordOptions): Built {
  const { domain, ipSources } = options
  const rules: LabelRules = options.enforceRFC952 ? 'rfc952' : 'rfc1123'
  const tasks = state.frameworks.reduce((sum, framework) => sum + framework.taskCount, 0)
  const table = openTable(domain, 1000 + tasks * recordsPerTask)
  const { skipped } = state
  const addressesOf: AddressesOf = (host, what) => {
    const literal = canonicalAddress(host)
    const found = literal === undefined ? around.hosts.get(host) : [literal]
    if (!found || found.length === 0) skipped.push({ what, why: `host ${host} has no address` })
    return found ?? []
  }

  for (const { name, host, port } of state.frameworks) {
    const addresses = host === undefined ? [] : addressesOf(host, `framework ${name}`)
    addHost(table, `${fragment(name, rules)}.${domain}.`, '_framework._tcp.', addresses, port)
  }
  const agents = new Map<string, TaskAgent>()
  for (const agent of state.agents) {
    const addresses = agent.host === undefined ? [] : addressesOf(agent.host, `agent ${agent.id}`)
    agents.set(agent.id, { addresses: [...new Set(addresses)], tail: agentTail(agent.id) })
    addAgent(table, agent, addresses, domain)
  }
  addMasters(table, state.leader, around.masters, domain, addressesOf)
  const own = table.name(around.ownName)
  for (const address of around.ownAddresses) table.address(own, address)
  addStatic(table, options)

  const networksOf = openNetworks(options)
  const weightsOf = openWeights(options, skipped)
  for (const { name, tasks } of state.frameworks) {
    table.framework(name)
    const add = openTasks(table, {
      framework: fragment(name, rules),
      domain,
      rules,
      sources: ipSources,
      shorten: options.shortenLabels,
      networksOf,
      weightsOf,
      skipped,
    })
    for (const task of tasks) {
      const agent = isPublished(task, options) ? agents.get(task.agentId) : undefined
      if (agent) add(task, agent)
    }
  }
  // What runs on an agent's own address is not the only one there.
  for (const { addresses } of agents.values()) for (const address of addresses) table.shares(address)
  return { table: table.finish(), skipped }
}

/** Running tasks are (SPEC section 4); by option the ill and the private ones are not. */
function isPublished(task: TaskEntry, { healthAware, respectVisibility }: RecordOptions): boolean {
  if (task.state !== running) return false
  if (healthAware && task.status?.healthy === false) return false
  return !(respectVisibility && task.discovery?.visibility === 'FRAMEWORK')
}

/** What the operator adds; the settings were refused if one of them cannot be read. */
function addStatic(table: TableBuilder, { records, domain }: RecordOptions): void {
  for (const text of records) {
    const record = parseStaticRecord(text, domain)
    if (!record) continue
    const owner = table.name(record.name)
    if (record.type === 'SRV')
      table.service(owner, table.name(record.target), record.port, { weights: record })
    else if (table.address(owner, record.address)) table.owns(owner, record.address)
  }
}

function addHost(
  table: TableBuilder,
  name: string,
  service: string,
  addresses: string[],
  port: number | undefined,
): void {
  if (addresses.length === 0) return
  const owner = table.name(name)
  for (const address of addresses) table.address(owner, address)
  if (port !== undefined) table.service(table.name(`${service}${name}`), owner, port)
}

/** All agents share one name; the service stands above it. */
function addAgent(table: TableBuilder, { port }: AgentEntry, addresses: string[], domain: string): void {
  if (addresses.length === 0) return
  const owner = table.name(`slave.${domain}.`)
  for (const address of addresses) table.address(owner, address)
  if (port !== undefined) table.service(table.name(`_slave._tcp.${domain}.`), owner, port)
}

/** The leader, then `masterN` for each master that has an address of its own (SPEC section 7.2). */
function addMasters(
  table: TableBuilder,
  leaderText: string,
  masters: string[],
  domain: string,
  addressesOf: AddressesOf,
): void {
  const all = table.name(`master.${domain}.`)
  const leader = splitHostPort(leaderText)
  const leaderAddresses = leader ? addressesOf(leader.host, `leader ${leaderText}`) : []
  if (leader && leaderAddresses.length > 0) {
    const owner = table.name(`leader.${domain}.`)
    for (const address of leaderAddresses) {
      table.address(owner, address)
      table.address(all, address)
    }
    for (const protocol of ['tcp', 'udp'])
      table.service(table.name(`_leader._${protocol}.${domain}.`), owner, leader.port)
  }
  let number = 0
  const addNumbered = (addresses: string[]) => {
    const owner = table.name(`master${number++}.${domain}.`)
    for (const address of addresses) {
      table.address(owner, address)
      table.owns(owner, address)
    }
  }
  let leaderSeen = false
  for (const text of masters) {
    const master = splitHostPort(text)
    if (!master) continue
    const addresses = addressesOf(master.host, `master ${text}`)
    if (leader && joinHostPort(master.host, master.port) === leaderText) {
      if (leaderSeen) continue
      leaderSeen = true
    } else if (addresses.filter((address) => table.address(all, address)).length === 0) continue
    addNumbered(addresses)
  }
  if (leader && !leaderSeen && leaderAddresses.length > 0) addNumbered(leaderAddresses)
}
