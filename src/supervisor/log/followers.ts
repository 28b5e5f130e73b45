import type { Clock } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'
import { openIfThere } from './backwards.ts'
import type { Cut } from './cut.ts'
import { tail, type Wanted } from './tail.ts'

const lookMs = 250
const chunkBytes = 64 * 1024
/** What one reader may leave unread here; more waits in the file, as long as it stands there. */
const unreadBytes = 256 * 1024
const mostFollowers = 64

/** Those who read what is written to logs as it comes. */
export type Followers = {
  /**
   * The last lines of a log, and what is written to it from then on, until the reader goes.
   * @throws MeshboxError when too many follow already
   */
  open(logFile: string, wanted: Wanted): ReadableStream<Uint8Array>
  /** Before a log is cut: those who read fast enough miss nothing of it. */
  advance(logFile: string): Promise<void>
  /** After that. */
  moved(logFile: string, cut: Cut): void
  stop(): void
}

type Follower = {
  logFile: string
  /** Where it stands; undefined until it has the last lines. */
  at: number | undefined
  out: ReadableStreamDefaultController<Uint8Array>
}

/** @param inTurn nobody reads while a file is being cut */
export function openFollowers(deps: {
  inTurn: <T>(run: () => Promise<T>) => Promise<T>
  clock: Clock
}): Followers {
  const { inTurn, clock } = deps
  const followers = new Set<Follower>()
  let cancelLook: (() => void) | undefined

  function look(): void {
    cancelLook = undefined
    void inTurn(async () => {
      for (const follower of followers) await read(follower)
    }).finally(lookLater)
  }

  function lookLater(): void {
    if (followers.size > 0) cancelLook ??= clock.after(lookMs, look)
  }

  const wants = (follower: Follower) => followers.has(follower) && (follower.out.desiredSize ?? 0) > 0

  async function read(follower: Follower): Promise<void> {
    try {
      await readOn(follower)
    } catch (error) {
      if (followers.delete(follower)) follower.out.error(error)
    }
  }

  async function readOn(follower: Follower): Promise<void> {
    if (follower.at === undefined || !wants(follower)) return
    const file = await openIfThere(follower.logFile)
    try {
      while (file && wants(follower)) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, follower.at)
        if (bytesRead === 0 || !followers.has(follower)) return
        follower.at += bytesRead
        follower.out.enqueue(buffer.subarray(0, bytesRead))
      }
    } finally {
      await file?.close()
    }
  }

  /** What is written while the last lines are read comes after them. */
  async function begin(follower: Follower, wanted: Wanted): Promise<void> {
    const file = await openIfThere(follower.logFile)
    const size = file ? (await file.stat()).size : 0
    await file?.close()
    const lines = await tail(follower.logFile, wanted, clock.now(), size)
    if (!followers.has(follower)) return
    follower.at = size
    follower.out.enqueue(Buffer.from(lines.map((line) => `${line}\n`).join('')))
    lookLater()
  }

  return {
    open(logFile, wanted) {
      if (followers.size >= mostFollowers)
        throw new MeshboxError({
          code: 'log-followers',
          message: `cannot follow one more log: ${mostFollowers} are followed on this machine already`,
          hint: 'close a page that shows one, or leave out --follow',
        })
      let own: Follower | undefined
      return new ReadableStream<Uint8Array>(
        {
          async start(out) {
            const follower: Follower = { logFile, at: undefined, out }
            own = follower
            followers.add(follower)
            await inTurn(() => begin(follower, wanted)).catch((error) => {
              followers.delete(follower)
              throw error
            })
          },
          pull: () => inTurn(async () => own && read(own)),
          cancel() {
            if (own) followers.delete(own)
          },
        },
        new ByteLengthQueuingStrategy({ highWaterMark: unreadBytes }),
      )
    },
    async advance(logFile) {
      for (const follower of followers) if (follower.logFile === logFile) await read(follower)
    },
    moved(logFile, cut) {
      for (const follower of followers)
        if (follower.logFile === logFile && follower.at !== undefined) {
          const missed = cut.way === 'emptied' ? !wants(follower) : follower.at < cut.length
          follower.at = placeAfter(cut, follower.at)
          if (missed) follower.out.enqueue(leftOut)
        }
    },
    stop() {
      cancelLook?.()
      for (const { out } of followers) out.close()
      followers.clear()
    },
  }
}

const leftOut = Buffer.from('\n… lines are left out here: they were written faster than they were read\n')

function placeAfter(cut: Cut, at: number): number {
  if (cut.way === 'emptied') return 0
  return cut.way === 'punched' ? Math.max(at, cut.length) : Math.max(0, at - cut.length)
}
