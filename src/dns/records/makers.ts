import { canonicalAddress } from '../../config/address.ts'
import type { DnsConfig } from '../../config/dns.ts'
import type { AgentEntry, FrameworkEntry, Skip, TaskEntry } from '../state/model.ts'
import { running } from '../state/read.ts'
import type { RecordSink } from '../table/sink.ts'
import { agentTail, fragment, type LabelRules } from './label.ts'
import { openNetworks } from './networks.ts'
import { openTasks, type TaskAgent } from './task.ts'
import { openWeights } from './weights.ts'

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

/** Addresses of a host; none are noted under `what`. */
export type AddressesOf = (host: string, what: string) => string[]

/** Makes the records of each part of a cluster, into whatever takes them: the same ones whenever it is asked. */
export type Makers = {
  addressesOf: AddressesOf
  framework(sink: RecordSink, framework: Omit<FrameworkEntry, 'tasks'>): void
  agent(sink: RecordSink, agent: AgentEntry): void
  taskAgent(agent: AgentEntry): TaskAgent
  /** For tasks of one framework; those that are not to be published make none. */
  tasks(sink: RecordSink, framework: string): (task: TaskEntry, agent: TaskAgent) => void
}

/**
 * @param hosts addresses of host names, as found beforehand
 * @param skipped what could not be used is noted there
 */
export function openMakers(
  hosts: ReadonlyMap<string, string[]>,
  options: RecordOptions,
  skipped: Skip[],
): Makers {
  const { domain, ipSources } = options
  const rules: LabelRules = options.enforceRFC952 ? 'rfc952' : 'rfc1123'
  const networksOf = openNetworks(options)
  const weightsOf = openWeights(options, skipped)
  const find = (host: string) => {
    const literal = canonicalAddress(host)
    return literal === undefined ? hosts.get(host) : [literal]
  }

  function addressesOf(host: string, what: string): string[] {
    const found = find(host)
    if (!found || found.length === 0) skipped.push({ what, why: `host ${host} has no address` })
    return found ?? []
  }

  return {
    addressesOf,
    framework(sink, { name, host, port }) {
      const addresses = host === undefined ? [] : addressesOf(host, `framework ${name}`)
      const owner = `${fragment(name, rules)}.${domain}.`
      addHost(sink, owner, `_framework._tcp.${owner}`, addresses, port)
    },
    // All agents share one name. What runs on an agent's own address is not the only one there.
    agent(sink, { id, host, port }) {
      const addresses = host === undefined ? [] : addressesOf(host, `agent ${id}`)
      addHost(sink, `slave.${domain}.`, `_slave._tcp.${domain}.`, addresses, port)
      for (const address of new Set(addresses)) sink.shares(address)
    },
    taskAgent({ id, host }) {
      const addresses = host === undefined ? [] : (find(host) ?? [])
      return { addresses: [...new Set(addresses)], tail: agentTail(id) }
    },
    tasks(sink, name) {
      const add = openTasks(sink, {
        framework: fragment(name, rules),
        domain,
        rules,
        sources: ipSources,
        shorten: options.shortenLabels,
        networksOf,
        weightsOf,
        skipped,
      })
      return (task, agent) => {
        if (isPublished(task, options)) add(task, agent)
      }
    },
  }
}

/** Running tasks are (SPEC section 4); by option the ill and the private ones are not. */
function isPublished(task: TaskEntry, { healthAware, respectVisibility }: RecordOptions): boolean {
  if (task.state !== running) return false
  if (healthAware && task.status?.healthy === false) return false
  return !(respectVisibility && task.discovery?.visibility === 'FRAMEWORK')
}

function addHost(
  sink: RecordSink,
  name: string,
  service: string,
  addresses: string[],
  port: number | undefined,
): void {
  if (addresses.length === 0) return
  const owner = sink.name(name)
  for (const address of addresses) sink.address(owner, address)
  if (port !== undefined) sink.service(sink.name(service), owner, port)
}
