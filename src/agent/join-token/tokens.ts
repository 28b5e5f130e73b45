import type { Clock } from '../../clock.ts'
import { openLetter, sealLetter } from '../../config/secret/letter.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { MeshboxError } from '../../error.ts'
import { identityOf } from './identity.ts'
import { type Claimed, refusal } from './refusal.ts'
import { hashOf, judge, newToken, type Role, recordSchema, type TokenRecord, tokenText } from './token.ts'

/** The join tokens of a cluster: made on one machine, redeemed on any. */
export type JoinTokens = {
  /** The text to hand on, which is shown this once, and what is kept of it. */
  create(wish: { role: Role; livesMs: number }): Promise<{ token: string; record: TokenRecord }>
  /** The oldest first. */
  list(): Promise<TokenRecord[]>
  /** @throws MeshboxError `token-unknown` */
  revoke(id: string): Promise<void>
  /** Uses it up, for this machine alone. @throws MeshboxError with why it is worth nothing */
  redeem(claimed: Claimed): Promise<void>
}

/** Used ones and old ones are shown for so long. */
const keptMs = 7 * 86_400_000
const tries = 5

/**
 * Each token is a znode, and a letter sealed with the cluster's key: who can write there without having that key (see
 * docs/security.md) makes no token by it. That it was used is written for the version that was read: of two machines that
 * redeem it at the same moment one is too late, wherever they ask.
 * @param by the name of this machine
 */
export function openJoinTokens({
  session,
  root,
  keys,
  by,
  clock,
  random,
}: {
  session: Pick<Session, 'children' | 'read' | 'create' | 'ensure' | 'write' | 'remove'>
  root: string
  /** The primary key first; without any the cluster is open. */
  keys: () => readonly Uint8Array[]
  by: string
  clock: Clock
  random: (bytes: Uint8Array) => Uint8Array
}): JoinTokens {
  const pathOf = (id: string) => `${root}/${id}`

  async function read(id: string): Promise<{ record: TokenRecord; version: number } | undefined> {
    const node = await session.read(pathOf(id))
    const plain = node && openLetter(node.data, keys(), about(id))?.plain
    if (!plain) return undefined
    return { record: recordSchema.parse(JSON.parse(String(plain))), version: node.version }
  }

  function sealed(record: TokenRecord): Buffer {
    return sealLetter(Buffer.from(JSON.stringify(record)), primary(), about(record.id))
  }

  function primary(): Uint8Array {
    const [key] = keys()
    if (key) return key
    throw new MeshboxError({
      code: 'token-open',
      message: 'cannot make a join token: this cluster is open, and there is no key to give',
      hint: 'machines join it without one; docs/security.md tells of clusters with a key',
    })
  }

  async function all(): Promise<TokenRecord[]> {
    const ids = (await session.children(root)) ?? []
    const records = await Promise.all(ids.map((id) => read(id)))
    return records.flatMap((found) => (found ? [found.record] : []))
  }

  async function forgetOld(): Promise<void> {
    for (const { id, expires } of await all())
      if (expires + keptMs < clock.now()) await session.remove(pathOf(id))
  }

  return {
    async create({ role, livesMs }) {
      const { pin } = identityOf(primary())
      const token = newToken(pin, random)
      const created = clock.now()
      const { id, secret } = token
      const record: TokenRecord = { id, role, hash: hashOf(secret), by, created, expires: created + livesMs }
      await session.ensure(root)
      await forgetOld()
      await session.create(pathOf(id), sealed(record))
      return { token: tokenText(token), record }
    },
    list: async () => (await all()).sort((a, b) => a.created - b.created),
    async revoke(id) {
      if (!(await session.read(pathOf(id))))
        throw new MeshboxError({
          code: 'token-unknown',
          message: `cannot revoke the token ${id}: there is none of that name`,
          hint: 'run `meshbox token list`',
        })
      await session.remove(pathOf(id))
    },
    async redeem(claimed) {
      const { id, name, address, claim } = claimed
      for (let attempt = 0; attempt < tries; attempt++) {
        const found = await read(id)
        const verdict = judge(found?.record, claimed, clock.now())
        if (!found || verdict !== 'good') throw refusal(verdict, claimed, found?.record)
        if (found.record.used) return
        const used = { at: clock.now(), name, address, claim }
        const outcome = await session
          .write(pathOf(id), sealed({ ...found.record, used }), found.version)
          .catch((error: unknown) => {
            if (error instanceof MeshboxError && error.code === 'zk-bad-version') return undefined
            throw error
          })
        if (outcome !== undefined) return
      }
      throw refusal('used', claimed, undefined)
    },
  }
}

const about = (id: string) => ['join token', id]
