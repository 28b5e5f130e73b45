import { type Clock, systemClock } from '../../clock.ts'
import type { Screen } from '../cli/screen.ts'

/** What takes longer than this is told. */
const everyMs = 1000
/** One line up, and that line away (ECMA-48). */
const lineUp = '\u001b[1A'
const lineAway = `${lineUp}\u001b[2K`

/** Tells what is waited for, once it has taken a second: with the seconds on a terminal, else as one plain line. */
export async function working<T>(
  { live, note }: Pick<Screen, 'live' | 'note'>,
  what: string,
  done: Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  const start = clock.monotonic()
  let drawn = false
  let cancel = clock.after(everyMs, tell)

  function tell(): void {
    const seconds = Math.round((clock.monotonic() - start) / 1000)
    note(live ? `${drawn ? lineAway : ''}  ${what} … ${seconds}s` : `  ${what} …`)
    drawn = true
    if (live) cancel = clock.after(everyMs, tell)
  }

  try {
    return await done
  } finally {
    cancel()
    if (drawn && live) note(`${lineAway}${lineUp}`)
  }
}
