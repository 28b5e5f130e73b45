import type { Clock } from '../../clock.ts'
import type { Session, Znode } from '../../config/zookeeper/session.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { type Node, readNode } from './node.ts'

/** Changes within this time are written together. */
const gatherMs = 300
const retryMs = 2000
/** The znode of a session before ours goes when that session has run out; one that stays is somebody else's. */
const patienceMs = 40_000

/** This machine's ephemeral znode: there for as long as its session, made again after it, never a second one. */
export type Presence = {
  /** What it says may have changed. */
  look(): void
  /** Resolves once what it says now stands there. */
  say(): Promise<void>
  /** Which other machine is there in its place. */
  problem(): string | undefined
  stop(): Promise<void>
  /** Stops, and takes the znode away before the session does. */
  leave(): Promise<void>
}

export function openPresence(deps: {
  session: Pick<Session, 'follow' | 'state' | 'id' | 'ensure' | 'read' | 'create' | 'write' | 'remove'>
  path: string
  /** Undefined while this machine has nothing to say yet. */
  describe: () => Node | undefined
  clock: Clock
  log: Log
  onChange: () => void
}): Presence {
  const { session, path, describe, clock, log, onChange } = deps
  let seen: Znode | undefined
  let known = false
  let problem: string | undefined
  let work = Promise.resolve()
  let stopped = false
  let cancelTurn: (() => void) | undefined
  let cancelPatience: (() => void) | undefined

  const isOurs = (node: Znode) => node.owner !== undefined && node.owner === session.id()

  function see(node: Znode | undefined): void {
    seen = node
    known = true
    if (node && !isOurs(node)) cancelPatience ??= clock.after(patienceMs, () => fail(rivalIn(node)))
    else {
      cancelPatience?.()
      cancelPatience = undefined
    }
    later(0)
  }

  function later(ms: number): void {
    if (stopped) return
    cancelTurn?.()
    cancelTurn = clock.after(ms, () => {
      cancelTurn = undefined
      work = work.then(write).catch((error) => {
        log.debug({ error: messageOf(error) }, 'cannot write what this machine is')
        later(retryMs)
      })
    })
  }

  async function write(): Promise<void> {
    if (stopped || !known || session.state() !== 'connected') return
    const node = describe()
    if (!node) return
    const text = JSON.stringify(node)
    if (seen && !isOurs(seen)) return // it goes with its session, or is told as a problem
    if (!seen) await create(text)
    else if (seen.data.toString() !== text) await session.write(path, text, seen.version)
    fail(undefined)
  }

  async function create(text: string): Promise<void> {
    await session.ensure(path.slice(0, path.lastIndexOf('/')))
    try {
      await session.create(path, text, 'ephemeral')
    } catch (error) {
      // Somebody was faster: it is seen, and judged, next.
      if (!(error instanceof MeshboxError) || error.code !== 'zk-node-exists') throw error
    }
  }

  function fail(why: string | undefined): void {
    if (problem === why) return
    problem = why
    if (why) log.error({ problem: why }, 'this machine cannot be seen in ZooKeeper')
    onChange()
  }

  async function stop(): Promise<void> {
    stopped = true
    unfollow()
    cancelTurn?.()
    cancelPatience?.()
    await work
  }

  const unfollow = session.follow(path, see)
  return {
    look() {
      if (cancelTurn === undefined) later(gatherMs)
    },
    say() {
      const said = work.then(write)
      work = said.catch(() => later(retryMs))
      return said
    },
    problem: () => problem,
    stop,
    async leave() {
      await stop()
      if (session.state() !== 'connected') return
      const node = await session.read(path)
      if (node && isOurs(node)) await session.remove(path)
    },
  }
}

function rivalIn({ data }: Znode): string {
  const other = readNode(data)
  const who = other ? `${other.name} (${other.address})` : 'another machine'
  return who
}
