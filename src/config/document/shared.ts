import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { backoffMs, type Clock } from '../../clock.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Cluster } from '../rule/rule.ts'
import type { Secrets } from '../secret/secrets.ts'
import type { Session, Znode } from '../zookeeper/session.ts'
import { applyEdits, type Edit } from './edit.ts'
import { type Author, openHistory, type Past } from './history.ts'
import { conflict, merged } from './merge.ts'
import { type Document, faultText, newWarnings, refuse } from './parse.ts'
import type { ClusterPaths } from './paths.ts'
import { checkSize } from './size.ts'

/** What stands in ZooKeeper now; the secrets of its text are sealed. An invalid document is never applied; who follows it stays on the last valid one. */
export type SharedState =
  | { kind: 'absent' }
  | { kind: 'valid'; text: string; version: number; document: Document }
  | { kind: 'invalid'; text: string; version: number; error: string }

/** A write that was acknowledged. */
export type Written = {
  version: number
  /** Somebody had written this version meanwhile; both changes are in. */
  mergedWith?: number
  /** What can hardly be meant of the change, though it was written. */
  warnings?: string[]
}

export type SharedDocument = {
  read(): Promise<SharedState>
  /** Writes the text unless there is a document already; tells which of the two it was. */
  seed(text: string, author: Author): Promise<'seeded' | 'existed'>
  /**
   * Replaces version `version` by a valid text. Where somebody else wrote meanwhile, the two are merged when they
   * changed different values.
   * @throws MeshboxError `document-invalid`, `document-large`, or `document-conflict` when both changed the same value
   */
  replace(text: string, version: number, author: Author): Promise<Written>
  /** Changes some values of the present text, under the same conditions. */
  edit(edits: Edit[], author: Author): Promise<Written>
  /** Writes version `version` anew, whatever came after it; also when somebody has removed the document. */
  rollback(version: number, author: Author): Promise<Written>
  /** The last versions, newest first. */
  history(): Promise<Past[]>
  past(version: number): Promise<Past | undefined>
  /** Tells the state now and at each change, across lost sessions too. The returned function stops it. */
  follow(see: (state: SharedState) => void): () => void
}

type Base = { text: string; version: number }

const source = 'the shared document'
const keptVersions = 100
/** For how long a write that loses one race after the other is tried again. */
const patienceMs = 25_000
const retry = { firstMs: 5, maxMs: 500 }

