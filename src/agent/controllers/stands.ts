import type { ChangeReport } from './open.ts'

const over: ChangeReport['state'][] = ['aborted', 'done']
const stands: ChangeReport['state'][] = [...over, 'halted', 'paused']

/**
 * Whether a change goes on no more by itself. Until it is shown as taken back, or over, one that was taken back may be seen
 * as it stood before; once another change is in its place nothing but its end is told.
 */
export function isStanding({ state, back }: Pick<ChangeReport, 'state' | 'back'>, undone: boolean): boolean {
  const isSeen = !undone || back === true || over.includes(state)
  return isSeen && stands.includes(state)
}
