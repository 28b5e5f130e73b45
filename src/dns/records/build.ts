import { joinHostPort, splitHostPort } from '../../config/address.ts'
import { parseStaticRecord } from '../../config/static-record.ts'
import type { MasterState, Skip } from '../state/model.ts'
import type { Details } from '../state/read.ts'
import { type Books, openTable, type TableBuilder } from '../table/build.ts'
import type { Table } from '../table/table.ts'
import { type AddressesOf, openMakers, type RecordOptions } from './makers.ts'

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

export type Built = { table: Table; books: Books; skipped: Skip[] }

/** What must be read of a state for these options. */
export function detailsFor({ networks, networkLabel, priorityLabel, weightLabel }: RecordOptions): Details {
  return { labels: networks.length > 0 || networkLabel + priorityLabel + weightLabel !== '' }
}

/** About; for a start. */
const recordsPerTask = 10

/** Makes all records of a state, in the order of SPEC section 7. */
export function buildRecords(state: MasterState, around: Surroundings, options: RecordOptions): Built {
  const { domain } = options
  const tasks = state.frameworks.reduce((sum, framework) => sum + framework.tasks.length, 0)
  const table = openTable(domain, 1000 + tasks * recordsPerTask)
  const { skipped } = state
  const make = openMakers(around.hosts, options, skipped)
  for (const framework of state.frameworks) make.framework(table, framework)
  for (const agent of state.agents) make.agent(table, agent)
  addMasters(table, state.leader, around.masters, domain, make.addressesOf)
  const own = table.name(around.ownName)
  for (const address of around.ownAddresses) table.address(own, address)
  addStatic(table, options)
  const agents = new Map(state.agents.map((agent) => [agent.id, make.taskAgent(agent)]))
  for (const { name, tasks } of state.frameworks) {
    table.framework(name)
    const add = make.tasks(table, name)
    for (const task of tasks) {
      const agent = agents.get(task.agentId)
      if (agent) add(task, agent)
    }
  }
  return { table: table.finish(), books: table.books(), skipped }
}

/** What the operator adds; the settings were refused if one of them cannot be read. */
function addStatic(table: TableBuilder, { records, domain }: RecordOptions): void {
  for (const text of records) {
    const record = parseStaticRecord(text, domain)
    if (!record) continue
    const owner = table.name(record.name)
    if (record.type === 'SRV') table.service(owner, table.name(record.target), record.port, record)
    else if (!table.has(owner, record.address)) {
      table.address(owner, record.address)
      table.owns(owner, record.address)
    }
  }
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
    } else {
      const others = addresses.filter((address) => !table.has(all, address))
      if (others.length === 0) continue
      for (const address of others) table.address(all, address)
    }
    addNumbered(addresses)
  }
  if (leader && !leaderSeen && leaderAddresses.length > 0) addNumbered(leaderAddresses)
}
