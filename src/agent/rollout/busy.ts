import type { PackageStatus } from '../../supervisor/provider/packages.ts'
import type { ServiceName } from '../../supervisor/service/spec.ts'

/** What is still on its way before a change can be judged, or why that has failed. */
export type Busy = { kind: 'coming' | 'failed'; why: string }

/** @param problem why the plan cannot be applied */
export function busyWith(
  packages: PackageStatus[],
  runs: ServiceName[],
  problem: string | undefined,
): Busy | undefined {
  const ours = packages.filter(({ name }) => runs.some((service) => service === name))
  const failed = ours.find(({ state }) => state === 'failed')
  if (failed) return { kind: 'failed', why: failed.reason ?? `${failed.name} cannot be installed` }
  const coming = ours.find(({ state }) => state === 'installing' || state === 'waiting')
  const why = coming ? `${coming.name} to be installed` : problem
  return why === undefined ? undefined : { kind: 'coming', why }
}
