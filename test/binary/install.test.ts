import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { signingKeyFor } from '../../build/release.ts'
import manifest from '../../package.json' with { type: 'json' }
import { needsRoot } from '../root.ts'
import {
  archive,
  at,
  busyboxAlone,
  expectInstalled,
  install,
  installed,
  installsFromRelease,
  pathOf,
  released,
  seen,
  serveVersion,
  toolsBut,
  version,
  which,
} from './installing.ts'
import { refusedInstalls } from './refused-installs.ts'
import { run } from './run.ts'

setDefaultTimeout(60_000)
installsFromRelease()

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
    const file = join(at.dir, 'release.key')
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

describe('installing', () => {
  for (const shell of ['dash', 'busybox sh', 'bash --posix']) {
    test(`works in ${shell}`, async () => {
      await expectInstalled(await install(['--prefix', at.prefix], { shell }))
    })
  }

  test('works exactly as README.md and docs/install.md have it', async () => {
    const line = `curl -fsSL ${at.served.url}/install.sh | MESHBOX_URL=${at.served.url} sh -s -- --prefix ${at.prefix}`
    const env = { PATH: process.env.PATH, TMPDIR: join(at.dir, 'tmp') }
    await expectInstalled(await run(['/bin/sh', '-c', line], { cwd: at.dir, env }))
  })

  test('works on a machine with nothing but busybox', async () => {
    await expectInstalled(await install(['--prefix', at.prefix], { path: busyboxAlone() }))
  })

  test('works with wget where there is no curl', async () => {
    const path = pathOf({ ...toolsBut(), wget: which('wget') })
    await expectInstalled(await install([`--prefix=${at.prefix}`], { path }))
  })

  test('works from a folder, without any network', async () => {
    await expectInstalled(await install(['--prefix', at.prefix], { url: released, path: pathOf(toolsBut()) }))
    rmSync(at.prefix, { recursive: true })
    const env = { PATH: process.env.PATH, TMPDIR: join(at.dir, 'tmp') }
    await expectInstalled(
      await run(['sh', join(released, 'install.sh'), '--prefix', 'prefix'], { cwd: at.dir, env }),
    )
  })

  test('takes a strange umask and a folder with a space in its name', async () => {
    at.prefix = join(at.dir, 'a place')
    await expectInstalled(
      await install(['--prefix', at.prefix], { before: ['sh', '-c', 'umask 077; exec "$@"', 'sh'] }),
    )
    expect(statSync(join(at.prefix, 'bin')).mode & 0o777).toBe(0o755)
  })

  test('a second time says so and changes and fetches nothing', async () => {
    await install(['--prefix', at.prefix])
    const before = seen(at.prefix)
    at.served.asked.length = 0
    const { code, out } = await install(['--prefix', at.prefix])
    expect({ code, out }).toEqual({
      code: 0,
      out: `meshbox ${manifest.version} is already installed: ${installed()}\n`,
    })
    expect(seen(at.prefix)).toEqual(before)
    expect(at.served.asked).toEqual([])
  })

  test('replaces another version in one step, while that one runs', async () => {
    mkdirSync(join(at.prefix, 'bin'), { recursive: true })
    writeFileSync(installed(), readFileSync(which('sleep')), { mode: 0o755 })
    const old = Bun.spawn([installed(), '60'])
    try {
      await expectInstalled(await install(['--prefix', at.prefix]))
      expect(old.exitCode).toBe(null)
    } finally {
      old.kill('SIGKILL')
      await old.exited
    }
  })

  test('puts completions, and where it came from, beside the binary; uninstall leaves nothing', async () => {
    mkdirSync(join(at.prefix, 'share/zsh'), { recursive: true })
    writeFileSync(join(at.prefix, 'share/zsh/mine'), '')
    await install(['--prefix', at.prefix])
    const share = (name: string) => readFileSync(join(at.prefix, 'share', name), 'utf8')
    expect(share('bash-completion/completions/meshbox')).toContain('-F _meshbox meshbox')
    expect(share('zsh/site-functions/_meshbox')).toStartWith('#compdef meshbox')
    expect(share('fish/vendor_completions.d/meshbox.fish')).toContain('complete -c meshbox')
    expect(share('man/man1/meshbox-join.1')).toContain('.SH EXAMPLES')
    expect(JSON.parse(share('meshbox/installed.json')).source).toBe(at.served.url)
    const argv = [installed(), 'uninstall', '--data-dir', join(at.dir, 'data')]
    expect((await run(argv)).err).toContain('add --yes')
    expect(await run([...argv, '--yes'])).toEqual({
      code: 0,
      err: '',
      out: `meshbox is gone from ${at.prefix}.\n`,
    })
    const left = readdirSync(at.prefix, { recursive: true }).sort()
    expect(left).toEqual(['bin', 'share', 'share/zsh', 'share/zsh/mine'])
  })

  test('--dry-run tells what would be done, and does and fetches nothing', async () => {
    const { code, out } = await install(['--dry-run', '--prefix', at.prefix])
    expect({ code, out }).toMatchObject({ code: 0 })
    expect(out).toContain(`Would fetch ${at.served.url}/${archive}, check it, and install ${installed()}`)
    expect(seen(at.prefix)).toEqual([])
    expect(at.served.asked).toEqual([])
  })

  test('MESHBOX_VERSION has another version, whose hashes are signed with the key of this one', async () => {
    serveVersion('9.9.9')
    const { code, out } = await install(['--prefix', at.prefix], { version: 'v9.9.9' })
    expect({ code, out }).toMatchObject({ code: 0 })
    expect(out).toContain(`Installed ${installed()} (9.9.9)`)
    const again = await install(['--prefix', at.prefix], { version: '9.9.9' })
    expect(again.out).toBe(`meshbox 9.9.9 is already installed: ${installed()}\n`)
  })

  test('says so where it cannot check the signature', async () => {
    const path = pathOf({ ...toolsBut(), curl: which('curl') })
    const { code, out } = await install(['--prefix', at.prefix], { path })
    expect({ code, out }).toMatchObject({ code: 0 })
    expect(out).toContain('The signature of the release is not checked: there is no OpenSSL 3 here.')
    expect((await install(['--prefix', join(at.dir, 'other')])).out).not.toContain('signature')
  })

  needsRoot('works where nothing in the folder for temporary files may be executed', async () => {
    const mount = `mount -t tmpfs -o noexec,mode=1777 none ${join(at.dir, 'tmp')} && exec "$@"`
    await expectInstalled(
      await install(['--prefix', at.prefix], { before: ['unshare', '-m', 'sh', '-c', mount, 'sh'] }),
    )
  })

  test('cut off anywhere does nothing', async () => {
    const lines = readFileSync(join(released, 'install.sh'), 'utf8').split('\n')
    for (let length = 1; length < lines.length - 2; length += 7) {
      writeFileSync(join(at.dir, 'cut.sh'), lines.slice(0, length).join('\n'))
      await run(['sh', join(at.dir, 'cut.sh'), '--prefix', at.prefix], {
        cwd: at.dir,
        env: { MESHBOX_URL: at.served.url },
      })
    }
    expect(at.served.asked).toEqual([])
    expect(seen(at.prefix)).toEqual([])
  })
})

refusedInstalls()
