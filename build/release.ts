import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import manifest from '../package.json' with { type: 'json' }
import { compile, root } from './compile.ts'

const archive = 'meshbox-linux-x64.gz'

const sha256 = (data: Uint8Array | string) => new Bun.CryptoHasher('sha256').update(data).digest('hex')

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

/** Writes what `install.sh` installs from: the compressed binary, SHA256SUMS and install.sh itself. */
export async function release(folder: string): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('cannot release: the binary for Linux x64 is made on Linux x64')
  const work = mkdtempSync(join(tmpdir(), 'meshbox-release-'))
  try {
    const binary = join(work, 'meshbox')
    await compile(binary)
    const plain = readFileSync(binary)
    const packed = gzipSync(plain, { level: 9 })
    const installer = fill(readFileSync(join(root, 'build/install.sh'), 'utf8'), {
      VERSION: manifest.version,
      ARCHIVE: archive,
      ARCHIVE_SHA256: sha256(packed),
      BINARY_SHA256: sha256(plain),
    })
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, archive), packed)
    writeFileSync(join(folder, 'install.sh'), installer, { mode: 0o755 })
    writeFileSync(
      join(folder, 'SHA256SUMS'),
      `${sha256(packed)}  ${archive}\n${sha256(installer)}  install.sh\n`,
    )
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const folder = join(root, 'dist/release')
  await release(folder)
  process.stdout.write(`released ${manifest.version} into ${folder}\n`)
}
