import type { Skip, TaskEntry } from '../state/model.ts'
import { isIPv6 } from './address.ts'
import type { NewRecord, RecordOptions } from './build.ts'
import { agentTail, hash, type LabelRules, sanitise } from './label.ts'
import { portNumbers } from './ports.ts'
import { addRecord, type RecordSets, type RecordType } from './sets.ts'
import { taskAddresses } from './sources.ts'

type Of = {
  task: TaskEntry
  /** The framework's name as labels; may be empty. */
  framework: string
  agentAddresses: string[]
  rules: LabelRules
  options: RecordOptions
  skipped: Skip[]
  see: ((record: NewRecord) => void) | undefined
}

/** All records of one running task (SPEC sections 7.4 and 7.5). */
export function addTask(sets: RecordSets, of: Of): void {
  const { task, rules, options, agentAddresses, skipped, see } = of
  const add = (rtype: RecordType, name: string, host: string) => {
    if (addRecord(sets, rtype, name, host)) see?.({ name, host, rtype })
  }
  const { numbers, odd } = portNumbers(task.ports)
  if (odd) skipped.push({ what: `task ${task.id}, ports`, why: `they are "${task.ports.slice(0, 80)}"` })
  const ownName = task.discovery?.name ?? ''
  const names = ownName === '' ? [sanitise(task.name, rules)] : new Set([ownName, sanitise(ownName, rules)])
  const addresses = taskAddresses(task, options.ipSources, agentAddresses)
  const tail = `${hash(task.id)}-${agentTail(task.agentId)}`
  const inFramework = `${of.framework}.${options.domain}.`
  const onAgent = `${of.framework}.slave.${options.domain}.`

  for (const name of names) {
    const canonical = `${name}-${tail}`
    for (const address of addresses) {
      const type = isIPv6(address) ? 'AAAA' : 'A'
      add(type, `${name}.${inFramework}`, address)
      add(type, `${canonical}.${inFramework}`, address)
    }
    for (const address of agentAddresses) {
      const type = isIPv6(address) ? 'AAAA' : 'A'
      add(type, `${name}.${onAgent}`, address)
      add(type, `${canonical}.${onAgent}`, address)
    }
    for (const number of numbers) {
      const target = `${canonical}.${onAgent}:${number}`
      add('SRV', `_${name}._tcp.${onAgent}`, target)
      add('SRV', `_${name}._udp.${onAgent}`, target)
      if (ownName !== '') continue
      add('SRV', `_${name}._tcp.${inFramework}`, target)
      add('SRV', `_${name}._udp.${inFramework}`, target)
    }
    if (ownName === '') continue
    for (const port of task.discovery?.ports ?? []) {
      const target = `${canonical}.${inFramework}:${port.number}`
      const protocol = sanitise(port.protocol, rules)
      const portName = sanitise(port.name, rules)
      const services = (protocol === '' ? ['tcp', 'udp'] : [protocol]).map(
        (proto) => `_${name}._${proto}.${inFramework}`,
      )
      for (const service of services) add('SRV', service, target)
      if (portName !== '') for (const service of services) add('SRV', `_${portName}.${service}`, target)
    }
  }
}
