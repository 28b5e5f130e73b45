import { existsSync, rmSync } from 'node:fs'
import { z } from 'zod'
import { MeshboxError } from '../../error.ts'
import { writeFileAtomic } from '../../store.ts'
import type { Folders } from '../local/folders.ts'
import { readPrivateFile } from './file.ts'
import { bytesOf } from './key.ts'

/** The keys of a cluster. Everything is sealed with the first and opened with any; without one the cluster is open. */
export const ringSchema = z.object({
  /** How often the keys were changed: who knows of more changes is right. */
  generation: z.int().min(0),
  keys: z.array(z.base64()),
})

export type Ring = z.output<typeof ringSchema>

/** The keyring of this machine, on its disk. */
export type Keys = {
  ring(): Ring
  /** The primary one first. */
  bytes(): readonly Uint8Array[]
  /** Stores the keys as they are after a change, the primary one first. */
  change(keys: readonly string[]): void
  /** Takes over a ring that somebody else has. */
  adopt(ring: Ring): void
  onChange(see: () => void): () => void
}

const openRing: Ring = { generation: 0, keys: [] }

const pathIn = (folders: Folders) => `${folders.state}/keyring`

/** The keyring at this place; an open one where there is none. @throws MeshboxError when it cannot be used */
export function recallRing(folders: Folders): Ring {
  const path = pathIn(folders)
  if (!existsSync(path)) return openRing
  const text = readPrivateFile(path)
  try {
    return ringSchema.parse(JSON.parse(text))
  } catch {
    throw new MeshboxError({
      code: 'keyring-unreadable',
      message: `cannot read the keyring in ${path}`,
      hint: 'give it the key of its cluster anew: meshbox join zk://… --key-file FILE',
    })
  }
}

/** After a crash at any point there is the old keyring or the new one. */
export function rememberRing(folders: Folders, ring: Ring): void {
  writeFileAtomic(pathIn(folders), `${JSON.stringify(ring)}\n`, 0o600)
}

/** For a machine that has left. */
export function forgetRing(folders: Folders): void {
  rmSync(pathIn(folders), { force: true })
}

/** @throws MeshboxError when the keyring on the disk cannot be used: then nothing may go out in the clear instead */
export function openKeys(folders: Folders): Keys {
  const listeners = new Set<() => void>()
  let ring = recallRing(folders)
  let bytes = ring.keys.map(bytesOf)

  function become(next: Ring): void {
    rememberRing(folders, next)
    ring = next
    bytes = ring.keys.map(bytesOf)
    for (const see of [...listeners]) see()
  }

  return {
    ring: () => ring,
    bytes: () => bytes,
    change(keys) {
      if (keys.join() !== ring.keys.join()) become({ generation: ring.generation + 1, keys: [...keys] })
    },
    adopt: become,
    onChange(see) {
      listeners.add(see)
      return () => listeners.delete(see)
    },
  }
}
