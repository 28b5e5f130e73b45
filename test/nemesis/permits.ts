import type { RolloutReport } from '../../src/agent/rollout/status.ts'

/** What was seen of permits, on any machine at any time: by step, for whom each was, and who has said what under it. */
export type Permits = {
  granted: Map<number, Set<string>>
  /** Step → machine → its words. */
  words: Map<number, Map<string, Set<string>>>
  faults: string[]
}

export function noPermits(): Permits {
  return { granted: new Map(), words: new Map(), faults: [] }
}

/** Adds what one machine has shown. */
export function seePermits({ granted, words, faults }: Permits, { rollout }: RolloutReport): void {
  const permit = rollout?.permit
  if (permit) {
    const names = permit.machines.map(({ name }) => name)
    const before = granted.get(permit.step)
    if (before && names.join() !== [...before].join())
      faults.push(`permit ${permit.step} was for ${[...before]}, and then for ${names}`)
    granted.set(permit.step, new Set(names))
  }
  for (const { step, name, kind } of rollout?.past ?? []) {
    const spoken = words.get(step) ?? new Map<string, Set<string>>()
    spoken.set(name, (spoken.get(name) ?? new Set()).add(kind))
    words.set(step, spoken)
  }
}

/** How often each word was given. */
export function wordsOf({ words }: Permits): string {
  const said = [...words.values()].flatMap((spoken) => [...spoken.values()].flatMap((kinds) => [...kinds]))
  return (
    [...Map.groupBy(said, (kind) => kind)].map(([kind, all]) => `${all.length} ${kind}`).join(', ') || 'none'
  )
}
