import { createHash } from 'node:crypto'
import zookeeper from 'node-zookeeper-client'
import { deriveKey } from '../secret/derive.ts'
import type { Session } from './session.ts'

/** What a client tells ZooKeeper's digest authentication. */
export type Login = { user: string; password: string }

/** The znodes from a root on are for those with a key of the ring alone; with an empty ring they are for everybody. */
export type Access = {
  root: string
  /** The primary key first. */
  keys: () => readonly Uint8Array[]
  onChange: (see: () => void) => () => void
}

/**
 * Its protocol sends the password in the clear. Nothing else can be learned from it, and nothing but these znodes opens
 * with it.
 */
export function loginOf(key: Uint8Array): Login {
  return { user: 'meshbox', password: deriveKey(key, 'zookeeper').toString('base64url') }
}

/** As ZooKeeper's DigestAuthenticationProvider has it; undefined where everybody may do everything. */
export function aclFor(path: string, { root, keys }: Access): zookeeper.ACL[] | undefined {
  const inside = path === root || path.startsWith(`${root}/`)
  if (!inside || keys().length === 0) return undefined
  return keys()
    .map(loginOf)
    .map(({ user, password }) => {
      const digest = createHash('sha1').update(`${user}:${password}`).digest('base64')
      return new zookeeper.ACL(zookeeper.Permission.ALL, new zookeeper.Id('digest', `${user}:${digest}`))
    })
}

/** Gives the ring as it is now to every znode from the root on, the lowest first. Rejects with the session's errors. */
export async function guardTree(session: Session, path: string): Promise<void> {
  const names = (await session.children(path)) ?? []
  for (const name of names) await guardTree(session, `${path}/${name}`)
  await session.guard(path)
}
