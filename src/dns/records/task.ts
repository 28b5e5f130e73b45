import type { IpSource } from '../../config/option/dns/names.ts'
import type { DiscoveryPort, Skip, TaskEntry } from '../state/model.ts'
import type { RecordSink } from '../table/sink.ts'
import { fitLabel, hash, type LabelRules, sanitise } from './label.ts'
import type { NetworksOf } from './networks.ts'
import { portNumbers } from './ports.ts'
import { taskAddresses } from './sources.ts'
import type { WeightsOf } from './weights.ts'

type Of = {
  /** The framework's name as labels; may be empty. */
  framework: string
  domain: string
  rules: LabelRules
  sources: IpSource[]
  /** Labels that would be too long are cut. */
  shorten: boolean
  networksOf: NetworksOf
  weightsOf: WeightsOf
  skipped: Skip[]
}

/** The agent of a task: its addresses, none twice, and the tail of its id. */
export type TaskAgent = { addresses: string[]; tail: string }

/** Nodes of the names that all tasks of one name share; those of services are made when first needed. */
type Shared = {
  inFramework: number
  onAgent: number
  /** `_T._tcp` and `_T._udp` below the agents' name, and below the framework's. */
  servicesOnAgent?: [number, number]
  servicesInFramework?: [number, number]
  /** Of DiscoveryInfo ports: protocol → port name → nodes. */
  named: Map<string, Map<string, number[]>>
}

/** Adds the running tasks of one framework (SPEC sections 7.4 and 7.5). */
export function openTasks(
  table: RecordSink,
  { framework, domain, rules, sources, shorten, networksOf, weightsOf, skipped }: Of,
): (task: TaskEntry, agent: TaskAgent) => void {
  const inFramework = `${framework}.${domain}.`
  const onAgent = `${framework}.slave.${domain}.`
  const shared = new Map<string, Shared>()
  const labels = new Map<string, string>()

  /** What all names of the framework's tasks stand below. */
  let above: { inFramework: number; onAgent: number } | undefined
  const both = () => {
    above ??= { inFramework: table.name(inFramework), onAgent: table.name(onAgent) }
    return above
  }

  const fit = shorten ? fitLabel : (name: string) => name

  function label(text: string): string {
    const known = labels.get(text)
    if (known !== undefined) return known
    const made = sanitise(text, rules)
    labels.set(text, made)
    return made
  }

  function sharedOf(name: string): Shared {
    const known = shared.get(name)
    if (known) return known
    const made: Shared = {
      inFramework: table.below(name, both().inFramework, inFramework),
      onAgent: table.below(name, both().onAgent, onAgent),
      named: new Map(),
    }
    shared.set(name, made)
    return made
  }

  function bothServices(name: string, below: string): [number, number] {
    return [table.name(`_${fit(name, 1)}._tcp.${below}`), table.name(`_${fit(name, 1)}._udp.${below}`)]
  }

  /** The services of a DiscoveryInfo port: those of the task's name, then those of the port's own. */
  function discoveryServices(
    { named }: Shared,
    name: string,
    { protocol, name: portName }: DiscoveryPort,
  ): number[] {
    let byPort = named.get(protocol)
    if (!byPort) {
      byPort = new Map()
      named.set(protocol, byPort)
    }
    const known = byPort.get(portName)
    if (known) return known
    const protocols = label(protocol) === '' ? ['tcp', 'udp'] : [label(protocol)]
    const services = protocols.map((proto) => `_${fit(name, 1)}._${proto}.${inFramework}`)
    const own = label(portName) === '' ? [] : services.map((service) => `_${label(portName)}.${service}`)
    const made = [...services, ...own].map((service) => table.name(service))
    byPort.set(portName, made)
    return made
  }

  return (task, agent) => {
    table.task(task.id, task.name)
    const { numbers, odd } = portNumbers(task.ports)
    if (odd) skipped.push({ what: `task ${task.id}, ports`, why: `they are "${task.ports.slice(0, 80)}"` })
    const ownName = task.discovery?.name ?? ''
    const sanitised = label(ownName === '' ? task.name : ownName)
    const addresses = taskAddresses(task, sources, agent.addresses, networksOf(task))
    const tail = `${hash(task.id)}-${agent.tail}`
    const weights = weightsOf(task)

    for (const name of ownName === '' || ownName === sanitised ? [sanitised] : [ownName, sanitised]) {
      const names = sharedOf(name)
      const canonicalLabel = `${fit(name, tail.length + 1)}-${tail}`
      const canonical = table.below(canonicalLabel, both().inFramework, inFramework)
      const canonicalOnAgent = table.below(canonicalLabel, both().onAgent, onAgent)
      for (const address of addresses) {
        table.address(names.inFramework, address)
        table.address(canonical, address)
        if (name === sanitised && !agent.addresses.includes(address)) table.owns(canonical, address)
      }
      for (const address of agent.addresses) {
        table.address(names.onAgent, address)
        table.address(canonicalOnAgent, address)
      }
      if (numbers.length > 0) {
        names.servicesOnAgent ??= bothServices(name, onAgent)
        if (ownName === '') names.servicesInFramework ??= bothServices(name, inFramework)
      }
      for (const number of numbers) {
        for (const service of names.servicesOnAgent ?? [])
          table.service(service, canonicalOnAgent, number, weights)
        if (ownName !== '') continue
        for (const service of names.servicesInFramework ?? [])
          table.service(service, canonicalOnAgent, number, weights)
      }
      if (ownName === '') continue
      for (const port of task.discovery?.ports ?? []) {
        for (const service of discoveryServices(names, name, port))
          table.service(service, canonical, port.number, weights)
      }
    }
  }
}
