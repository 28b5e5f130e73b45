import type { RolloutReport } from './status.ts'

/** Whether nothing more happens by itself to the document as it is. */
export function isEnd({ rollout, older, coming, unseen, away }: RolloutReport): boolean {
  if (away) return false
  if (rollout?.state === 'halted') return older !== true || rollout.permit !== undefined
  if (rollout?.permit || rollout?.state === 'running' || unseen.length > 0) return false
  // After one that was aborted a newer document is begun and ended, whether anybody waits for it or not.
  if (rollout?.state === 'aborted' && rollout.change.kind === 'document') return older !== true
  return coming.length === 0
}

/** For those who have waited for it long enough. */
export function wayOn({ rollout }: RolloutReport): string {
  return rollout?.paused && !rollout.permit
    ? 'it is paused: `meshbox rollout resume` goes on with it'
    : 'it goes on by itself; `meshbox rollout status` shows what it waits for'
}
