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

/** Nodes of the names that all tasks of one name share. */
type Shared = {
  inFramework: number
  onAgent: number
  /** `_T._tcp` and `_T._udp` below the agents' and the framework's names; made when first needed. */
  services: Map<string, number>
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
    const made = {
      inFramework: table.name(`${name}.${inFramework}`),
      onAgent: table.name(`${name}.${onAgent}`),
      services: new Map(),
    }
    shared.set(name, made)
    return made
  }

  function serviceName({ services }: Shared, labels: string, below: string): number {
    const text = `${labels}.${below}`
    const known = services.get(text)
    if (known !== undefined) return known
    const made = table.name(text)
    services.set(text, made)
    return made
  }

  function addPorts(names: Shared, name: string, target: number, discoveryPorts: DiscoveryPort[]): void {
    for (const port of discoveryPorts) {
      const protocol = label(port.protocol)
      const portName = label(port.name)
      const services = (protocol === '' ? ['tcp', 'udp'] : [protocol]).map((proto) => `_${name}._${proto}`)
      for (const service of services)
        table.service(serviceName(names, service, inFramework), target, port.number)
      if (portName === '') continue
      for (const service of services)
        table.service(serviceName(names, `_${portName}.${service}`, inFramework), target, port.number)
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
      }
      for (const address of agentAddresses) {
        table.address(names.onAgent, address)
        table.address(canonicalOnAgent, address)
      }
      for (const number of numbers) {
        for (const below of ownName === '' ? [onAgent, inFramework] : [onAgent]) {
          table.service(serviceName(names, `_${name}._tcp`, below), canonicalOnAgent, number)
          table.service(serviceName(names, `_${name}._udp`, below), canonicalOnAgent, number)
        }
      }
      if (ownName !== '') addPorts(names, name, canonical, task.discovery?.ports ?? [])
    }
  }
}
