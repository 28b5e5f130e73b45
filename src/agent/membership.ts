import { backoffMs, type Clock } from '../clock.ts'
import type { Cluster } from '../config/document/cluster.ts'
import { type Effective, effectiveConfig } from '../config/document/effective.ts'
import type { NodeFacts } from '../config/document/layers.ts'
import { type Document, parseDocumentText } from '../config/document/parse.ts'
import type { ClusterPaths } from '../config/document/paths.ts'
import type { SharedDocument, SharedState } from '../config/document/shared.ts'
import type { Session } from '../config/zookeeper/session.ts'
import { messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import { meet } from './bootstrap/meet.ts'
import type { Joined, Memory } from './local/memory.ts'

export type Membership = {
  cluster(): Cluster | undefined
  /** What the last valid document, or the seed while there is none, says for this machine. */
  effective(): Effective
  /** That document itself. */
  content(): Document
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
  /** This machine, as selectors see it. */
  facts: NodeFacts
  memory: Memory
  /** Whether other machines have the birth of this cluster, so that it is theirs to write down. */
  bornElsewhere: () => Promise<boolean>
  clock: Clock
  log: Log
  onChange: () => void
}): Membership {
  const { session, paths, joined, facts, memory, clock, log, onChange } = deps
  const remembered = memory.recall('document')
  const ending = new AbortController()
  let cluster = memory.recall('cluster')
  let content = parseDocumentText(remembered?.text ?? joined.seed, 'the last good document')
  let effective = effectiveConfig(content, facts)
  let applied: { version: number; problem?: string } | undefined = remembered && {
    version: remembered.version,
  }
  let problem: string | undefined
  let unfollow = () => {}

  async function enter(): Promise<void> {
    for (let attempt = 0; !ending.signal.aborted; attempt++) {
      try {
        const { simulated } = joined
        const met = await meet(session, paths, {
          simulated,
          remembered: cluster,
          bornElsewhere: deps.bornElsewhere,
          clock,
        })
        memory.remember('cluster', met)
        cluster = met
        await deps.document.seed(joined.seed, { who: joined.name, how: 'seed' })
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

  function see(state: SharedState): void {
    if (state.kind === 'valid') take(state)
    else if (state.kind === 'invalid') refuse(state.version, state.error)
    else {
      applied = applied && {
        ...applied,
        problem: 'the shared document was removed; the last one stays applied',
      }
    }
    log.info({ document: applied }, 'shared document')
    onChange()
  }

  function take(state: SharedState & { kind: 'valid' }): void {
    try {
      effective = effectiveConfig(state.document, facts)
      content = state.document
      memory.remember('document', { text: state.text, version: state.version })
      applied = { version: state.version }
    } catch (error) {
      refuse(state.version, messageOf(error))
    }
  }

  function refuse(version: number, why: string): void {
    applied = { version: applied?.version ?? 0, problem: `version ${version} is not applied: ${why}` }
  }

  const entering = enter()
  return {
    cluster: () => cluster,
    effective: () => effective,
    content: () => content,
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
    ['zk-connection-loss', 'zk-closed', 'cluster-unwritten'].includes(String(error.code))
  )
}
