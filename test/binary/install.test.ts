import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from 'bun:test'
import { generateKeyPairSync, sign } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { release, signingKeyFor } from '../../build/release.ts'
import manifest from '../../package.json' with { type: 'json' }
import { needsRoot } from '../root.ts'
import { freePort } from '../zookeeper/server.ts'
import { type Ended, run } from './run.ts'
import { type Served, serveFolder } from './served.ts'

setDefaultTimeout(60_000)

const top = mkdtempSync(join(tmpdir(), 'meshbox-install-'))
const released = join(top, 'release')
const { version } = manifest
const archive = `meshbox-${version}-linux-x64.gz`
const sums = `SHA256SUMS-${version}`
const { privateKey: signingKey } = generateKeyPairSync('ed25519')

let dir: string
let prefix: string
let served: Served

beforeAll(async () => {
  chmodSync(top, 0o755)
  await release(released, { signingKey, level: 1 })
  served = serveFolder(released)
}, 240_000)
afterAll(async () => {
  await served?.close()
  rmSync(top, { recursive: true, force: true })
})

beforeEach(() => {
  dir = mkdtempSync(join(top, 'case-'))
  chmodSync(dir, 0o755)
  prefix = join(dir, 'prefix')
  mkdirSync(join(dir, 'tmp'), { mode: 0o1777 })
  chmodSync(join(dir, 'tmp'), 0o1777)
})
afterEach(() => {
  served.instead.clear()
  served.asked.length = 0
  served.release()
  expect(readdirSync(join(dir, 'tmp'))).toEqual([])
  rmSync(dir, { recursive: true, force: true })
})

type How = {
  shell?: string
  url?: string | undefined
  path?: string | undefined
  version?: string
  before?: string[]
}

/** As a person does it: fetched and piped into a shell. */
function install(
  argv: string[],
  { shell = 'sh', url = served.url, path, version: pinned, before = [] }: How = {},
) {
  const line = `${shell} -s -- "$@" < ${join(released, 'install.sh')}`
  const env = {
    PATH: path ?? process.env.PATH,
    TMPDIR: join(dir, 'tmp'),
    MESHBOX_URL: url,
    MESHBOX_VERSION: pinned,
  }
  return run([...before, '/bin/sh', '-c', line, 'sh', ...argv], { cwd: dir, env })
}

/** Every file of a folder with what changes when it is touched. */
function seen(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true })
    .map((name) => {
      const { ino, mtimeMs, size, mode } = statSync(join(folder, String(name)))
      return `${name} ${ino} ${mtimeMs} ${size} ${mode.toString(8)}`
    })
    .sort()
}

const installed = () => join(prefix, 'bin/meshbox')

async function expectInstalled({ code, err }: Ended) {
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(readdirSync(join(prefix, 'bin'))).toEqual(['meshbox'])
  expect(statSync(installed()).mode & 0o777).toBe(0o755)
  expect((await run([installed(), 'version'])).out).toStartWith(`meshbox ${manifest.version} `)
}

function expectRefused({ code, err }: Ended, why: string) {
  expect({ code, err }).toMatchObject({ code: 1 })
  expect(err).toContain(`error: cannot install meshbox: ${why}`)
  expect(seen(prefix)).toEqual([])
}

/** A PATH with the named programs and nothing else. */
function pathOf(programs: Record<string, string>): string {
  const folder = join(dir, 'path')
  mkdirSync(folder)
  for (const [name, target] of Object.entries(programs)) symlinkSync(target, join(folder, name))
  return folder
}

const which = (name: string) => Bun.which(name) ?? expect.unreachable(`${name} is not installed`)
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
const toolsBut = (...without: string[]) =>
  Object.fromEntries(
    [...tools, 'sh', 'rm', 'cat']
      .filter((name) => !without.includes(name))
      .map((name) => [name, which(name)]),
  )

/** A machine whose only programs are those of busybox. */
function busyboxAlone(): string {
  return pathOf(
    Object.fromEntries([...tools, 'sh', 'rm', 'cat', 'wget'].map((name) => [name, which('busybox')])),
  )
}

