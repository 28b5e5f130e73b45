import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'bun:test'
import { generateKeyPairSync, sign } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { release } from '../../build/release.ts'
import manifest from '../../package.json' with { type: 'json' }
import { type Ended, run } from './run.ts'
import { type Served, serveFolder } from './served.ts'

const top = mkdtempSync(join(tmpdir(), 'meshbox-install-'))
export const released = join(top, 'release')
export const { version } = manifest
export const archive = `meshbox-${version}-linux-x64.gz`
export const sums = `SHA256SUMS-${version}`
export const { privateKey: signingKey } = generateKeyPairSync('ed25519')

/** Where the present test installs from, and to; set before each. */
export const at = {} as { dir: string; prefix: string; served: Served }

/** One release for all of the tests, and a folder for each. */
export function installsFromRelease(): void {
  beforeAll(async () => {
    chmodSync(top, 0o755)
    await release(released, { signingKey, level: 1 })
    at.served = serveFolder(released)
  }, 240_000)
  afterAll(async () => {
    await at.served?.close()
    rmSync(top, { recursive: true, force: true })
  })

  beforeEach(() => {
    at.dir = mkdtempSync(join(top, 'case-'))
    chmodSync(at.dir, 0o755)
    at.prefix = join(at.dir, 'prefix')
    mkdirSync(join(at.dir, 'tmp'), { mode: 0o1777 })
    chmodSync(join(at.dir, 'tmp'), 0o1777)
  })
  afterEach(() => {
    at.served.instead.clear()
    at.served.asked.length = 0
    at.served.release()
    expect(readdirSync(join(at.dir, 'tmp'))).toEqual([])
    rmSync(at.dir, { recursive: true, force: true })
  })
}

type How = {
  shell?: string
  url?: string | undefined
  path?: string | undefined
  version?: string
  before?: string[]
}

/** As a person does it: fetched and piped into a shell. */
export function install(
  argv: string[],
  { shell = 'sh', url = at.served.url, path, version: pinned, before = [] }: How = {},
) {
  const line = `${shell} -s -- "$@" < ${join(released, 'install.sh')}`
  const env = {
    PATH: path ?? process.env.PATH,
    TMPDIR: join(at.dir, 'tmp'),
    MESHBOX_URL: url,
    MESHBOX_VERSION: pinned,
  }
  return run([...before, '/bin/sh', '-c', line, 'sh', ...argv], { cwd: at.dir, env })
}

/** Every file of a folder with what changes when it is touched. */
export function seen(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true })
    .map((name) => {
      const { ino, mtimeMs, size, mode } = statSync(join(folder, String(name)))
      return `${name} ${ino} ${mtimeMs} ${size} ${mode.toString(8)}`
    })
    .sort()
}

export const installed = () => join(at.prefix, 'bin/meshbox')

export async function expectInstalled({ code, err }: Ended) {
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(readdirSync(join(at.prefix, 'bin'))).toEqual(['meshbox'])
  expect(statSync(installed()).mode & 0o777).toBe(0o755)
  expect((await run([installed(), 'version'])).out).toStartWith(`meshbox ${manifest.version} `)
}

export function expectRefused({ code, err }: Ended, why: string) {
  expect({ code, err }).toMatchObject({ code: 1 })
  expect(err).toContain(`error: cannot install meshbox: ${why}`)
  expect(seen(at.prefix)).toEqual([])
}

/** A PATH with the named programs and nothing else. */
export function pathOf(programs: Record<string, string>): string {
  const folder = join(at.dir, 'path')
  mkdirSync(folder)
  for (const [name, target] of Object.entries(programs)) symlinkSync(target, join(folder, name))
  return folder
}

export const which = (name: string) => Bun.which(name) ?? expect.unreachable(`${name} is not installed`)
const tools = [
  'uname',
  'gzip',
  'sha256sum',
  'cut',
  'dirname',
  'mktemp',
  'sed',
  'mkdir',
  'chmod',
  'head',
  'mv',
]
export const toolsBut = (...without: string[]) =>
  Object.fromEntries(
    [...tools, 'sh', 'rm', 'cat']
      .filter((name) => !without.includes(name))
      .map((name) => [name, which(name)]),
  )

/** A machine whose only programs are those of busybox. */
export function busyboxAlone(): string {
  return pathOf(
    Object.fromEntries([...tools, 'sh', 'rm', 'cat', 'wget'].map((name) => [name, which('busybox')])),
  )
}

/** Serves another version: a script in the place of a binary, signed. */
export function serveVersion(other: string, key = signingKey): void {
  const program = `#!/bin/sh\n[ "$1" != version ] || echo "meshbox ${other} (commit abc, Bun 1)"\n`
  const packed = Bun.gzipSync(Buffer.from(program))
  const name = `meshbox-${other}-linux-x64.gz`
  const list = `${new Bun.CryptoHasher('sha256').update(packed).digest('hex')}  ${name}\n`
  at.served.instead.set(name, packed)
  at.served.instead.set(`SHA256SUMS-${other}`, list)
  at.served.instead.set(`SHA256SUMS-${other}.sig`, sign(null, Buffer.from(list), key))
}
