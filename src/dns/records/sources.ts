import { canonicalAddress } from '../../config/address.ts'
import type { IpSource } from '../../config/dns.ts'
import type { StatusEntry, TaskEntry } from '../state/model.ts'

const labelKeys = {
  docker: 'Docker.NetworkSettings.IPAddress',
  mesos: 'MesosContainerizer.NetworkSettings.IPAddress',
} as const

/** The addresses of a task: all of the first source that has a valid one (SPEC section 6). */
export function taskAddresses(task: TaskEntry, sources: IpSource[], agentAddresses: string[]): string[] {
  const { status } = task
  for (const source of sources) {
    const found = source === 'host' ? agentAddresses : status ? fromStatus(source, status) : []
    const valid = found.map(canonicalAddress).filter((address) => address !== undefined)
    if (valid.length > 0) return valid.length > 1 ? [...new Set(valid)] : valid
  }
  return []
}

function fromStatus(source: Exclude<IpSource, 'host'>, status: StatusEntry): string[] {
  if (source === 'netinfo') return status.networks.flat()
  return status.labels.filter(({ key }) => key === labelKeys[source]).map(({ value }) => value)
}
