import { backoffMs, type Clock } from '../clock.ts'
import type { Cluster } from '../config/document/cluster.ts'
import { parseDocumentText } from '../config/document/parse.ts'
import type { ClusterPaths } from '../config/document/paths.ts'
import type { SharedDocument } from '../config/document/shared.ts'
import type { Config } from '../config/schema.ts'
import type { Session } from '../config/zookeeper/session.ts'
import { messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import { meet } from './bootstrap/meet.ts'
import type { Joined, Memory } from './local/memory.ts'

export type Membership = {
  cluster(): Cluster | undefined
  /** The last valid document, or the seed while there is none. */
  config(): Config
  document(): { version: number; problem?: string } | undefined
  /** The first bytes of the hash of the text that is applied, as hex. */
  digest(): string | undefined
  /** Why this machine cannot take part. */
  problem(): string | undefined
  stop(): Promise<void>
}

const retry = { firstMs: 200, maxMs: 5000 }

/**
 * Meets the cluster at the ZooKeeper, seeds the document if there is none, and follows it. What was learned is
 * remembered, so that a start without ZooKeeper goes on from there.
 */
export function openMembership(deps: {
  session: Session
  paths: ClusterPaths
  document: SharedDocument
  joined: Joined
  memory: Memory
  clock: Clock
  log: Log
  onChange: () => void
}): Membership {
  const { session, paths, joined, memory, clock, log, onChange } = deps
  const remembered = memory.recall('document')
  const ending = new AbortController()
  let cluster = memory.recall('cluster')
  let config = parseDocumentText(remembered?.text ?? joined.seed, 'the last good document')
  let applied: { version: number; problem?: string } | undefined = remembered && {
    version: remembered.version,
  }
  let problem: string | undefined
  let unfollow = () => {}

  async function enter(): Promise<void> {
    for (let attempt = 0; !ending.signal.aborted; attempt++) {
      try {
        const met = await meet(session, paths, { simulated: joined.simulated, remembered: cluster, clock })
        memory.remember('cluster', met)
        cluster = met
        await deps.document.seed(joined.seed)
        problem = undefined
        break
      } catch (error) {
        // Not reached is no problem of this machine's: the session's state tells that already.
        problem = isAway(error) ? undefined : messageOf(error)
        if (problem) log.error({ error: problem }, 'cannot take part in the cluster')
        onChange()
        await clock.sleep(backoffMs(attempt, retry, Math.random), ending.signal).catch(() => {})
      }
    }
    if (!ending.signal.aborted) unfollow = deps.document.follow(see)
    onChange()
  }

  function see(state: Parameters<Parameters<SharedDocument['follow']>[0]>[0]): void {
    if (state.kind === 'valid') {
      memory.remember('document', { text: state.text, version: state.version })
      config = state.config
      applied = { version: state.version }
    } else if (state.kind === 'invalid') {
      const version = applied?.version ?? 0
      applied = { version, problem: `version ${state.version} is not applied: ${state.error}` }
    } else {
      applied = applied && {
        ...applied,
        problem: 'the shared document was removed; the last one stays applied',
      }
    }
    log.info({ document: applied }, 'shared document')
    onChange()
  }

  const entering = enter()
  return {
    cluster: () => cluster,
    config: () => config,
    document: () => applied,
    digest: () => {
      const text = memory.recall('document')?.text
      return text === undefined
        ? undefined
        : new Bun.CryptoHasher('sha256').update(text).digest('hex').slice(0, 8)
    },
    problem: () => problem,
    async stop() {
      ending.abort()
      unfollow()
      await session.close() // ends what `entering` may wait for
      await entering
    },
  }
}

function isAway(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'zk-connection-loss' || error.code === 'zk-closed')
  )
}