describe('the release', () => {
  test('holds the compressed binary, its installer, and the hashes of both', async () => {
    const arm = `meshbox-${version}-linux-arm64.gz`
    const lists = ['SHA256SUMS', `SHA256SUMS-${version}`].flatMap((name) => [name, `${name}.sig`])
    expect(readdirSync(released).sort()).toEqual([...lists, 'install.sh', arm, archive].sort())
    const { code, out } = await run(['sha256sum', '-c', 'SHA256SUMS'], { cwd: released })
    expect({ code, out }).toEqual({ code: 0, out: `${archive}: OK\n${arm}: OK\ninstall.sh: OK\n` })
    // What kind of machine an ELF file is for stands in its header: 62 is x86-64, 183 is AArch64 (elf(5)).
    const machineOf = (name: string) => gunzipSync(readFileSync(join(released, name))).readUInt16LE(18)
    expect([machineOf(archive), machineOf(arm)]).toEqual([62, 183])
  })

  test('has an installer that shellcheck finds nothing in', async () => {
    expect(await run(['shellcheck', join(released, 'install.sh')])).toEqual({ code: 0, out: '', err: '' })
  })
})

describe('the key of a release', () => {
  test('is the one that is named, and only an Ed25519 one', async () => {
    const file = join(dir, 'release.key')
    await run(['openssl', 'genpkey', '-algorithm', 'ed25519', '-out', file])
    expect(signingKeyFor(file, () => expect.unreachable()).asymmetricKeyType).toBe('ed25519')
    await run(['openssl', 'genpkey', '-algorithm', 'rsa', '-out', file])
    expect(() => signingKeyFor(file, () => {})).toThrow('is no Ed25519 key')
  })

  test('is a throw-away one where none is named, and that is said', () => {
    const said: string[] = []
    signingKeyFor(undefined, (line) => said.push(line))
    expect(said.join(' ')).toContain('signing with a throw-away one')
  })
})

/** Serves another version: a script in the place of a binary, signed. */
function serveVersion(other: string, key = signingKey): void {
  const program = `#!/bin/sh\n[ "$1" != version ] || echo "meshbox ${other} (commit abc, Bun 1)"\n`
  const packed = Bun.gzipSync(Buffer.from(program))
  const name = `meshbox-${other}-linux-x64.gz`
  const list = `${new Bun.CryptoHasher('sha256').update(packed).digest('hex')}  ${name}\n`
  served.instead.set(name, packed)
  served.instead.set(`SHA256SUMS-${other}`, list)
  served.instead.set(`SHA256SUMS-${other}.sig`, sign(null, Buffer.from(list), key))
}

