import { randomBytes } from 'node:crypto'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Session } from '../zookeeper/session.ts'
import type { Vault } from './vault.ts'
import { keyName, readWraps, rewrapped, unwrap, type Wraps } from './wraps.ts'

/** The secrets of the document of one cluster. */
export type Secrets = Pick<Vault, 'read' | 'open' | 'mask'> & {
  /** See `Vault.seal`; the first secret of a cluster draws its data key. Rejects with MeshboxError. */
  seal(text: string, before: string): Promise<string>
  /** Whether it is known with what they are sealed. */
  loaded(): boolean
  /** Resolves when it is. Rejects with the session's errors. */
  load(): Promise<void>
  /** Tells when it gets known, or changes. */
  onChange(see: () => void): () => void
  stop(): void
}

/** The keyring, the primary key first. */
export type Keyring = { bytes(): readonly Uint8Array[]; onChange(see: () => void): () => void }

const dataKeyBytes = 32

/** @param path the znode with the wrapped data key */
export function openSecrets({
  session,
  path,
  vault,
  keys,
  log,
}: {
  session: Session
  path: string
  vault: Vault
  keys: Keyring
  log: Log
}): Secrets {
  const listeners = new Set<() => void>()
  let asked = keys.bytes().length === 0
  let names = keys.bytes().map(keyName)
  /** Keys that were taken out of the ring while this machine looked on. */
  let removed: string[] = []
  let there: { wraps: Wraps; version: number } | undefined

  const loaded = () => asked || vault.dataKey() !== undefined

  function take(data: Buffer | undefined, version: number): void {
    const wraps = data && readWraps(data)
    there = wraps && { wraps, version }
    const dataKey = wraps && unwrap(wraps, keys.bytes())
    if (dataKey) vault.hold(dataKey)
    else if (wraps) log.warn('the key of the secrets is wrapped with none of the keys of this machine')
    asked = true
    for (const see of [...listeners]) see()
    if (wraps) mend()
    else if (!data) restore()
  }

  /** Somebody removed it: those who come later need it. */
  function restore(): void {
    const dataKey = vault.dataKey()
    if (!dataKey) return
    session
      .create(path, JSON.stringify(rewrapped({}, dataKey, keys.bytes())))
      .catch((error) => log.debug({ error: messageOf(error) }, 'cannot write down the key of the secrets'))
  }

  /** Each machine sees to it that every key of the ring opens the data key, and none that was taken out of it. */
  function mend(): void {
    const dataKey = vault.dataKey()
    if (!there || !dataKey || !unwrap(there.wraps, keys.bytes())) return
    const next = rewrapped(there.wraps, dataKey, keys.bytes(), removed)
    if (next === there.wraps) return
    // Who is slower, or has lost the connection, sees what became of it and looks again.
    session
      .write(path, JSON.stringify(next), there.version)
      .catch((error) => log.debug({ error: messageOf(error) }, 'cannot wrap the key of the secrets'))
  }

  function seeKeys(): void {
    const now = keys.bytes().map(keyName)
    removed = [...removed, ...names].filter((name) => !now.includes(name))
    names = now
    mend()
  }

  async function load(): Promise<void> {
    if (loaded()) return
    const node = await session.read(path)
    take(node?.data, node?.version ?? -1)
  }

  /** The data key of this cluster; drawn by the first who needs it. */
  async function draw(): Promise<void> {
    if (keys.bytes().length === 0 || vault.dataKey()) return
    await session.ensure(path.slice(0, path.lastIndexOf('/')))
    const wraps = rewrapped({}, randomBytes(dataKeyBytes), keys.bytes())
    try {
      await session.create(path, JSON.stringify(wraps))
    } catch (error) {
      if (!(error instanceof MeshboxError) || error.code !== 'zk-node-exists') throw error
    }
    const node = await session.read(path)
    take(node?.data, node?.version ?? -1)
  }

  const stops =
    keys.bytes().length === 0
      ? []
      : [session.follow(path, (node) => take(node?.data, node?.version ?? -1)), keys.onChange(seeKeys)]
  return {
    ...{ read: vault.read, open: vault.open, mask: vault.mask, loaded, load },
    async seal(text, before) {
      if (vault.hasSecrets(text)) await draw()
      return vault.seal(text, before)
    },
    onChange(see) {
      listeners.add(see)
      return () => listeners.delete(see)
    },
    stop() {
      for (const stop of stops) stop()
    },
  }
}
