import { rm } from 'node:fs/promises'
import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { openIfThere } from './backwards.ts'
import { type LogLimits, piecesOf } from './pieces.ts'
import { isLong, rotate } from './rotate.ts'
import { tail, type Wanted } from './tail.ts'

/** Between two looks; sooner after a piece was full. */
const lookMs = { quiet: 2000, busy: 100 }
const followMs = 250
const chunkBytes = 256 * 1024

/** The logs of a machine: kept short as they grow, and read. */
export type Logs = {
  /** The last lines, the oldest first. */
  tail(logFile: string, wanted: Wanted): Promise<string[]>
  /** Tells what is written from now on. The returned function ends it. */
  follow(logFile: string, say: (text: Buffer) => void): () => void
  /** Ends when no rotation is under way. */
  stop(): Promise<void>
}

type Follower = { logFile: string; at: number; say: (text: Buffer) => void }

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
  const followers = new Set<Follower>()
  /** Told once, not at every look. */
  const troubles = new Map<string, string>()
  let stopped = false
  let last: Promise<unknown> = Promise.resolve()
  let cancelLook = clock.after(lookMs.quiet, look)
  let cancelFollow = () => {}

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
        while (!stopped && (await isLong(file, limits())) && (await inTurn(() => shorten(file)))) busy = true
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
    for (const follower of followers) if (follower.logFile === file) await advance(follower)
    const cut = await rotate(file, limits())
    if (cut?.way === 'emptied' && cut.lost > 0)
      log.warn({ file, lost: cut.lost }, 'bytes of a log were lost: its filesystem can only empty it')
    if (cut && cut.way !== 'punched')
      for (const follower of followers)
        if (follower.logFile === file)
          follower.at = cut.way === 'emptied' ? 0 : Math.max(0, follower.at - cut.length)
    return cut !== undefined
  }

  function followAll(): void {
    void inTurn(async () => {
      for (const follower of followers) await advance(follower)
    })
      .catch((error) => log.error({ error: messageOf(error) }, 'cannot follow a log'))
      .finally(() => {
        if (followers.size > 0) cancelFollow = clock.after(followMs, followAll)
      })
  }

  async function advance(follower: Follower): Promise<void> {
    const file = await openIfThere(follower.logFile)
    if (!file) return
    try {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, follower.at)
        if (bytesRead === 0 || !followers.has(follower)) return
        follower.at += bytesRead
        follower.say(buffer.subarray(0, bytesRead))
      }
    } finally {
      await file.close()
    }
  }

  async function attend(follower: Follower): Promise<void> {
    const file = await openIfThere(follower.logFile)
    follower.at = file ? (await file.stat()).size : 0
    await file?.close()
    followers.add(follower)
    if (followers.size === 1) followAll()
  }

  return {
    tail: (logFile, wanted) => inTurn(() => tail(logFile, wanted, clock.now())),
    follow(logFile, say) {
      const follower = { logFile, at: 0, say }
      let ended = false
      void inTurn(async () => {
        if (!ended) await attend(follower)
      }).catch((error) => log.error({ error: messageOf(error) }, 'cannot follow a log'))
      return () => {
        ended = true
        followers.delete(follower)
      }
    },
    async stop() {
      stopped = true
      followers.clear()
      cancelLook()
      cancelFollow()
      await last
    },
  }
}
