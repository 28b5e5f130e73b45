import { existsSync, lstatSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Store } from '../../store.ts'
import { openRecords } from '../process/records.ts'
import { openKept } from './kept.ts'

/** Something on the disk that nothing uses, and that can be had again. */
export type Spare = { path: string; bytes: number }

const aptArchives = '/var/cache/apt/archives'

/**
 * Unpacked archives, whole or not, that no program runs from or is to run from, and packages that apt has installed, on the
 * disk of this folder.
 */
export function sparesIn(state: string, store: Store, apt = aptArchives): Spare[] {
  const used = JSON.stringify([openKept(store).all(), openRecords(store).all()])
  const archives = entriesOf(join(state, 'packages')).flatMap((program) =>
    entriesOf(program).filter((path) => isArchive(path) && !used.includes(path)),
  )
  const packages = entriesOf(apt).filter((path) => path.endsWith('.deb'))
  const disk = statSync(state).dev
  return [...archives, ...packages]
    .filter((path) => lstatSync(path).dev === disk)
    .map((path) => ({ path, bytes: bytesIn(path) }))
}

export function removeSpares(spares: Spare[]): void {
  for (const { path } of spares) rmSync(path, { recursive: true, force: true })
}

export const bytesOf = (spares: Spare[]): number => spares.reduce((sum, { bytes }) => sum + bytes, 0)

/** As `installArchive` names them, and what it leaves when it is cut off. */
const isArchive = (path: string) => /\/[0-9a-f]{12}(\.archive(\.part)?|\.new)?$/.test(path)

function entriesOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

/** What it takes of the disk: a file may have holes. */
function bytesIn(path: string): number {
  const about = lstatSync(path)
  const below = about.isDirectory() ? entriesOf(path).reduce((sum, each) => sum + bytesIn(each), 0) : 0
  return below + about.blocks * 512
}
