import { type DnsConfig, isNetwork, networkCheck } from '../../config/dns.ts'
import type { NetworkEntry, TaskEntry } from '../state/model.ts'

/** Whether an address counts that a task has on a network; on no network that is known, when it is undefined. */
export type NetworkChoice = (address: string, network: NetworkEntry | undefined) => boolean

/** The choices for a task, the best first; undefined when each of its addresses counts. */
export type NetworksOf = (task: TaskEntry) => NetworkChoice[] | undefined

/** By the task's own label, else as it is for all. */
export function openNetworks({
  networks,
  networkLabel,
}: Pick<DnsConfig, 'networks' | 'networkLabel'>): NetworksOf {
  const forAll = networks.length > 0 ? networks.map(choiceOf) : undefined
  if (networkLabel === '') return () => forAll
  const known = new Map<string, NetworkChoice[]>()
  return ({ labels = [] }) => {
    const wanted = labels.find(({ key }) => key === networkLabel)?.value
    if (wanted === undefined) return forAll
    const choices = known.get(wanted) ?? entries(wanted).map(choiceOf)
    known.set(wanted, choices)
    return choices.length > 0 ? choices : forAll
  }
}

function entries(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

/** An entry is a range of addresses, a label of the network as `key=value`, or its name. */
function choiceOf(entry: string): NetworkChoice {
  if (isNetwork(entry)) return networkCheck([entry])
  const equals = entry.indexOf('=')
  if (equals < 0) return (_, network) => network?.name === entry
  const [wantedKey, wantedValue] = [entry.slice(0, equals), entry.slice(equals + 1)]
  return (_, network) =>
    network?.labels?.some(({ key, value }) => key === wantedKey && value === wantedValue) ?? false
}
