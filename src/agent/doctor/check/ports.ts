import { portFaults } from '../../preflight/ports.ts'
import { wantedPorts } from '../../preflight/wanted.ts'
import { type Finding, failed, ok } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** Whether each port that is wanted here is free, or held by what should hold it. */
export async function checkWantedPorts({
  agent,
  config,
  joined,
  machine,
  place,
  programs,
}: Subject): Promise<Finding[]> {
  const ours = new Set([agent?.status.machines[0]?.pid, ...programs])
  const wanted = wantedPorts(config, { mode: joined?.mode ?? 'joined' }, place, machine.addresses)
  const faults = (await portFaults(wanted)).filter(({ holder }) => !(holder && ours.has(holder)))
  if (faults.length === 0) return [ok(`all ${wanted.length} ports that are wanted here can be had`)]
  return faults.map(({ message, hint = 'ss -lntup' }) => failed(message, hint))
}
