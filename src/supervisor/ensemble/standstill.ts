/** What a server says of itself, asked by `srvr`, while it serves no session. */
export type Word =
  /** Nothing at all: also without a leader it would say so. */
  | { kind: 'silent' }
  /** That it serves nobody now: it looks for a leader, or follows one and lacks data. */
  | { kind: 'waiting' }
  | { kind: 'serving'; mode: string; zxid: string }

/** The same word again and again, and nothing done meanwhile. Times are monotonic milliseconds. */
export type Standstill = { word: Word; elsewhere: boolean; since: number; seen: number }

/** Who did not ask for so long was asleep itself, and knows nothing of that time. */
const asleepMs = 15_000

export function wordOf(answer: string | undefined): Word {
  if (!answer) return { kind: 'silent' }
  const [, mode] = /^Mode: (\w+)/m.exec(answer) ?? []
  const [, zxid = ''] = /^Zxid: (\w+)/m.exec(answer) ?? []
  return mode === undefined ? { kind: 'waiting' } : { kind: 'serving', mode, zxid }
}

/** @param elsewhere another server of the ensemble serves */
export function stand(
  before: Standstill | undefined,
  { word, elsewhere }: Pick<Standstill, 'word' | 'elsewhere'>,
  now: number,
): Standstill {
  const same =
    before !== undefined &&
    now - before.seen < asleepMs &&
    before.elsewhere === elsewhere &&
    JSON.stringify(before.word) === JSON.stringify(word)
  return { word, elsewhere, since: same ? before.since : now, seen: now }
}

/**
 * Why a server hangs that nothing but a restart helps, or undefined. Lack of a quorum is no reason: such a server answers,
 * and leads nobody. One that leads has a quorum that answers it, so where not even it gets anything done, it is to blame; its
 * followers, which get nothing done either, are left alone. They are only where others serve and they do not.
 */
export function hangs({ word, elsewhere, since, seen }: Standstill, patienceMs: number): string | undefined {
  if (seen - since < patienceMs) return undefined
  const length = `for ${Math.round((seen - since) / 1000)} s`
  if (word.kind === 'silent') return `it answered nothing ${length}`
  if (word.kind === 'serving' && (word.mode === 'leader' || word.mode === 'standalone'))
    return `it led and got nothing done ${length}: no session, and no transaction after ${word.zxid}`
  return elsewhere ? `it served no session ${length}, while others did` : undefined
}
