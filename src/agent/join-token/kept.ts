import { rmSync } from 'node:fs'
import { z } from 'zod'
import { writeFileAtomic } from '../../store.ts'
import { readPrivateFile } from '../key/file.ts'
import { type Ring, ringSchema } from '../key/keyring.ts'
import type { Folders } from '../local/folders.ts'

const keptSchema = z.object({ token: z.string(), ring: ringSchema })

const pathIn = (folders: Folders) => `${folders.state}/redeemed`

/**
 * What a token was redeemed for, until the machine has joined: a join that fails after it, at a port that is taken, say,
 * can be run again with the same token.
 */
export function keptRing(folders: Folders, token: string): Ring | undefined {
  try {
    const kept = keptSchema.parse(JSON.parse(readPrivateFile(pathIn(folders))))
    return kept.token === token ? kept.ring : undefined
  } catch {
    return undefined // none, or none that can be used: then the token has to be redeemed
  }
}

export function keepRing(folders: Folders, token: string, ring: Ring): void {
  writeFileAtomic(pathIn(folders), `${JSON.stringify({ token, ring })}\n`, 0o600)
}

export function dropRing(folders: Folders): void {
  rmSync(pathIn(folders), { force: true })
}
