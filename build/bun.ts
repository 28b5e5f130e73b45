import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }

/** A kind of machine that there is a meshbox for, and the Bun that goes into its binary. */
export type Target = {
  /** As it stands in the name of the archive. */
  name: 'linux-x64' | 'linux-arm64'
  bun: 'bun-linux-x64-baseline' | 'bun-linux-arm64'
  /** Bun's own npm package for it, and what npm calls the integrity of the version that package.json pins. */
  package: string
  integrity: string
}

/** Both with glibc. The one for x64 wants nothing of a CPU that is not in every x64: no AVX2. */
export const targets: Target[] = [
  {
    name: 'linux-x64',
    bun: 'bun-linux-x64-baseline',
    package: '@oven/bun-linux-x64-baseline',
    integrity:
      'sha512-s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA==',
  },
  {
    name: 'linux-arm64',
    bun: 'bun-linux-arm64',
    package: '@oven/bun-linux-aarch64',
    integrity:
      'sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==',
  },
]

const root = join(import.meta.dir, '..')

/** The pinned Bun for a kind of machine, fetched from npm once and kept in the clone. */
export async function bunFor(target: Target): Promise<string> {
  const version = manifest.devDependencies.bun
  const folder = join(root, '.meshbox/bun')
  const kept = join(folder, `${target.bun}-${version}`)
  if (existsSync(kept)) return kept
  mkdirSync(folder, { recursive: true })
  const work = mkdtempSync(join(folder, 'fetching-'))
  try {
    const archive = (await run(['npm', 'pack', '--silent', `${target.package}@${version}`], work)).trim()
    const bytes = await Bun.file(join(work, archive)).bytes()
    const found = `sha512-${new Bun.CryptoHasher('sha512').update(bytes).digest('base64')}`
    if (found !== target.integrity)
      throw new Error(`cannot release: ${target.package} ${version} is not the one that build/bun.ts pins`)
    await run(['tar', '-xzf', archive, 'package/bin/bun'], work)
    renameSync(join(work, 'package/bin/bun'), kept)
    return kept
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function run(command: string[], cwd: string): Promise<string> {
  const child = Bun.spawn(command, { cwd, stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' })
  const out = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error(`cannot release: ${command.join(' ')} failed`)
  return out
}
