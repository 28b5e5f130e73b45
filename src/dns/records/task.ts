import type { IpSource } from '../../config/dns.ts'
import type { DiscoveryPort, Skip, TaskEntry } from '../state/model.ts'
import type { TableBuilder } from '../table/build.ts'
import { agentTail, hash, type LabelRules, sanitise } from './label.ts'
import { portNumbers } from './ports.ts'
import { taskAddresses } from './sources.ts'

type Of = {
  /** The framework's name as labels; may be empty. */
  framework: string
  domain: string
  rules: LabelRules
  sources: IpSource[]
  skipped: Skip[]
}

/** Nodes of the names that all tasks of one name share; those of services are made when first needed. */
type Shared = {
  inFramework: number
  onAgent: number
  /** `_T._tcp` and `_T._udp` below the agents' name, and below the framework's. */
  servicesOnAgent?: [number, number]
  servicesInFramework?: [number, number]
  /** Of DiscoveryInfo ports. */
  named: Map<string, number>
}

/** Adds the running tasks of one framework (SPEC sections 7.4 and 7.5); `agentAddresses` are those of the task's agent. */
export function openTasks(
  table: TableBuilder,
  { framework, domain, rules, sources, skipped }: Of,
): (task: TaskEntry, agentAddresses: string[]) => void {
  const inFramework = `${framework}.${domain}.`
  const onAgent = `${framework}.slave.${domain}.`
  const shared = new Map<string, Shared>()
  const labels = new Map<string, string>()

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
      inFramework: table.name(`${name}.${inFramework}`),
      onAgent: table.name(`${name}.${onAgent}`),
      named: new Map(),
    }
    shared.set(name, made)
    return made
  }

  function bothServices(name: string, below: string): [number, number] {
    return [table.name(`_${name}._tcp.${below}`), table.name(`_${name}._udp.${below}`)]
  }

  function serviceName({ named }: Shared, service: string): number {
    const known = named.get(service)
    if (known !== undefined) return known
    const made = table.name(`${service}.${inFramework}`)
    named.set(service, made)
    return made
  }

  function addPorts(names: Shared, name: string, target: number, discoveryPorts: DiscoveryPort[]): void {
    for (const port of discoveryPorts) {
      const protocol = label(port.protocol)
      const portName = label(port.name)
      const services = (protocol === '' ? ['tcp', 'udp'] : [protocol]).map((proto) => `_${name}._${proto}`)
      for (const service of services) table.service(serviceName(names, service), target, port.number)
      if (portName === '') continue
      for (const service of services)
        table.service(serviceName(names, `_${portName}.${service}`), target, port.number)
    }
  }

  return (task, agentAddresses) => {
    table.task(task.id, task.name)
    const { numbers, odd } = portNumbers(task.ports)
    if (odd) skipped.push({ what: `task ${task.id}, ports`, why: `they are "${task.ports.slice(0, 80)}"` })
    const ownName = task.discovery?.name ?? ''
    const sanitised = label(ownName === '' ? task.name : ownName)
    const addresses = taskAddresses(task, sources, agentAddresses)
    const tail = `${hash(task.id)}-${agentTail(task.agentId)}`

    for (const name of ownName === '' || ownName === sanitised ? [sanitised] : [ownName, sanitised]) {
      const names = sharedOf(name)
      const canonical = table.name(`${name}-${tail}.${inFramework}`)
      const canonicalOnAgent = table.name(`${name}-${tail}.${onAgent}`)
      for (const address of addresses) {
        table.address(names.inFramework, address)
        table.address(canonical, address)
        if (name === sanitised) table.owns(canonical, address)
      }
      for (const address of agentAddresses) {
        table.address(names.onAgent, address)
        table.address(canonicalOnAgent, address)
      }
      if (numbers.length > 0) {
        names.servicesOnAgent ??= bothServices(name, onAgent)
        if (ownName === '') names.servicesInFramework ??= bothServices(name, inFramework)
      }
      for (const number of numbers) {
        for (const service of names.servicesOnAgent ?? []) table.service(service, canonicalOnAgent, number)
        if (ownName !== '') continue
        for (const service of names.servicesInFramework ?? [])
          table.service(service, canonicalOnAgent, number)
      }
      if (ownName !== '') addPorts(names, name, canonical, task.discovery?.ports ?? [])
    }
  }
}
