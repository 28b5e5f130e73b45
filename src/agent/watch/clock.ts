import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import { joinHostPort } from '../../config/address.ts'
import type { Member } from '../gossip/gossip.ts'
import { known } from '../problem/known.ts'
import type { Problem } from '../problem/problem.ts'
import { howToSet, readTimeFacts } from './time-service.ts'

/** What another machine's clock shows, less what this one's does. */
export type Offset = { name: string; ms: number }

/** So many seconds ahead of the clocks of those machines. */
type ClockOff = { seconds: number; than: string[] }

const everyMs = 4000
const answerMs = 1000
/** So many are asked at a time: three clocks that agree are right. */
const most = 3
/** An honest way there and back is shorter. */
const worstMs = 2000

const liveSchema = z.object({ time: z.number() })

/** Compares the clock of this machine with those of some others. */
export function openClockWatch(deps: {
  own: string
  members: () => Member[]
  clock: Clock
  random: () => number
  onChange: () => void
}): { problems(): Problem[]; stop(): void } {
  const { own, members, clock, random, onChange } = deps
  let found: Problem | undefined
  let stopped = false
  let cancel = clock.after(0, look)

  function look(): void {
    void compare().then((problem) => {
      if (stopped) return
      const changed = JSON.stringify(problem) !== JSON.stringify(found)
      found = problem
      cancel = clock.after(everyMs, look)
      if (changed) onChange()
    })
  }

  async function compare(): Promise<Problem | undefined> {
    const others = members()
      .filter(({ name, status }) => name !== own && status === 'alive')
      .map((member) => ({ member, key: random() }))
      .sort((a, b) => a.key - b.key)
      .slice(0, most)
    const off = judgeOffsets((await Promise.all(others.map(({ member }) => offsetOf(member)))).flat())
    return off && known.clockOff(off, howToSet(readTimeFacts(), off.seconds))
  }

  async function offsetOf({ name, address, tags }: Member): Promise<Offset[]> {
    try {
      const asked = clock.now()
      const url = `http://${joinHostPort(address, Number(tags.api))}/health/live`
      const answer = await fetch(url, { signal: AbortSignal.timeout(answerMs) })
      const { time } = liveSchema.parse(await answer.json())
      return [{ name, ms: time - (asked + clock.now()) / 2 }]
    } catch {
      return [] // that it does not answer is not told here
    }
  }

  return {
    problems: () => (found ? [found] : []),
    stop() {
      stopped = true
      cancel()
    },
  }
}

/** Where three clocks or more differ, the one is off that most of the others contradict. */
export function judgeOffsets(offsets: Offset[]): ClockOff | undefined {
  const far = offsets.filter(({ ms }) => Math.abs(ms) > worstMs)
  if (far.length === 0 || far.length * 2 <= offsets.length) return undefined
  const median = far.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(far.length / 2)] ?? 0
  // A tenth more or less is no news.
  return { seconds: Math.round(-median / 500) / 2, than: far.map(({ name }) => name).sort() }
}
