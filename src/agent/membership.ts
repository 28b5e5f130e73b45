import { backoffMs, type Clock } from '../clock.ts'
import { type Cluster, currentUrl, parseCluster } from '../config/document/cluster.ts'
import { type Effective, effectiveConfig } from '../config/document/effective.ts'
import type { NodeFacts } from '../config/document/layers.ts'
import { withSections } from '../config/document/overlay.ts'
import { type Document, readDocumentText } from '../config/document/parse.ts'
import type { ClusterPaths } from '../config/document/paths.ts'
import type { SharedDocument, SharedState } from '../config/document/shared.ts'
import type { Vault } from '../config/secret/vault.ts'
import type { Session, Znode } from '../config/zookeeper/session.ts'
import { parseZkUrl } from '../config/zookeeper/url.ts'
import { messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import { meet } from './bootstrap/meet.ts'
import { digestOf } from './digest.ts'
import type { Joined, Memory } from './local/memory.ts'
import { programsDigest } from './plan/programs.ts'
import type { Problem } from './problem/problem.ts'
import { refusalOf } from './problem/refusal.ts'

/** A version of the shared document as it was written. */
export type Text = { text: string; version: number }

export type DocumentStatus = {
  /** What is applied. */
  version: number
  problem?: string
  /** A newer one that came from another member, and why not all of it is applied. */
  heard?: { version: number; from: string; held: string }
}

export type Membership = {
  cluster(): Cluster | undefined
  /** What the last valid document, or the seed while there is none, says for this machine. */
  effective(): Effective
  /** That document itself. */
  content(): Document
  /** Whether it was ever written for this cluster, and is not the seed. */
  isWritten(): boolean
  document(): DocumentStatus | undefined
  /** Stands for what that document says of programs; undefined before the first. */
  programs(): string | undefined
  /** Which version stands in ZooKeeper, as far as this machine has seen; it may have refused it. */
  latest(): number | undefined
  /** The newest text that this machine has, applied or not. */
  newest(): (Text & { digest: string }) | undefined
  /** Whether it has met its cluster since this agent began. */
  met(): boolean
  /** This machine is something else than before, and so the document may say something else for it. */
  reconsider(): void
  /** Reads the document in ZooKeeper now, without waiting for a watch. */
  read(): Promise<void>
  /**
   * Takes a newer text from another member while ZooKeeper does not answer. Only what changes nothing but answers is
   * applied of it. @throws MeshboxError when it is not valid
   */
  hear(text: Text, from: string): void
  /** Why this machine cannot take part. */
  problem(): Problem | undefined
  stop(): Promise<void>
}

/** What this machine goes on from until it sees the document; the seed's secrets are not sealed. @throws MeshboxError */
export function lastGoodDocument(text: string | undefined, seed: string, read: Vault['read']): Document {
  const source = 'the last good document'
  return text === undefined ? readDocumentText(seed, source) : read(text, source)
}

const retry = { firstMs: 200, maxMs: 5000 }
/** Sections that start and stop nothing, and so may come from another member. */
const liveSections = ['dns']

/**
 * Meets the cluster at the ZooKeeper, seeds the document if there is none, and follows it. What was learned is
 * remembered, so that a start without ZooKeeper goes on from there.
 */
export function openMembership(deps: {
  session: Session
  paths: ClusterPaths
  document: Pick<SharedDocument, 'read' | 'seed' | 'follow' | 'history'>
  /** Reads a document whose secrets are sealed. */
  read: Vault['read']
  joined: Joined
  keyed: () => boolean
  /** This machine, as selectors see it. */
  facts: () => NodeFacts
  memory: Memory
  /** Whether other machines have the birth of this cluster, so that it is theirs to write down. */
  bornElsewhere: (written: string | undefined) => Promise<boolean>
  clock: Clock
  log: Log
  onChange: () => void
}): Membership {
  const { session, paths, joined, facts, memory, clock, log, onChange } = deps
  const remembered = memory.recall('document')
  const ending = new AbortController()
  let cluster = memory.recall('cluster')
  let content = lastGoodDocument(remembered?.text, joined.seed, deps.read)
  let isWritten = remembered !== undefined
  let effective = effectiveConfig(content, facts())
  let applied: { version: number; problem?: string } | undefined = remembered && {
    version: remembered.version,
  }
  let programs = remembered && programsDigest(remembered.text)
  let newest = remembered && withDigest(remembered)
  let heard: (Text & { from: string; overlaid: Effective | undefined }) | undefined
  let problem: Problem | undefined
  /** What ZooKeeper said last. */
  let latest: SharedState | undefined
  let met = false
  const unfollow: (() => void)[] = []

  async function enter(): Promise<void> {
    for (let attempt = 0; !ending.signal.aborted; attempt++) {
      try {
        const { simulated } = joined
        const found = await meet(session, paths, {
          simulated,
          keyed: deps.keyed(),
          remembered: cluster,
          bornElsewhere: deps.bornElsewhere,
          clock,
        })
        know(found)
        met = true
        // Of a document that somebody has removed, the seed is no version that anybody wants back.
        if (!remembered) await deps.document.seed(joined.seed, { who: joined.name, how: 'seed' })
        problem = undefined
        break
      } catch (error) {
        // Not reached is no problem of this machine's: the session's state tells that already.
        problem = isAway(error) ? undefined : refusalOf(error, currentUrl(parseZkUrl(joined.zkUrl), cluster))
        if (problem) log.error({ error: problem.why }, 'cannot take part in the cluster')
        onChange()
        await clock.sleep(backoffMs(attempt, retry, Math.random), ending.signal).catch(() => {})
      }
    }
    if (!ending.signal.aborted)
      unfollow.push(deps.document.follow(see), session.follow(paths.cluster, seeCluster))
    onChange()
  }

  function know(found: Cluster): void {
    memory.remember('cluster', found)
    cluster = found
  }

  /** Its controllers may become others; what it is stays. */
  function seeCluster(node: Znode | undefined): void {
    try {
      const found = node && parseCluster(node.data, paths.cluster)
      if (found?.id !== cluster?.id || !found) return
      know(found)
      onChange()
    } catch (error) {
      log.error({ error: messageOf(error) }, 'cannot read who the controllers are')
    }
  }

  const recalled = memory.recall('heard')
  if (recalled && recalled.version > (applied?.version ?? -1)) overlay(recalled, recalled.from)

  /** @throws MeshboxError when the text is not valid */
  function overlay(told: Text, from: string): void {
    const document = deps.read(told.text, `version ${told.version}, which came from ${from}`)
    const overlaid = withSections(effective, effectiveConfig(document, facts()), liveSections)
    heard = { ...told, from, overlaid }
    newest = withDigest(told)
  }

  function see(state: SharedState): void {
    latest = state
    // What ZooKeeper says counts, whatever was heard while it did not answer.
    heard = undefined
    memory.forget('heard')
    if (state.kind === 'valid') take(state)
    else if (state.kind === 'invalid') refuse(state.version, state.error)
    else {
      applied = applied && {
        ...applied,
        problem: 'the shared document was removed; the last one stays applied',
      }
    }
    if (state.kind === 'invalid')
      void catchUp(state).catch((error) => log.warn({ error: messageOf(error) }, 'cannot read the history'))
    tell()
  }

  function tell(): void {
    log.info({ document: applied }, 'shared document')
    onChange()
  }

  /** A machine that was away while good versions were written takes the last of them, in place of an invalid one. */
  async function catchUp(invalid: SharedState & { kind: 'invalid' }): Promise<void> {
    for (const { version, text } of await deps.document.history()) {
      if (version >= invalid.version) continue
      if (latest !== invalid || version <= (applied?.version ?? -1)) return
      try {
        const document = deps.read(text, `version ${version}`)
        effectiveConfig(document, facts())
        take({ kind: 'valid', version, text, document })
        refuse(invalid.version, invalid.error)
        onChange()
        return
      } catch {
        // written past meshbox as well
      }
    }
  }

  function take(state: SharedState & { kind: 'valid' }): void {
    try {
      // All of it or nothing: what cannot be written down, as on a full disk, is not so.
      const taken = {
        effective: effectiveConfig(state.document, facts()),
        programs: programsDigest(state.text),
      }
      memory.remember('document', { text: state.text, version: state.version })
      ;({ effective, programs } = taken)
      content = state.document
      isWritten = true
      applied = { version: state.version }
      newest = withDigest(state)
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
    effective: () => heard?.overlaid ?? effective,
    content: () => content,
    isWritten: () => isWritten,
    document: () => applied && { ...applied, ...(heard ? { heard: heldOf(heard) } : {}) },
    programs: () => programs,
    latest: () => (latest?.kind === 'absent' ? undefined : latest?.version),
    newest: () => newest,
    met: () => met,
    reconsider() {
      try {
        effective = effectiveConfig(content, facts())
      } catch (error) {
        refuse(applied?.version ?? 0, messageOf(error))
      }
      onChange()
    },
    async read() {
      const state = await deps.document.read()
      if (state.kind === 'absent' || state.version <= (applied?.version ?? -1)) return
      if (heard || latest?.kind !== state.kind || latest.version !== state.version) return see(state)
      // It was refused. What has changed here since may let it in; told is that alone.
      if (state.kind !== 'valid') return
      take(state)
      if (applied?.version === state.version) tell()
    },
    hear(told, from) {
      overlay(told, from)
      memory.remember('heard', { ...told, from })
      log.info({ version: told.version, from }, 'a newer document came from another member')
      onChange()
    },
    problem: () => problem,
    async stop() {
      ending.abort()
      for (const stop of unfollow) stop()
      await session.close() // ends what `entering` may wait for
      await entering
    },
  }
}

function withDigest({ text, version }: Text): Text & { digest: string } {
  return { text, version, digest: digestOf(text) }
}

function heldOf({ version, from, overlaid }: { version: number; from: string; overlaid: unknown }) {
  const held = overlaid
    ? `only its ${liveSections.join(', ')} part is applied until ZooKeeper answers`
    : 'nothing of it is applied until ZooKeeper answers: it does not go together with what is'
  return { version, from, held }
}

function isAway(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['zk-connection-loss', 'zk-closed', 'cluster-unwritten'].includes(String(error.code))
  )
}
