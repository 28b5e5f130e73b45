import { createHash } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { MeshboxError, messageOf } from '../../error.ts'
import { type Head, openReader } from './file.ts'
import { type Manifest, manifestSchema, names } from './manifest.ts'

/** A backup that has been read to its end, and lies unpacked in a folder. */
export type Unpacked = { head: Head; manifest: Manifest; sha256: string }

/**
 * Reads a backup through and unpacks it into a folder of its own. Nothing in there counts before this returns; when it
 * throws, nothing is left.
 * @throws MeshboxError when the file is no backup, is damaged, or sealed with another key
 */
export async function unpack(
  file: string,
  folder: string,
  keysFor: (head: Head) => readonly Uint8Array[],
): Promise<Unpacked> {
  if (!existsSync(file))
    throw new MeshboxError({
      code: 'backup-absent',
      message: `cannot read ${file}: there is no such file`,
      hint: 'name a file that `meshbox backup FILE` has written',
    })
  const hash = createHash('sha256')
  const reader = openReader(hashed(file, hash), file)
  const head = await reader.head()
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const own = ['--no-same-owner', '--no-same-permissions']
  const tar = Bun.spawn(['tar', '--extract', '--gzip', ...own, '--directory', folder], {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  try {
    for await (const frame of reader.frames(head, keysFor(head))) {
      tar.stdin.write(frame)
      await tar.stdin.flush()
    }
    await tar.stdin.end()
    if ((await tar.exited) !== 0) throw new Error(await new Response(tar.stderr).text())
    refuseStrange(folder, file)
    const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, names.manifest), 'utf8')))
    return { head, manifest, sha256: hash.digest('hex') }
  } catch (error) {
    tar.kill('SIGKILL')
    await tar.exited
    rmSync(folder, { recursive: true, force: true })
    if (error instanceof MeshboxError) throw error
    throw new MeshboxError({
      code: 'backup-unpack',
      message: `cannot unpack ${file}: ${messageOf(error).trim()}`,
      hint: 'check that there is room for it; nothing was changed',
      cause: error,
    })
  }
}

/**
 * In an open cluster nobody can tell who wrote a backup. A link would have somebody else's files moved to where ZooKeeper
 * keeps its data. tar writes nothing outside by itself.
 * @throws MeshboxError for anything but plain files and folders
 */
function refuseStrange(folder: string, file: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) refuseStrange(path, file)
    else if (!entry.isFile() || lstatSync(path).nlink > 1) throw strange(path, file)
  }
}

const strange = (path: string, file: string) =>
  new MeshboxError({
    code: 'backup-strange',
    message: `cannot use ${file}: ${basename(path)} in it is no plain file`,
    hint: 'meshbox writes no such backup: do not trust where it comes from; nothing was changed',
  })

async function* hashed(file: string, hash: { update(data: Uint8Array): unknown }) {
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk)
    yield chunk as Uint8Array
  }
}
