import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { MeshboxError } from '../../../error.ts'
import { type DownloadDeps, download, type Source } from './download.ts'

/** The way back: so many versions are kept beside the newest. */
const keptVersions = 2

/**
 * Unpacks an archive into a folder of its own below `folder`, beside the versions before it, and returns the path of its
 * content. It is there as a whole or not at all; what is there already is not fetched again.
 * @throws MeshboxError when it cannot be downloaded, is not what it should be, or cannot be unpacked
 */
export async function installArchive(source: Source, folder: string, deps: DownloadDeps): Promise<string> {
  const place = placeOf(source, folder)
  if (existsSync(place)) return contentOf(place)
  mkdirSync(folder, { recursive: true })
  const file = `${place}.archive`
  const draft = `${place}.new`
  try {
    await download(source, file, deps)
    rmSync(draft, { recursive: true, force: true })
    mkdirSync(draft)
    await unpack(file, draft)
    renameSync(draft, place)
  } finally {
    rmSync(file, { force: true })
    rmSync(draft, { recursive: true, force: true })
  }
  prune(folder)
  return contentOf(place)
}

/** Its content names it: another version is another folder, and so another command line. */
const placeOf = ({ sha256 }: Source, folder: string) => join(folder, sha256.toLowerCase().slice(0, 12))

/** Most archives hold one folder with everything in it. */
function contentOf(place: string): string {
  const [only, second] = readdirSync(place)
  const alone = only !== undefined && second === undefined && statSync(join(place, only)).isDirectory()
  return alone ? join(place, only) : place
}

/** tar's own look at the content tells how it is compressed; it takes nothing out of the folder that it is told. */
async function unpack(file: string, folder: string): Promise<void> {
  const child = Bun.spawn(['tar', '--extract', '--no-same-owner', '--file', file, '--directory', folder], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const complaints = await new Response(child.stderr).text()
  if ((await child.exited) === 0) return
  throw new MeshboxError({
    code: 'archive-unpack',
    message: `cannot unpack it: ${complaints.trim().split('\n')[0] ?? 'tar failed without a word'}`,
    hint: /No space left/.test(complaints)
      ? 'make room in the data directory: `df -h` shows how much there is'
      : 'it must be a tar archive, compressed or not',
  })
}

/** The oldest versions go. */
function prune(folder: string): void {
  const versions = readdirSync(folder)
    .filter((name) => /^[0-9a-f]{12}$/.test(name))
    .map((name) => ({ name, at: statSync(join(folder, name)).ctimeMs }))
    .sort((a, b) => b.at - a.at)
  for (const { name } of versions.slice(keptVersions + 1)) rmSync(join(folder, name), { recursive: true })
}
