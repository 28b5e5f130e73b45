import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { MeshboxError } from '../../error.ts'
import { writeFileAtomic } from '../../store.ts'
import { self } from '../../version.ts'

/** What install.sh has made of a release: the binary, and what lies beside it below the same prefix. */
export type Installation = { prefix: string; binary: string }

/** A file that belongs to the binary, and comes out of it. */
export type Beside = { path: string; text: string }

const recordSchema = z.object({
  /** The folder of the release, where others may lie too. */
  source: z.string(),
  /** Those that were not there before. */
  folders: z.array(z.string()),
})

type Record = z.output<typeof recordSchema>

const recordIn = ({ prefix }: Installation) => join(prefix, 'share/meshbox/installed.json')

/** @throws MeshboxError for a meshbox that runs from its sources, or lies where no install.sh has put it */
export function ownInstallation(what: string): Installation {
  const [binary = ''] = self
  if (self.length === 1 && basename(binary) === 'meshbox' && basename(dirname(binary)) === 'bin')
    return { prefix: dirname(dirname(binary)), binary }
  throw new MeshboxError({
    code: 'not-installed',
    message: `cannot ${what}: ${binary} was not put there by install.sh`,
    hint: 'install a release: sh install.sh --prefix DIR',
  })
}

/** Where this installation came from; undefined where nobody has written it down. */
export function sourceOf(installation: Installation): string | undefined {
  return recordAt(installation)?.source
}

/** The binary before the last upgrade. */
export const previousIn = ({ prefix }: Installation) => join(prefix, 'share/meshbox/previous')

/** Writes what lies beside the binary. A file that is right already is not touched. Tells whether there was one to write. */
export function putBeside(installation: Installation, files: Beside[], source: string): boolean {
  const paths = [...files.map(({ path }) => path), recordIn(installation)]
  const made = paths.flatMap((path) => foldersToMake(dirname(path)))
  const before = recordAt(installation)?.folders ?? []
  const record: Record = { source, folders: [...new Set([...before, ...made])].sort() }
  const all = [...files, { path: recordIn(installation), text: `${JSON.stringify(record)}\n` }]
  const wrong = all.filter(({ path, text }) => !existsSync(path) || readFileSync(path, 'utf8') !== text)
  for (const { path, text } of wrong) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileAtomic(path, text)
  }
  return wrong.length > 0
}

/** Takes all of it away, and the folders that were made for it, as far as nobody else has put something in. */
export function takeAway(installation: Installation, files: Pick<Beside, 'path'>[]): void {
  const folders = recordAt(installation)?.folders ?? []
  const own = [recordIn(installation), previousIn(installation), installation.binary]
  for (const path of [...files.map((file) => file.path), ...own]) rmSync(path, { force: true })
  for (const folder of folders.toSorted((a, b) => b.length - a.length)) {
    try {
      rmdirSync(folder)
    } catch {
      // somebody else's by now, or gone
    }
  }
}

function recordAt(installation: Installation): Record | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordIn(installation), 'utf8')))
  } catch {
    return undefined // put there by hand
  }
}

/** A folder and those above it, as far as they are not there. */
function foldersToMake(folder: string): string[] {
  return existsSync(folder) ? [] : [folder, ...foldersToMake(dirname(folder))]
}