/** The one document that all machines of a cluster share, with its history beside it. */
export function sharedDocument(
  session: Session,
  secrets: Omit<Secrets, 'stop'>,
  paths: Pick<ClusterPaths, 'config' | 'history'>,
  clock: Clock,
  random: () => number = Math.random,
  /** So many versions can be looked at and brought back. */
  kept: () => number = () => keptVersions,
  cluster: Cluster = {},
): SharedDocument {
  const path = paths.config
  const history = openHistory(session, paths.history, kept)
  let last: Promise<unknown> = Promise.resolve()

  /** Writers on one machine wait for each other instead of racing. */
  function inTurn<T>(write: () => Promise<T>): Promise<T> {
    const turn = last.then(write)
    last = turn.catch(() => {})
    return turn
  }

  function interpret(node: Pick<Znode, 'data' | 'version'> | undefined): SharedState {
    if (!node) return { kind: 'absent' }
    const { data, version } = node
    const text = data.toString()
    if (!isUtf8(data))
      return { kind: 'invalid', text, version, error: `cannot take ${source}: it is no UTF-8 text` }
    try {
      return { kind: 'valid', text, version, document: secrets.read(text, source, cluster) }
    } catch (error) {
      return { kind: 'invalid', text, version, error: messageOf(error) }
    }
  }

  async function read(): Promise<SharedState> {
    await secrets.load()
    return interpret(await session.read(path))
  }

  async function present(): Promise<Base> {
    await secrets.load()
    const node = await session.read(path)
    if (node) return { text: node.data.toString(), version: node.version }
    throw new MeshboxError({
      code: 'document-absent',
      message: `cannot write ${source}: there is none`,
      hint: 'one that was removed comes back with `meshbox config rollback VERSION`; `meshbox status` tells more',
    })
  }

  /** Until it is written, or cannot be. What was unknown after a lost connection is known before the next try. */
  async function write(base: Base, text: string, author: Author): Promise<Written> {
    const deadline = clock.monotonic() + patienceMs
    const id = randomUUID()
    let on = base
    let wanted = text
    for (let attempt = 0; ; attempt++) {
      const news = newsIn(secrets.read(wanted, source, cluster), on)
      refuse(news, source)
      const warnings = news.map(faultText)
      const outcome = await tryOnce(on, wanted, { ...author, id })
      if (outcome.kind === 'written')
        return {
          version: outcome.version,
          ...(on === base ? {} : { mergedWith: on.version }),
          ...(warnings.length === 0 ? {} : { warnings }),
        }
      if (clock.monotonic() > deadline) throw outcome.error
      await clock.sleep(backoffMs(attempt, retry, random))
      const now = await present()
      const own = await ownVersion(base.version, now.version, id)
      if (own !== undefined) return { version: own }
      // A server that lags behind may still show what was there before our base.
      on = now.version > base.version ? now : base
      wanted = on === base ? text : merged(base, text, on)
    }
  }

  function newsIn(document: Document, before: Base) {
    if (document.warnings.length === 0) return []
    const known = interpret({ data: Buffer.from(before.text), version: before.version })
    return newWarnings(document, known.kind === 'valid' ? known.document : undefined)
  }

  type Outcome = { kind: 'written'; version: number } | { kind: 'again'; error: unknown }

  async function tryOnce(on: Base, text: string, author: Author & { id: string }): Promise<Outcome> {
    const version = on.version + 1
    const past: Past = { version, when: new Date(clock.now()).toISOString(), text, ...author }
    try {
      const steps = await history.steps(past, on)
      checkSize(text, steps)
      await session.commit([{ kind: 'write', path, data: text, version: on.version }, ...steps])
      return { kind: 'written', version }
    } catch (error) {
      if (error instanceof MeshboxError && losses.has(error.code)) return { kind: 'again', error }
      throw error
    }
  }

  /** The version that carries our mark, among those that came since. */
  async function ownVersion(after: number, upTo: number, id: string): Promise<number | undefined> {
    for (let version = upTo; version > after; version--)
      if ((await history.read(version))?.id === id) return version
    return undefined
  }

  async function seed(given: string, author: Author): Promise<'seeded' | 'existed'> {
    await secrets.load()
    const text = await secrets.seal(given, '')
    secrets.read(text, source, cluster)
    if (await session.read(path)) return 'existed'
    await session.ensure(path.slice(0, path.lastIndexOf('/')))
    const when = new Date(clock.now()).toISOString()
    const steps = await history.steps({ version: 0, id: randomUUID(), when, text, ...author }, undefined)
    checkSize(text, steps)
    try {
      await session.commit([{ kind: 'create', path, data: text }, ...steps])
      return 'seeded'
    } catch (error) {
      if (error instanceof MeshboxError && (await session.read(path))) return 'existed'
      throw error
    }
  }

  return {
    read,
    seed,
    replace(text, version, author) {
      return inTurn(async () => {
        const now = await present()
        const base = now.version === version ? now : await history.read(version)
        if (!base) throw conflict(version, now.version, undefined)
        return write(base, await secrets.seal(text, base.text), author)
      })
    },
    edit(edits, author) {
      return inTurn(async () => {
        const base = await present()
        const text = await secrets.seal(applyEdits(secrets.open(base.text), edits), base.text)
        return text === base.text ? { version: base.version } : write(base, text, author)
      })
    },
    rollback(version, author) {
      return inTurn(async () => {
        const past = await history.read(version)
        // Of a document that somebody has removed, a version begins it anew.
        if (past && (await seed(past.text, author)) === 'seeded') return { version: 0 }
        const base = await present()
        if (!past) throw conflict(version, base.version, undefined)
        return past.text === base.text ? { version: base.version } : write(base, past.text, author)
      })
    },
    history: history.list,
    past: history.read,
    follow(see) {
      let seen: { node: Znode | undefined } | undefined
      const tell = () => {
        if (seen && secrets.loaded()) see(interpret(seen.node))
      }
      const unfollow = session.follow(path, (node) => {
        seen = { node }
        tell()
      })
      const unsee = secrets.onChange(tell)
      return () => {
        unsee()
        unfollow()
      }
    },
  }
}

/** Somebody else was faster, or nobody knows whether we were. */
const losses = new Set(['zk-bad-version', 'zk-node-exists', 'zk-no-node', 'zk-connection-loss'])
