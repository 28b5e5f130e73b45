import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import manifest from '../package.json' with { type: 'json' }
import { bunFor, type Target, targets } from './bun.ts'
import { compile, root } from './compile.ts'

const sha256 = (data: Uint8Array | string) => new Bun.CryptoHasher('sha256').update(data).digest('hex')
const archiveOf = (version: string, target: Target) => `meshbox-${version}-${target.name}.gz`

type Release = {
  version?: string
  /** Private, Ed25519. */
  signingKey: KeyObject
  /** Where it will be published: what install.sh fetches from unless it is told otherwise. */
  url?: string
  /** From 1, quick, to 9, small. */
  level?: number
  /** Only for these kinds of machines. */
  only?: Target['name'][]
}

/**
 * Writes what `install.sh` and `meshbox upgrade` install from: compressed binaries, their hashes, the signature of
 * those, and install.sh itself. Releases may share a folder: the names without a version are those of the newest.
 */
export async function release(
  folder: string,
  { version = manifest.version, signingKey, url = '', level = 9, only }: Release,
): Promise<void> {
  const publicKey = createPublicKey(signingKey).export({ type: 'spki', format: 'der' }).toString('base64')
  const work = mkdtempSync(join(tmpdir(), 'meshbox-release-'))
  const hashes: Record<string, string> = {}
  const sums: [hash: string, name: string][] = []
  mkdirSync(folder, { recursive: true })
  const write = (name: string, data: Uint8Array | string) => {
    writeFileSync(join(folder, name), data)
    return sha256(data)
  }
  try {
    for (const target of targets) {
      const archive = archiveOf(version, target)
      const made = only === undefined || only.includes(target.name)
      const { packed, plain } = made ? await binaryFor(target) : { packed: '', plain: '' }
      const name = target.name.toUpperCase().replace('-', '_')
      hashes[`ARCHIVE_${name}`] = packed
      hashes[`BINARY_${name}`] = plain
      if (made) sums.push([packed, archive])
    }
    const installer = fill(readFileSync(join(root, 'build/install.sh'), 'utf8'), {
      VERSION: version,
      RELEASE_KEY: publicKey,
      URL: url.replace(/\/$/, ''),
      ...hashes,
    })
    sums.push([write('install.sh', installer), 'install.sh'])
    chmodSync(join(folder, 'install.sh'), 0o755)
    const list = sums.map(([hash, name]) => `${hash}  ${name}\n`).join('')
    for (const name of ['SHA256SUMS', `SHA256SUMS-${version}`]) {
      write(name, list)
      write(`${name}.sig`, sign(null, Buffer.from(list), signingKey))
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }

  async function binaryFor(target: Target): Promise<{ packed: string; plain: string }> {
    const binary = join(work, 'meshbox')
    const executable = await bunFor(target)
    await compile(binary, { version, releaseKey: publicKey, target: { bun: target.bun, executable } })
    const bytes = readFileSync(binary)
    return { packed: write(archiveOf(version, target), gzipSync(bytes, { level })), plain: sha256(bytes) }
  }
}

/** Puts values in for `@NAME@`; throws on a name that the template does not have, or has without a value. */
function fill(template: string, values: Record<string, string>): string {
  const filled = Object.entries(values).reduce((text, [name, value]) => {
    if (!text.includes(`@${name}@`)) throw new Error(`cannot release: install.sh has no @${name}@`)
    return text.replaceAll(`@${name}@`, value)
  }, template)
  const left = /@[A-Z0-9_]+@/.exec(filled)
  if (left) throw new Error(`cannot release: install.sh has ${left[0]}, which nobody fills in`)
  return filled
}

/** The key in that file, as MESHBOX_SIGNING_KEY names it; without one, a key that nobody will ever have again. */
export function signingKeyFor(file: string | undefined, say: (line: string) => void): KeyObject {
  if (file === undefined) {
    say(
      'MESHBOX_SIGNING_KEY names no key: signing with a throw-away one, and so no other release upgrades this one.',
    )
    say('Make a key with: openssl genpkey -algorithm ed25519 -out release.key')
    return generateKeyPairSync('ed25519').privateKey
  }
  const key = createPrivateKey(readFileSync(file))
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`cannot release: ${file} is no Ed25519 key`)
  return key
}

if (import.meta.main) {
  const folder = join(root, 'dist/release')
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const signingKey = signingKeyFor(process.env.MESHBOX_SIGNING_KEY || undefined, say)
  rmSync(folder, { recursive: true, force: true })
  await release(folder, { signingKey, url: process.env.MESHBOX_RELEASE_URL ?? '' })
  process.stdout.write(`released ${manifest.version} into ${folder}\n`)
}
