import type { ServiceName, ServiceStatus } from '../../supervisor/service/spec.ts'

export type Verdict = { kind: 'ready' } | { kind: 'coming'; why: string } | { kind: 'failed'; why: string }

/** So often a program may end by itself before its new way counts as a failure: the first may be somebody else's doing. */
const mostEnds = 3

/**
 * How the programs of a machine do after a change.
 * @param before how often each had been started again when it began
 */
export function judge(services: ServiceStatus[], before: Map<ServiceName, number>): Verdict {
  for (const { name, state, reason, restarts } of services) {
    const ends = restarts - (before.get(name) ?? 0)
    if (state === 'failed' || (state !== 'ready' && ends >= mostEnds))
      return { kind: 'failed', why: `${name} does not run: ${reason ?? state}` }
  }
  const ill = services.find(({ state, byHand }) => state !== 'ready' && !byHand)
  if (!ill) return { kind: 'ready' }
  return { kind: 'coming', why: `${ill.name} is ${ill.state}${ill.reason ? `: ${ill.reason}` : ''}` }
}
