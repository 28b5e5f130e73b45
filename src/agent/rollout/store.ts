import { backoffMs, type Clock } from '../../clock.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { type Rollout, rolloutSchema } from './rollout.ts'

const retry = { firstMs: 20, maxMs: 1000 }
const patienceMs = 30_000

type Move = (now: Rollout | undefined) => Rollout | undefined | Promise<Rollout | undefined>

/** The znode in which the rollout stands, the same for every machine. */
export type Rollouts = {
  /** What stands there as far as this machine has seen; undefined when there never was one. */
  seen(): Rollout | undefined
  /** Why it cannot be read. */
  problem(): string | undefined
  onChange(see: () => void): () => void
  /**
   * Reads it, and writes what the move makes of it on that very version; from the start again when another machine was
   * faster, or when nobody knows whether it was written. So what it gives stood there at one moment, as the whole of it.
   * Undefined when the move is none: then nothing is written. A move that takes its time is given up with the version that
   * it is made on.
   */
  change(move: Move): Promise<Rollout | undefined>
  stop(): void
}

/** @param folder the znode below which it stands */
export function openRollouts({
  session,
  folder,
  random,
  clock,
  log,
}: {
  session: Pick<Session, 'read' | 'write' | 'create' | 'ensure' | 'follow'>
  folder: string
  random: () => number
  clock: Clock
  log: Log
}): Rollouts {
  const path = `${folder}/state`
  const listeners = new Set<() => void>()
  let seen: Rollout | undefined
  let problem: string | undefined

  const unfollow = session.follow(path, (node) => {
    try {
      seen = node && parse(node.data)
      problem = undefined
    } catch (error) {
      problem = messageOf(error)
      log.error({ error: problem }, 'no rollout')
    }
    for (const see of [...listeners]) see()
  })

  function parse(data: Buffer): Rollout {
    try {
      return rolloutSchema.parse(JSON.parse(data.toString()))
    } catch (cause) {
      throw new MeshboxError({
        code: 'rollout-unreadable',
        message: `cannot read the rollout: the znode ${path} is not one that this version of meshbox wrote`,
        hint: 'run the newest version of meshbox on all machines',
        cause,
      })
    }
  }

  async function tryOnce(move: Move): Promise<Rollout | undefined> {
    const node = await session.read(path)
    const next = await move(node && parse(node.data))
    if (!next) return undefined
    const text = JSON.stringify(next)
    if (node) await session.write(path, text, node.version)
    else {
      await session.ensure(folder)
      await session.create(path, text)
    }
    return next
  }

  return {
    seen: () => seen,
    problem: () => problem,
    onChange(see) {
      listeners.add(see)
      return () => listeners.delete(see)
    },
    async change(move) {
      const deadline = clock.monotonic() + patienceMs
      for (let attempt = 0; ; attempt++) {
        try {
          return await tryOnce(move)
        } catch (error) {
          const lost = error instanceof MeshboxError && losses.has(error.code)
          if (!lost || clock.monotonic() > deadline) throw error
          await clock.sleep(backoffMs(attempt, retry, random))
        }
      }
    },
    stop: unfollow,
  }
}

/** Another machine was faster, or nobody knows whether it was us. */
const losses = new Set(['zk-bad-version', 'zk-node-exists', 'zk-no-node', 'zk-connection-loss'])
