import { readFileSync } from 'node:fs'
import type { Clock } from '../../clock.ts'
import { biggestPrograms, killedForMemory } from '../../supervisor/process/kernel-log.ts'
import { identify } from '../../supervisor/process/proc.ts'
import { version } from '../../version.ts'
import type { Memory, Value } from '../local/memory.ts'
import { known } from '../problem/known.ts'
import type { Problem } from '../problem/problem.ts'
import { lastWords } from './last-words.ts'

/** So often, within so long. */
const most = 3
const withinMs = 300_000
/** After this it is taken to stay up. */
const healthyMs = 60_000

const kept = 10

/** How agents of this machine ended that were not asked to. */
export type Ends = {
  problems(): Problem[]
  /** This one was asked to. */
  asked(): void
  stop(): void
}

/** Notes that an agent begins; one before it that did not note its end has crashed, or was killed. */
export function openEnds(deps: {
  memory: Memory
  logFile: string
  /** What mends an agent that ended with these words. */
  mend: (words: string) => string | undefined
  killed?: typeof killedForMemory
  clock: Clock
  onChange: () => void
}): Ends {
  const { memory, logFile, mend, killed = killedForMemory, clock, onChange } = deps
  const now = clock.now()
  const boot = bootId()
  const before = memory.recall('life')
  // A machine that lost its power has lost its agent with it.
  const crashed = before?.running === true && before.boot === boot
  const ends = [...(before?.boot === boot ? before.ends : []), ...(crashed ? [lastEnd(before)] : [])].slice(
    -kept,
  )
  /** From which version it was upgraded, since it last stayed up. */
  const from = before && before.version !== version ? before.version : before?.from
  const own = { boot, pid: process.pid, startTime: identify(process.pid)?.startTime, version }
  memory.remember('life', { ...own, running: true, ends, ...(from === undefined ? {} : { from }) })
  const recent = ends.filter(({ at }) => now - at >= 0 && now - at < withinMs)
  const [first] = recent
  let found =
    first && recent.length >= most
      ? known.agentFalls(
          { times: recent.length, minutes: Math.max(1, Math.ceil((now - first.at) / 60_000)) },
          causeOf(recent.at(-1) ?? first, from, mend),
        )
      : undefined
  const cancel = clock.after(healthyMs, () => {
    memory.remember('life', { ...own, running: true, ends: [] })
    if (!found) return
    found = undefined
    onChange()
  })

  function lastEnd({ pid, startTime = '' }: Value<'life'>): End {
    const words = lastWords(logFile)
    if (words !== undefined) return { at: now, words }
    return { at: now, ...(pid !== undefined && killed({ pid, startTime }) ? { memory: true } : {}) }
  }

  return {
    problems: () => (found ? [found] : []),
    asked() {
      const { ends = [], from } = memory.recall('life') ?? {}
      memory.remember('life', { ...own, running: false, ends, ...(from === undefined ? {} : { from }) })
    },
    stop: cancel,
  }
}

type End = Value<'life'>['ends'][number]

/** Why it ends again and again, in words that follow its number, and what mends it. */
export function causeOf(
  { words, memory }: Omit<End, 'at'>,
  /** The version that it was upgraded from, a moment ago. */
  from: string | undefined,
  mend: (words: string) => string | undefined,
): { why: string; command: string } {
  const command = words === undefined ? undefined : mend(words)
  const why =
    words === undefined
      ? memory
        ? 'the last time killed by the kernel for want of memory'
        : 'without a last word, as by SIGKILL'
      : `the last time after these words: ${words}`
  if (command !== undefined) return { why, command }
  if (memory) return { why, command: biggestPrograms }
  if (from !== undefined)
    return {
      why: `${why}; it was upgraded from ${from} before`,
      command: `meshbox upgrade --here --version ${from}`,
    }
  return { why, command: 'meshbox logs meshbox' }
}

/** Drawn by the kernel at each start (random(4)). */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
