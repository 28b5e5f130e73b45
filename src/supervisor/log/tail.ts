import { linesBackwards } from './backwards.ts'
import { piecesOf } from './pieces.ts'
import { timeOf } from './time.ts'

/** The last `count` lines; with `since` (Unix milliseconds) only those written then or later. */
export type Wanted = { count: number; since?: number }

/**
 * The last lines of a log over all its pieces, the oldest first. A line without a time belongs to the one before it.
 * @param end nothing behind that byte of the log is read
 */
export async function tail(
  logFile: string,
  { count, since = Number.NEGATIVE_INFINITY }: Wanted,
  now: number,
  end = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const lines: string[] = []
  /** Lines without a time of their own, whose line before is still to come. */
  let undated: string[] = []
  for await (const line of linesBackwards([logFile, ...piecesOf(logFile)], end)) {
    if (lines.length + undated.length >= count) break
    const time = since === Number.NEGATIVE_INFINITY ? now : timeOf(line, now)
    undated.push(line)
    if (time === undefined) continue
    if (time < since) return lines.reverse()
    lines.push(...undated)
    undated = []
  }
  return [...lines, ...undated].reverse()
}