describe('installing', () => {
  for (const shell of ['dash', 'busybox sh', 'bash --posix']) {
    test(`works in ${shell}`, async () => {
      await expectInstalled(await install(['--prefix', prefix], { shell }))
    })
  }

  test('works exactly as README.md and docs/install.md have it', async () => {
    const line = `curl -fsSL ${served.url}/install.sh | MESHBOX_URL=${served.url} sh -s -- --prefix ${prefix}`
    const env = { PATH: process.env.PATH, TMPDIR: join(dir, 'tmp') }
    await expectInstalled(await run(['/bin/sh', '-c', line], { cwd: dir, env }))
  })

  test('works on a machine with nothing but busybox', async () => {
    await expectInstalled(await install(['--prefix', prefix], { path: busyboxAlone() }))
  })

  test('works with wget where there is no curl', async () => {
    const path = pathOf({ ...toolsBut(), wget: which('wget') })
    await expectInstalled(await install([`--prefix=${prefix}`], { path }))
  })

  test('works from a folder, without any network', async () => {
    await expectInstalled(await install(['--prefix', prefix], { url: released, path: pathOf(toolsBut()) }))
    rmSync(prefix, { recursive: true })
    const env = { PATH: process.env.PATH, TMPDIR: join(dir, 'tmp') }
    await expectInstalled(
      await run(['sh', join(released, 'install.sh'), '--prefix', 'prefix'], { cwd: dir, env }),
    )
  })

  test('takes a strange umask and a folder with a space in its name', async () => {
    prefix = join(dir, 'a place')
    await expectInstalled(
      await install(['--prefix', prefix], { before: ['sh', '-c', 'umask 077; exec "$@"', 'sh'] }),
    )
    expect(statSync(join(prefix, 'bin')).mode & 0o777).toBe(0o755)
  })

  test('a second time says so and changes and fetches nothing', async () => {
    await install(['--prefix', prefix])
    const before = seen(prefix)
    served.asked.length = 0
    const { code, out } = await install(['--prefix', prefix])
    expect({ code, out }).toEqual({
      code: 0,
      out: `meshbox ${manifest.version} is already installed: ${installed()}\n`,
    })
    expect(seen(prefix)).toEqual(before)
    expect(served.asked).toEqual([])
  })

  test('replaces another version in one step, while that one runs', async () => {
    mkdirSync(join(prefix, 'bin'), { recursive: true })
    writeFileSync(installed(), readFileSync(which('sleep')), { mode: 0o755 })
    const old = Bun.spawn([installed(), '60'])
    try {
      await expectInstalled(await install(['--prefix', prefix]))
      expect(old.exitCode).toBe(null)
    } finally {
      old.kill('SIGKILL')
      await old.exited
    }
  })

  test('puts completions, and where it came from, beside the binary; uninstall leaves nothing', async () => {
    mkdirSync(join(prefix, 'share/zsh'), { recursive: true })
    writeFileSync(join(prefix, 'share/zsh/mine'), '')
    await install(['--prefix', prefix])
    const share = (name: string) => readFileSync(join(prefix, 'share', name), 'utf8')
    expect(share('bash-completion/completions/meshbox')).toContain('-F _meshbox meshbox')
    expect(share('zsh/site-functions/_meshbox')).toStartWith('#compdef meshbox')
    expect(share('fish/vendor_completions.d/meshbox.fish')).toContain('complete -c meshbox')
    expect(share('man/man1/meshbox-join.1')).toContain('.SH EXAMPLES')
    expect(JSON.parse(share('meshbox/installed.json')).source).toBe(served.url)
    const argv = [installed(), 'uninstall', '--data-dir', join(dir, 'data')]
    expect((await run(argv)).err).toContain('add --yes')
    expect(await run([...argv, '--yes'])).toEqual({
      code: 0,
      err: '',
      out: `meshbox is gone from ${prefix}.\n`,
    })
    const left = readdirSync(prefix, { recursive: true }).sort()
    expect(left).toEqual(['bin', 'share', 'share/zsh', 'share/zsh/mine'])
  })

  test('--dry-run tells what would be done, and does and fetches nothing', async () => {
    const { code, out } = await install(['--dry-run', '--prefix', prefix])
    expect({ code, out }).toMatchObject({ code: 0 })
    expect(out).toContain(`Would fetch ${served.url}/${archive}, check it, and install ${installed()}`)
    expect(seen(prefix)).toEqual([])
    expect(served.asked).toEqual([])
  })

  test('MESHBOX_VERSION has another version, whose hashes are signed with the key of this one', async () => {
    serveVersion('9.9.9')
    const { code, out } = await install(['--prefix', prefix], { version: 'v9.9.9' })
    expect({ code, out }).toMatchObject({ code: 0 })
    expect(out).toContain(`Installed ${installed()} (9.9.9)`)
    const again = await install(['--prefix', prefix], { version: '9.9.9' })
    expect(again.out).toBe(`meshbox 9.9.9 is already installed: ${installed()}\n`)
  })

  test('says so where it cannot check the signature', async () => {
    const path = pathOf({ ...toolsBut(), curl: which('curl') })
    const { code, out } = await install(['--prefix', prefix], { path })
    expect({ code, out }).toMatchObject({ code: 0 })
    expect(out).toContain('The signature of the release is not checked: there is no OpenSSL 3 here.')
    expect((await install(['--prefix', join(dir, 'other')])).out).not.toContain('signature')
  })

  needsRoot('works where nothing in the folder for temporary files may be executed', async () => {
    const mount = `mount -t tmpfs -o noexec,mode=1777 none ${join(dir, 'tmp')} && exec "$@"`
    await expectInstalled(
      await install(['--prefix', prefix], { before: ['unshare', '-m', 'sh', '-c', mount, 'sh'] }),
    )
  })

  test('cut off anywhere does nothing', async () => {
    const lines = readFileSync(join(released, 'install.sh'), 'utf8').split('\n')
    for (let length = 1; length < lines.length - 2; length += 7) {
      writeFileSync(join(dir, 'cut.sh'), lines.slice(0, length).join('\n'))
      await run(['sh', join(dir, 'cut.sh'), '--prefix', prefix], {
        cwd: dir,
        env: { MESHBOX_URL: served.url },
      })
    }
    expect(served.asked).toEqual([])
    expect(seen(prefix)).toEqual([])
  })
})

