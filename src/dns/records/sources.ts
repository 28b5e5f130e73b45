import { canonicalAddress } from '../../config/address.ts'
import type { IpSource } from '../../config/option/dns/names.ts'
import type { NetworkEntry, StatusEntry, TaskEntry } from '../state/model.ts'
import type { NetworkChoice } from './networks.ts'

const labelKeys = {
  docker: 'Docker.NetworkSettings.IPAddress',
  mesos: 'MesosContainerizer.NetworkSettings.IPAddress',
} as const

/**
 * The addresses of a task: all of the first source that has a valid one (SPEC section 6). With `choices` only those
 * count that the first possible one of them takes; the agent's own addresses always do.
 */
export function taskAddresses(
  task: TaskEntry,
  sources: IpSource[],
  agentAddresses: string[],
  choices?: NetworkChoice[],
): string[] {
  const { status } = task
  for (const source of sources) {
    if (source === 'host') {
      if (agentAddresses.length > 0) return agentAddresses
    } else if (status) {
      const found = choices ? chosenOf(source, status, choices) : validIn(source, status)
      if (found.length > 0) return found
    }
  }
  return []
}

function validIn(source: Exclude<IpSource, 'host'>, status: StatusEntry): string[] {
  const valid: string[] = []
  for (const text of fromStatus(source, status)) {
    const address = canonicalAddress(text)
    if (address !== undefined) valid.push(address)
  }
  return valid.length > 1 ? [...new Set(valid)] : valid
}

function fromStatus(source: Exclude<IpSource, 'host'>, status: StatusEntry): string[] {
  const { networks } = status
  if (source === 'netinfo')
    return networks.length === 1
      ? (networks[0]?.addresses ?? [])
      : networks.flatMap(({ addresses }) => addresses)
  return status.labels.filter(({ key }) => key === labelKeys[source]).map(({ value }) => value)
}

function chosenOf(
  source: Exclude<IpSource, 'host'>,
  status: StatusEntry,
  choices: NetworkChoice[],
): string[] {
  const networks: (NetworkEntry | undefined)[] = source === 'netinfo' ? status.networks : [undefined]
  const found = networks.flatMap((network) =>
    (network?.addresses ?? fromStatus(source, status)).flatMap((text) => {
      const address = canonicalAddress(text)
      return address === undefined ? [] : [{ address, network }]
    }),
  )
  for (const choice of choices) {
    const taken = found.filter(({ address, network }) => choice(address, network))
    if (taken.length > 0) return [...new Set(taken.map(({ address }) => address))]
  }
  return []
}
