import { resume, speak } from './moves.ts'
import { type Facts, next } from './next.ts'
import type { Rollout } from './rollout.ts'

/** Of a cluster of ten thousand nobody reads more. */
const mostSteps = 200

/** In which order the machines that wait will change, if each of them does so without fail. */
export function forecast(rollout: Rollout | undefined, facts: Facts): string[][] {
  const machines = facts.machines.map((machine) => ({ ...machine, leads: [...machine.leads] }))
  const calm = { ...facts, machines, lacks: [], waitedMs: 0 }
  const coming: string[][] = []
  let now = rollout
  for (let writes = 0; writes < 3 * mostSteps; writes++) {
    const free = now && resume(now)
    if (free?.permit) {
      const { step, machines: holders } = free.permit
      const ids = new Set(holders.map(({ id }) => id))
      if (step !== rollout?.permit?.step) coming.push(holders.map(({ name }) => name))
      for (const machine of machines) if (ids.has(machine.id)) machine.waits = []
      now = holders.reduce<Rollout>((one, { id }) => speak(one, step, id, { kind: 'done' }) ?? one, free)
      continue
    }
    const decided = next(free, calm)
    if (decided.kind !== 'write' || coming.length >= mostSteps) return coming
    now = decided.rollout
  }
  return coming
}