describe('refused, with nothing changed:', () => {
  test('hashes with a wrong signature, or one of somebody else', async () => {
    served.instead.set(`${sums}.sig`, Buffer.alloc(64))
    expectRefused(await install(['--prefix', prefix]), `${served.url}/${sums} has a wrong signature`)
    serveVersion('9.9.9', generateKeyPairSync('ed25519').privateKey)
    const forged = await install(['--prefix', prefix], { version: '9.9.9' })
    expectRefused(forged, `${served.url}/SHA256SUMS-9.9.9 has a wrong signature`)
    expect(served.asked.filter((name) => name.endsWith('.gz'))).toEqual([])
  })

  test('a version that is none, is not there, or has nothing for this machine', async () => {
    const odd = await install(['--prefix', prefix], { version: '../x' })
    expect(odd).toMatchObject({
      code: 2,
      err: expect.stringContaining('MESHBOX_VERSION is no version: ../x'),
    })
    const absent = await install(['--prefix', prefix], { version: '8.8.8' })
    expectRefused(absent, `cannot fetch ${served.url}/SHA256SUMS-8.8.8`)
    served.instead.set('SHA256SUMS-8.8.8', '\n')
    served.instead.set('SHA256SUMS-8.8.8.sig', sign(null, Buffer.from('\n'), signingKey))
    const empty = await install(['--prefix', prefix], { version: '8.8.8' })
    expectRefused(empty, `${served.url} has no meshbox 8.8.8 for linux-x64`)
  })

  test('a machine whose C library is musl', async () => {
    const path = pathOf(toolsBut())
    writeFileSync(join(path, 'ldd'), '#!/bin/sh\necho "musl libc (x86_64)" >&2\nexit 1\n', { mode: 0o755 })
    symlinkSync(which('grep'), join(path, 'grep'))
    expectRefused(await install(['--prefix', prefix], { path }), 'its C library is musl')
  })

  test('an archive with a wrong hash', async () => {
    const bytes = readFileSync(join(released, archive))
    bytes[1000] = (bytes[1000] ?? 0) ^ 1
    served.instead.set(archive, bytes)
    expectRefused(await install(['--prefix', prefix]), `${served.url}/${archive} has the wrong sha256`)
  })

  test('an archive that breaks off', async () => {
    served.instead.set(archive, readFileSync(join(released, archive)).subarray(0, 1_000_000))
    expectRefused(await install(['--prefix', prefix]), `${served.url}/${archive} has the wrong sha256`)
  })

  test('hashes of another release', async () => {
    served.instead.set(sums, `${'0'.repeat(64)}  ${archive}\n`)
    expectRefused(
      await install(['--prefix', prefix], { path: pathOf({ ...toolsBut(), curl: which('curl') }) }),
      `${served.url}/${sums} is not of the release`,
    )
    expect(served.asked).not.toContain(archive)
  })

  test('the installed version stays when its successor has a wrong hash', async () => {
    mkdirSync(join(prefix, 'bin'), { recursive: true })
    writeFileSync(installed(), 'the old one', { mode: 0o755 })
    const before = seen(prefix)
    served.instead.set(archive, 'nonsense')
    const { code, err } = await install(['--prefix', prefix])
    expect({ code, err }).toMatchObject({ code: 1 })
    expect(seen(prefix)).toEqual(before)
  })

  test('a server that does not answer, or does not have it', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`
    expectRefused(await install(['--prefix', prefix], { url: nobody }), `cannot fetch ${nobody}/${sums}`)
    const elsewhere = `${served.url}/elsewhere`
    expectRefused(
      await install(['--prefix', prefix], { url: elsewhere }),
      `cannot fetch ${elsewhere}/${sums}`,
    )
  })

  test('no address, or none of a kind that can be fetched', async () => {
    expectRefused(await install(['--prefix', prefix], { url: '' }), 'MESHBOX_URL is not set')
    expectRefused(await install(['--prefix', prefix], { url: 'ftp://x/y' }), 'MESHBOX_URL is neither')
    expectRefused(await install(['--prefix', prefix], { url: '/no/such' }), 'there is no folder /no/such')
  })

  test('neither curl nor wget', async () => {
    const path = pathOf(toolsBut())
    expectRefused(await install(['--prefix', prefix], { path }), 'neither curl nor wget is installed')
  })

  test('nothing to check a hash with', async () => {
    const path = pathOf(toolsBut('sha256sum'))
    expectRefused(await install(['--prefix', prefix], { path }), 'sha256sum is not installed')
  })

  test('a machine of another kind', async () => {
    const path = pathOf(toolsBut('uname'))
    writeFileSync(join(path, 'uname'), '#!/bin/sh\n[ "$1" = -s ] && echo Linux || echo riscv64\n', {
      mode: 0o755,
    })
    expectRefused(
      await install(['--prefix', prefix], { path }),
      'there is no meshbox for this machine (Linux riscv64)',
    )
  })

  test('a prefix that cannot be written to', async () => {
    const locked = join(dir, 'locked')
    mkdirSync(locked, { mode: 0o555 })
    const before =
      process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
    const refused = await install(['--prefix', join(locked, 'a/b')], { before })
    expectRefused(refused, `${locked} cannot be written to`)
    expect(refused.err).toContain('--prefix')
    expect(readdirSync(locked)).toEqual([])
    expect(served.asked).toEqual([])
  })

  test('a prefix that is a file, and a folder in the place of the binary', async () => {
    writeFileSync(join(dir, 'file'), '')
    expectRefused(await install(['--prefix', join(dir, 'file')]), `${dir}/file is not a folder`)
    mkdirSync(join(dir, 'other/bin/meshbox'), { recursive: true })
    expectRefused(await install(['--prefix', join(dir, 'other')]), `${dir}/other/bin/meshbox is a folder`)
  })

  test('interrupted while it fetches, it leaves nothing behind', async () => {
    const arrived = served.hold(archive)
    const child = Bun.spawn(['sh', join(released, 'install.sh'), '--prefix', prefix], {
      cwd: dir,
      detached: true, // a process group, as the terminal has it
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { PATH: process.env.PATH, TMPDIR: join(dir, 'tmp'), MESHBOX_URL: served.url },
    })
    await arrived
    process.kill(-child.pid, 'SIGINT')
    expect(await child.exited).toBe(130)
    expect(seen(prefix)).toEqual([])
  })

  test('what was typed wrongly, with exit 2', async () => {
    for (const argv of [['--prefx', prefix], ['--prefix'], ['--prefix='], ['extra']]) {
      const { code, err } = await install(argv)
      expect({ code, err }).toMatchObject({ code: 2 })
      expect(err).toContain('hint: sh install.sh --help')
    }
    expect((await install(['--help'])).out).toContain('Usage: sh install.sh [--prefix DIR] [--dry-run]')
    expect(served.asked).toEqual([])
  })
})
