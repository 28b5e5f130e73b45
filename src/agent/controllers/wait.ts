import { type Clock, until } from '../../clock.ts'
import { MeshboxError, messageOf } from '../../error.ts'

/** How often is looked at what is waited for. */
export const pollMs = 300
/** Two elections, and an abort after 61 s between them. */
export const mastersMs = 180_000

/** @param missing what is not there yet; undefined once it is. @throws MeshboxError with the last reason, when time is over */
export async function waitFor(
  clock: Clock,
  what: string,
  timeoutMs: number,
  missing: () => Promise<string | undefined>,
): Promise<void> {
  let last = ''
  const met = await until(clock, { everyMs: pollMs, timeoutMs }, async () => {
    last = (await missing().catch(messageOf)) ?? ''
    return last === '' || undefined
  })
  if (!met) throw failed(`${what} within ${timeoutMs / 1000} s: ${last}`)
}

/** The reason of a step that has failed. */
export function failed(why: string): MeshboxError {
  return new MeshboxError({ code: 'controllers-failed', message: why })
}
