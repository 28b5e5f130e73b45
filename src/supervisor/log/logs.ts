import { rm } from 'node:fs/promises'
import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { openFollowers } from './followers.ts'
import { type LogLimits, piecesOf } from './pieces.ts'
import { isLong, rotate } from './rotate.ts'
import { tail, type Wanted } from './tail.ts'

/** Between two looks; sooner after a piece was full. */
const lookMs = { quiet: 2000, busy: 100 }

/** The logs of a machine: kept short as they grow, and read. */
export type Logs = {
  /** The last lines, the oldest first. */
  tail(logFile: string, wanted: Wanted): Promise<string[]>
  /** The last lines, and what is written from then on, until the reader goes. */
  follow(logFile: string, wanted: Wanted): ReadableStream<Uint8Array>
  /** Ends when no rotation is under way. */
  stop(): Promise<void>
}

export function openLogs({
  files,
  limits,
  clock,
  log,
}: {
  /** Those that are to be kept short. */
  files: () => string[]
  limits: () => LogLimits
  clock: Clock
  log: Log
}): Logs {
  /** Told once, not at every look. */
  const troubles = new Map<string, string>()
  let stopped = false
  let last: Promise<unknown> = Promise.resolve()
  let cancelLook = clock.after(lookMs.quiet, look)
  const followers = openFollowers({ inTurn, clock })

  /** Nobody reads while a file is being cut: where a reader stands would be another place. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = last.then(run)
    last = turn.catch(() => {})
    return turn
  }

  function look(): void {
    const looked = shortenAll().catch((error) => trouble('', error))
    void looked.then((busy) => {
      if (!stopped) cancelLook = clock.after(busy ? lookMs.busy : lookMs.quiet, look)
    })
  }

  /** Whether there was anything to do. */
  async function shortenAll(): Promise<boolean> {
    let busy = false
    for (const file of files())
      try {
        for (const piece of piecesOf(file).slice(limits().count)) await rm(piece, { force: true })
        while ((await isLong(file, limits())) && !stopped && (await inTurn(() => shorten(file)))) busy = true
        troubles.delete(file)
      } catch (error) {
        trouble(file, error)
      }
    return busy
  }

  function trouble(file: string, error: unknown): false {
    const problem = messageOf(error)
    if (troubles.get(file) !== problem) log.error({ file, error: problem }, 'cannot rotate a log')
    troubles.set(file, problem)
    return false
  }

  async function shorten(file: string): Promise<boolean> {
    await followers.advance(file)
    const cut = await rotate(file, limits())
    if (cut?.way === 'emptied' && cut.lost > 0)
      log.warn({ file, lost: cut.lost }, 'bytes of a log were lost: its filesystem can only empty it')
    if (cut) followers.moved(file, cut)
    return cut !== undefined
  }

  return {
    tail: (logFile, wanted) => inTurn(() => tail(logFile, wanted, clock.now())),
    follow: followers.open,
    async stop() {
      stopped = true
      followers.stop()
      cancelLook()
      await last
    },
  }
}
