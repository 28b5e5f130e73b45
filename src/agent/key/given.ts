import { misuse } from '../../error.ts'
import type { Folders } from '../local/folders.ts'
import { readKeyFile } from './file.ts'
import { type Ring, recallRing } from './keyring.ts'

/**
 * The key in the file that is named on the command line, else by MESHBOX_KEY_FILE.
 * @throws MeshboxError (exit 2) when the file cannot be used
 */
export function keyGiven(file: string | undefined): { key: string; path: string } | undefined {
  const path = file ?? (process.env.MESHBOX_KEY_FILE || undefined)
  return path === undefined ? undefined : { key: readKeyFile(path), path }
}

/**
 * The keyring to begin with: the one that this machine has, or the key that it is given.
 * @throws MeshboxError (exit 2) when the file cannot be used, or this machine has joined with another key
 */
export function ringToJoinWith(
  file: string | undefined,
  { folders, joined }: { folders: Folders; joined: boolean },
): Ring {
  const given = keyGiven(file)
  if (!joined) return ringOf(given)
  const ring = recallRing(folders)
  if (given === undefined || ring.keys.includes(given.key)) return ring
  throw misuse(
    'key-other',
    `cannot join with the key in ${given.path}: this machine has ${ring.keys.length === 0 ? 'joined without one' : 'another one'}`,
    `keep the key that is there by leaving --key-file out`,
  )
}

export const ringOf = (given: { key: string } | undefined): Ring => ({
  generation: 0,
  keys: given === undefined ? [] : [given.key],
})
