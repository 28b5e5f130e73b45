import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import type { Memory } from '../local/memory.ts'
import { known } from '../problem/known.ts'
import type { Problem } from '../problem/problem.ts'

/** So often, within so long. */
const most = 3
const withinMs = 300_000
/** After this it is taken to stay up. */
const healthyMs = 60_000

const kept = 10
const endBytes = 8192

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
  clock: Clock
  onChange: () => void
}): Ends {
  const { memory, logFile, clock, onChange } = deps
  const now = clock.now()
  const boot = bootId()
  const before = memory.recall('life')
  // A machine that lost its power has lost its agent with it.
  const crashed = before?.running === true && before.boot === boot
  const last = { at: now, ...lastWords(logFile) }
  const ends = [...(before?.boot === boot ? before.ends : []), ...(crashed ? [last] : [])].slice(-kept)
  memory.remember('life', { boot, running: true, ends })
  const recent = ends.filter(({ at }) => now - at >= 0 && now - at < withinMs)
  const [first] = recent
  let found =
    first && recent.length >= most
      ? known.agentFalls(
          recent.length,
          Math.max(1, Math.ceil((now - first.at) / 60_000)),
          recent.at(-1)?.words,
        )
      : undefined
  const cancel = clock.after(healthyMs, () => {
    memory.remember('life', { boot, running: true, ends: [] })
    if (!found) return
    found = undefined
    onChange()
  })
  return {
    problems: () => (found ? [found] : []),
    asked: () => memory.remember('life', { boot, running: false, ends: memory.recall('life')?.ends ?? [] }),
    stop: cancel,
  }
}

const lineSchema = z.object({
  level: z.enum(['error', 'fatal']),
  msg: z.string(),
  error: z.string().optional(),
})

/** What it wrote last, where that was a complaint. */
function lastWords(logFile: string): { words?: string } {
  try {
    const line = endOf(logFile).trimEnd().split('\n').at(-1) ?? ''
    const { msg, error } = lineSchema.parse(JSON.parse(line))
    return { words: (error === undefined ? msg : `${msg}: ${error}`).slice(0, 200) }
  } catch {
    return {}
  }
}

function endOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const end = Buffer.alloc(endBytes)
    const from = Math.max(0, fstatSync(file).size - endBytes)
    return end.subarray(0, readSync(file, end, 0, endBytes, from)).toString()
  } finally {
    closeSync(file)
  }
}

/** Drawn by the kernel at each start (random(4)). */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
