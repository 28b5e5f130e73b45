import { createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MeshboxError, messageOf, misuse } from '../../error.ts'
import { releaseKey } from '../../version.ts'

/** What a signed list says of a release for one kind of machine. */
export type Listed = { version: string; archive: string; sha256: string }

/** Bytes; a list has a line for each kind of machine. */
const mostListBytes = 65_536
const listMs = 30_000

/** The kind of this machine, as it stands in the names of archives. */
const ownKind = `linux-${process.arch}`

/**
 * The release of that version, or the newest of the folder, as its signed list has it.
 * @throws MeshboxError when the list cannot be had, or is not signed with the key of this release
 */
export async function findRelease(source: string, version: string | undefined): Promise<Listed> {
  if (version !== undefined && !/^\d[\w.+-]*$/.test(version))
    throw misuse(
      'upgrade-version',
      `cannot upgrade to "${version}": it is no version`,
      'write --version 1.2.3',
    )
  const name = version === undefined ? 'SHA256SUMS' : `SHA256SUMS-${version}`
  const [list, signature] = await Promise.all([fetchFile(source, name), fetchFile(source, `${name}.sig`)])
  if (!isSigned(list, signature, releaseKey))
    throw new MeshboxError({
      code: 'upgrade-signature',
      message: `cannot upgrade: ${name} in ${source} is not signed with the key of this release`,
      hint: 'the copy of the release is damaged, or is not what it says it is; nothing was changed',
    })
  const listed = listedIn(Buffer.from(list).toString(), ownKind)
  if (listed && (version === undefined || listed.version === version)) return listed
  throw new MeshboxError({
    code: 'upgrade-absent',
    message: `cannot upgrade: ${source} has no meshbox ${version ?? ''} for ${ownKind}`.replace('  ', ' '),
    hint: 'look there for the versions that it has',
  })
}

/** @param key SPKI in base64; a binary that is no release has none, and trusts nobody */
export function isSigned(list: Uint8Array, signature: Uint8Array, key: string): boolean {
  if (key === '') return false
  const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), type: 'spki', format: 'der' })
  return verify(null, list, publicKey, signature)
}

/** The version stands in the name of the archive, and the name in the list: none can pass for another. */
export function listedIn(list: string, kind: string): Listed | undefined {
  for (const line of list.split('\n')) {
    const [, sha256, archive, version, of] =
      /^([0-9a-f]{64}) {2}(meshbox-(.+)-(linux-\w+)\.gz)$/.exec(line) ?? []
    if (of === kind && sha256 && archive && version) return { version, archive, sha256 }
  }
  return undefined
}

async function fetchFile(source: string, name: string): Promise<Uint8Array> {
  try {
    if (!isAddress(source)) return readFileSync(join(source, name))
    const response = await fetch(`${source}/${name}`, { signal: AbortSignal.timeout(listMs) })
    if (!response.ok) throw new Error(`it answers ${response.status}`)
    const bytes = await response.bytes()
    if (bytes.length > mostListBytes) throw new Error('it is too long')
    return bytes
  } catch (error) {
    throw new MeshboxError({
      code: 'upgrade-fetch',
      message: `cannot upgrade: ${name} cannot be had from ${source}: ${messageOf(error)}`,
      hint: 'name the folder of a release: --from URL or --from DIR',
      cause: error,
    })
  }
}

export const isAddress = (source: string) => /^https?:\/\//.test(source)
