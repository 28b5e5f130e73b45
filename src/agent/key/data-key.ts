import { rmSync } from 'node:fs'
import { writeFileAtomic } from '../../store.ts'
import type { Folders } from '../local/folders.ts'
import { readPrivateFile } from './file.ts'

const pathIn = (folders: Folders) => `${folders.state}/data-key`

/** Where this machine keeps the key of the document's secrets, so that it can start while ZooKeeper is away. */
export function keptDataKey(folders: Folders) {
  return {
    recall(): Uint8Array | undefined {
      try {
        return Buffer.from(readPrivateFile(pathIn(folders)).trim(), 'base64')
      } catch {
        return undefined // ZooKeeper has it too
      }
    },
    remember(dataKey: Uint8Array): void {
      writeFileAtomic(pathIn(folders), `${Buffer.from(dataKey).toString('base64')}\n`, 0o600)
    },
  }
}

/** For a machine that has left. */
export function forgetDataKey(folders: Folders): void {
  rmSync(pathIn(folders), { force: true })
}
