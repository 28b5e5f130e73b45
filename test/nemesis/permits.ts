import { lostDisk } from '../../src/agent/rollout/moves.ts'
import type { Rollout } from '../../src/agent/rollout/rollout.ts'
import type { ZnodeWrite } from './transactions.ts'

/** One write of the rollout, and whose session made it. */
export type Permission = {
  version: number
  session: string
  /** What it is a change to. */
  change: string
  kind: Rollout['change']['kind']
  state: Rollout['state']
  step: number
  permit?: Rollout['permit']
  /** The last word that was given under this change. */
  word?: Rollout['past'][number]
  /** How many there were. */
  words: number
}

export function permissionOf({ version, session, data }: ZnodeWrite): Permission {
  const { change, state, step, permit, past }: Rollout = JSON.parse(data)
  const word = past.at(-1)
  return {
    ...{ version, session, kind: change.kind, state, step, words: past.length },
    change: change.kind === 'document' ? `version ${change.version}` : `${change.text} (${change.id})`,
    ...(permit ? { permit } : {}),
    ...(word ? { word } : {}),
  }
}

/** What others may say for a machine: an operator, and whoever came in its place. */
const isByOthers = ({ kind, reason }: NonNullable<Permission['word']>) =>
  kind === 'skipped' || reason === lostDisk

/**
 * One permit is open at a time, for the same machines as long as it is. The next one comes when each of them has given its
 * word; and nobody but the machine itself begins, or gives its word.
 * @param owners which machine each session was
 */
export function judgePermits(permissions: Permission[], owners: Record<string, string>): string[] {
  return permissions.flatMap((now, at) => {
    const before = permissions[at - 1]
    if (!before) return []
    const faults: string[] = []
    const told = (text: string) => faults.push(`version ${now.version} of the rollout: ${text}`)
    if (now.version !== before.version + 1) told(`comes after version ${before.version}`)
    if (now.permit && now.permit.step !== now.step) told(`permit ${now.permit.step} is not step ${now.step}`)
    const open = before.permit
    const word = isSpoken(before, now) ? now.word : undefined
    if (now.step !== before.step) {
      if (open) told(`permit ${now.step} was given while ${before.step} was open`)
      if (now.step !== before.step + 1 || !now.permit) told(`step ${now.step} comes after ${before.step}`)
    } else if (open) {
      const silent = open.machines.filter(({ id }) => !open.words[id] && word?.id !== id)
      if (now.permit && idsOf(now.permit) !== idsOf(open))
        told(`permit ${now.step} is for others than before`)
      if (!now.permit && silent.length > 0)
        told(`permit ${now.step} ended without the word of ${silent.map(({ name }) => name)}`)
    } else if (now.permit) told(`permit ${now.step} was opened again`)
    const owner = owners[now.session]
    if (word) {
      if (!open?.machines.some(({ id }) => id === word.id) || word.step !== before.step)
        told(`${word.name} spoke under permit ${before.step}, which was not its own`)
      if (owner && owner !== word.id && !isByOthers(word))
        told(`the word of ${word.name} was given by ${owner}`)
    }
    for (const id of now.permit?.begun ?? []) {
      if (open?.begun.includes(id)) continue
      if (!now.permit?.machines.some((each) => each.id === id)) told(`${id} began without a permit`)
      if (owner && owner !== id) told(`${owner} began for ${id}`)
    }
    return faults
  })
}

/** The last hundreds of words are kept: one more may be as many as before. */
function isSpoken(before: Permission, now: Permission): boolean {
  const { word } = now
  if (!word) return false
  const isSame = word.step === before.word?.step && word.id === before.word.id
  return before.change !== now.change || now.words > before.words || !isSame
}

const idsOf = ({ machines }: NonNullable<Permission['permit']>) =>
  machines
    .map(({ id }) => id)
    .sort()
    .join()

/** What became of each change. */
export function endsOf(
  permissions: Permission[],
): { kind: Permission['kind']; change: string; state: string }[] {
  const last = new Map(permissions.map((each) => [each.change, each]))
  return [...last.values()].map(({ kind, change, state }) => ({ kind, change, state }))
}

/** How often each word was given. */
export function wordsOf(permissions: Permission[]): string {
  const said = permissions.flatMap((now, at) => {
    const before = permissions[at - 1]
    return before && now.word && isSpoken(before, now) ? [now.word.kind] : []
  })
  return (
    [...Map.groupBy(said, (kind) => kind)].map(([kind, all]) => `${all.length} ${kind}`).join(', ') || 'none'
  )
}
