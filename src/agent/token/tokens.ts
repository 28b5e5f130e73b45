import type { Clock } from '../../clock.ts'
import { openLetter, sealLetter } from '../../config/secret/letter.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { hashOf, idOf, isGood, newToken, recordSchema, type TokenRecord } from './token.ts'

export type TokenWish = Pick<TokenRecord, 'scope' | 'who' | 'why' | 'expires'>

/** The tokens for the API of a cluster: made on one machine, good on each. */
export type Tokens = {
  /** The token itself, which is shown this once, and what is kept of it. */
  create(wish: TokenWish): Promise<{ token: string; record: TokenRecord }>
  list(): TokenRecord[]
  /** @throws MeshboxError `token-unknown` */
  revoke(id: string): Promise<void>
  /** What this token may do; undefined when it is none, revoked, or has run out. */
  check(token: string): TokenRecord['scope'] | undefined
  stop(): void
}

/**
 * Each token is a znode. With a key it is a sealed letter: who can write there without having the key (see
 * docs/security.md) makes no token by it. While ZooKeeper is away, those count that were known last.
 * @param kept where this machine keeps them, to start from while ZooKeeper is away
 */
export function openTokens(deps: {
  session: Pick<Session, 'followChildren' | 'read' | 'create' | 'ensure' | 'write' | 'remove'>
  root: string
  /** The primary key first; without any the cluster is open. */
  keys: { bytes(): readonly Uint8Array[]; onChange(see: () => void): () => void }
  kept: { recall(): TokenRecord[]; remember(tokens: TokenRecord[]): void }
  clock: Clock
  random: (bytes: Uint8Array) => Uint8Array
  log: Log
}): Tokens {
  const { session, root, keys, kept, clock, log } = deps
  const known = new Map(kept.recall().map((record) => [record.id, record]))
  let work = Promise.resolve()

  const pathOf = (id: string) => `${root}/${id}`
  const later = (run: () => Promise<void>) => {
    work = work.then(run).catch((error) => log.debug({ error: messageOf(error) }, 'cannot follow the tokens'))
  }

  function write(record: TokenRecord): Buffer {
    const plain = Buffer.from(JSON.stringify(record))
    const [primary] = keys.bytes()
    return primary ? sealLetter(plain, primary, about(record.id)) : plain
  }

  function read(id: string, data: Buffer): TokenRecord | undefined {
    const ring = keys.bytes()
    const plain = ring.length === 0 ? data : openLetter(data, ring, about(id))?.plain
    try {
      const record = recordSchema.parse(JSON.parse(String(plain)))
      return record.id === id ? record : undefined
    } catch {
      log.warn(
        { token: id },
        'what stands for a token in ZooKeeper was not written by a machine of this cluster',
      )
      return undefined
    }
  }

  async function follow(ids: string[]): Promise<void> {
    const gone = [...known.keys()].filter((id) => !ids.includes(id))
    for (const id of gone) known.delete(id)
    for (const id of ids.filter((id) => !known.has(id))) {
      const node = await session.read(pathOf(id))
      const record = node && read(id, node.data)
      if (record) known.set(id, record)
    }
    kept.remember([...known.values()])
  }

  /** A key that is about to be removed from the ring would take the tokens with it. */
  async function sealAnew(): Promise<void> {
    for (const record of known.values()) {
      const node = await session.read(pathOf(record.id))
      const sealed = node && openLetter(node.data, keys.bytes().slice(0, 1), about(record.id))
      // Another machine may be faster: what it wrote is as good.
      if (node && !sealed) await session.write(pathOf(record.id), write(record), node.version)
    }
  }

  const stops = [
    session.followChildren(root, (ids) => later(() => follow(ids ?? []))),
    keys.onChange(() => later(sealAnew)),
  ]
  return {
    async create(wish) {
      const { id, token } = newToken(deps.random)
      const created = new Date(clock.now()).toISOString()
      const record: TokenRecord = { id, hash: hashOf(token), created, ...wish }
      await session.ensure(root)
      await session.create(pathOf(id), write(record))
      known.set(id, record)
      return { token, record }
    },
    list: () => [...known.values()].sort((a, b) => (a.created < b.created ? -1 : 1)),
    async revoke(id) {
      if (!known.has(id))
        throw new MeshboxError({
          code: 'token-unknown',
          message: `cannot revoke token ${id}: there is none of that name`,
          hint: 'run `meshbox token list`',
        })
      await session.remove(pathOf(id))
      known.delete(id)
      kept.remember([...known.values()])
    },
    check(token) {
      const record = known.get(idOf(token) ?? '')
      return record && isGood(token, record, clock.now()) ? record.scope : undefined
    },
    stop() {
      for (const stop of stops) stop()
    },
  }
}

const about = (id: string) => ['api-token', id]
