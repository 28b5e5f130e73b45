import type { DnsConfig } from '../../config/dns.ts'
import type { AgentEntry, MasterState, Skip } from '../state/model.ts'
import { canonicalAddress, joinHostPort, splitHostPort } from './address.ts'
import { fragment, type LabelRules } from './label.ts'
import { addAddress, addRecord, emptySets, type RecordSets } from './sets.ts'
import { addTask } from './task.ts'

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

export type RecordOptions = Pick<DnsConfig, 'domain' | 'ipSources' | 'enforceRFC952'>

export type Built = { sets: RecordSets; skipped: Skip[] }

/** Sees each record of a task that is new, in the order in which they are made. */
export type SeeTask = (framework: number, task: { id: string; name: string }) => (record: NewRecord) => void
export type NewRecord = { name: string; host: string; rtype: 'A' | 'AAAA' | 'SRV' }

/** Makes all records of a state, in the order of SPEC section 7. */
export function buildRecords(
  state: MasterState,
  around: Surroundings,
  options: RecordOptions,
  see?: SeeTask,
): Built {
  const sets = emptySets()
  const skipped = [...state.skipped]
  const rules: LabelRules = options.enforceRFC952 ? 'rfc952' : 'rfc1123'
  const { domain } = options
  const addressesOf = (host: string, what: string): string[] => {
    const literal = canonicalAddress(host)
    const found = literal === undefined ? around.hosts.get(host) : [literal]
    if (!found || found.length === 0) skipped.push({ what, why: `host ${host} has no address` })
    return found ?? []
  }

  for (const { name, host, port } of state.frameworks) {
    const addresses = host === undefined ? [] : addressesOf(host, `framework ${name}`)
    const own = `${fragment(name, rules)}.${domain}.`
    for (const address of addresses) addAddress(sets, own, address)
    if (port !== undefined && addresses.length > 0)
      addRecord(sets, 'SRV', `_framework._tcp.${own}`, `${own}:${port}`)
  }

  const agents = new Map<string, string[]>()
  for (const agent of state.agents) {
    const addresses = agent.host === undefined ? [] : addressesOf(agent.host, `agent ${agent.id}`)
    agents.set(agent.id, addresses)
    addAgent(sets, agent, addresses, domain)
  }

  addMasters(sets, state.leader, around.masters, domain, addressesOf)
  for (const address of around.ownAddresses) addAddress(sets, around.ownName, address)

  state.frameworks.forEach(({ name, tasks }, number) => {
    const framework = fragment(name, rules)
    for (const task of tasks) {
      const addresses = task.state === 'TASK_RUNNING' ? agents.get(task.agentId) : undefined
      if (addresses)
        addTask(sets, {
          task,
          framework,
          agentAddresses: addresses,
          rules,
          options,
          skipped,
          see: see?.(number, task),
        })
    }
  })
  return { sets, skipped }
}

function addAgent(sets: RecordSets, { port }: AgentEntry, addresses: string[], domain: string): void {
  for (const address of addresses) addAddress(sets, `slave.${domain}.`, address)
  if (port !== undefined && addresses.length > 0)
    addRecord(sets, 'SRV', `_slave._tcp.${domain}.`, `slave.${domain}.:${port}`)
}

/** The leader, then `masterN` for each master that has an address of its own (SPEC section 7.2). */
function addMasters(
  sets: RecordSets,
  leaderText: string,
  masters: string[],
  domain: string,
  addressesOf: (host: string, what: string) => string[],
): void {
  const leader = splitHostPort(leaderText)
  const leaderAddresses = leader ? addressesOf(leader.host, `leader ${leaderText}`) : []
  if (leader && leaderAddresses.length > 0) {
    for (const address of leaderAddresses) {
      addAddress(sets, `leader.${domain}.`, address)
      addAddress(sets, `master.${domain}.`, address)
    }
    for (const protocol of ['tcp', 'udp'])
      addRecord(sets, 'SRV', `_leader._${protocol}.${domain}.`, `leader.${domain}.:${leader.port}`)
  }
  let number = 0
  let leaderSeen = false
  for (const text of masters) {
    const master = splitHostPort(text)
    if (!master) continue
    const addresses = addressesOf(master.host, `master ${text}`)
    if (leader && joinHostPort(master.host, master.port) === leaderText) {
      if (leaderSeen) continue
      leaderSeen = true
    } else if (addresses.filter((address) => addAddress(sets, `master.${domain}.`, address)).length === 0)
      continue
    for (const address of addresses) addAddress(sets, `master${number}.${domain}.`, address)
    number++
  }
  if (leader && !leaderSeen)
    for (const address of leaderAddresses) addAddress(sets, `master${number}.${domain}.`, address)
}
