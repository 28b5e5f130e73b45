import type { RolloutReport } from './status.ts'

/**
 * Whether nothing more happens by itself to the document as it is.
 * @param wanted the version that all machines have to have seen, or a later one
 */
export function isEnd(
  { rollout, document, older, coming, unseen, seen, absent = [], away, problem }: RolloutReport,
  wanted = 0,
): boolean {
  if (away || problem !== undefined) return false
  // Who is in touch gives the permit back, and the newer document begins.
  if (rollout?.state === 'halted') return older !== true || absent.length > 0
  if (rollout?.permit) return rollout.why !== undefined && absent.length > 0
  if (rollout?.state === 'running' || document === undefined) return false
  if (unseen.length > 0 || (seen ?? wanted) < wanted) return false
  // After one that was aborted a newer document is begun and ended, whether anybody waits for it or not.
  if (rollout?.state === 'aborted' && rollout.change.kind === 'document') return older !== true
  return coming.length === 0
}

/** Whether it ended as somebody wanted it: a change of controllers that was taken back is taken back. */
export function isGoodEnd({ rollout }: RolloutReport): boolean {
  if (!rollout || rollout.state === 'done') return true
  return rollout.change.kind === 'controllers' && rollout.state === 'aborted'
}

/** For those who have waited for it long enough. */
export function wayOn({ rollout, document, away, problem }: RolloutReport): string {
  if (problem !== undefined) return '`meshbox status` tells what to do about the rollout that nobody can read'
  if (document === undefined && !away) return '`meshbox status` tells why this machine has no newer document'
  return rollout?.paused && !rollout.permit
    ? 'it is paused: `meshbox rollout resume` goes on with it'
    : 'it goes on by itself; `meshbox rollout status` shows what it waits for'
}
