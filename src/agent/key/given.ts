import { misuse } from '../../error.ts'
import type { Folders } from '../local/folders.ts'
import { readKeyFile } from './file.ts'
import { type Ring, recallRing } from './keyring.ts'

/**
 * The keyring to join with: the one that this machine has, or the key that it is given.
 * @param file as named on the command line; else MESHBOX_KEY_FILE
 * @throws MeshboxError (exit 2) when the file cannot be used, or this machine has joined with another key
 */
export function ringToJoinWith(
  file: string | undefined,
  { folders, joined }: { folders: Folders; joined: boolean },
): Ring {
  const path = file ?? (process.env.MESHBOX_KEY_FILE || undefined)
  const key = path === undefined ? undefined : readKeyFile(path)
  if (!joined) return { generation: 0, keys: key === undefined ? [] : [key] }
  const ring = recallRing(folders)
  if (key === undefined || ring.keys.includes(key)) return ring
  throw misuse(
    'key-other',
    `cannot join with the key in ${path}: this machine has ${ring.keys.length === 0 ? 'joined without one' : 'another one'}`,
    `keep the key that is there by leaving --key-file out`,
  )
}
