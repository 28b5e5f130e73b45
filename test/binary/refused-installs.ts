import { describe, expect, test } from 'bun:test'
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../zookeeper/server.ts'
import {
  archive,
  at,
  expectRefused,
  install,
  installed,
  pathOf,
  released,
  seen,
  serveVersion,
  signingKey,
  sums,
  toolsBut,
  which,
} from './installing.ts'

/** What the installer does not do, each with the reason that it gives. */
export function refusedInstalls(): void {
  describe('refused, with nothing changed:', () => {
    test('hashes with a wrong signature, or one of somebody else', async () => {
      at.served.instead.set(`${sums}.sig`, Buffer.alloc(64))
      expectRefused(await install(['--prefix', at.prefix]), `${at.served.url}/${sums} has a wrong signature`)
      serveVersion('9.9.9', generateKeyPairSync('ed25519').privateKey)
      const forged = await install(['--prefix', at.prefix], { version: '9.9.9' })
      expectRefused(forged, `${at.served.url}/SHA256SUMS-9.9.9 has a wrong signature`)
      expect(at.served.asked.filter((name) => name.endsWith('.gz'))).toEqual([])
    })

    test('a version that is none, is not there, or has nothing for this machine', async () => {
      const odd = await install(['--prefix', at.prefix], { version: '../x' })
      expect(odd).toMatchObject({
        code: 2,
        err: expect.stringContaining('MESHBOX_VERSION is no version: ../x'),
      })
      const absent = await install(['--prefix', at.prefix], { version: '8.8.8' })
      expectRefused(absent, `cannot fetch ${at.served.url}/SHA256SUMS-8.8.8`)
      at.served.instead.set('SHA256SUMS-8.8.8', '\n')
      at.served.instead.set('SHA256SUMS-8.8.8.sig', sign(null, Buffer.from('\n'), signingKey))
      const empty = await install(['--prefix', at.prefix], { version: '8.8.8' })
      expectRefused(empty, `${at.served.url} has no meshbox 8.8.8 for linux-x64`)
    })

    test('a machine whose C library is musl', async () => {
      const path = pathOf(toolsBut())
      writeFileSync(join(path, 'ldd'), '#!/bin/sh\necho "musl libc (x86_64)" >&2\nexit 1\n', { mode: 0o755 })
      symlinkSync(which('grep'), join(path, 'grep'))
      expectRefused(await install(['--prefix', at.prefix], { path }), 'its C library is musl')
    })

    test('an archive with a wrong hash', async () => {
      const bytes = readFileSync(join(released, archive))
      bytes[1000] = (bytes[1000] ?? 0) ^ 1
      at.served.instead.set(archive, bytes)
      expectRefused(
        await install(['--prefix', at.prefix]),
        `${at.served.url}/${archive} has the wrong sha256`,
      )
    })

    test('an archive that breaks off', async () => {
      at.served.instead.set(archive, readFileSync(join(released, archive)).subarray(0, 1_000_000))
      expectRefused(
        await install(['--prefix', at.prefix]),
        `${at.served.url}/${archive} has the wrong sha256`,
      )
    })

    test('hashes of another release', async () => {
      at.served.instead.set(sums, `${'0'.repeat(64)}  ${archive}\n`)
      expectRefused(
        await install(['--prefix', at.prefix], { path: pathOf({ ...toolsBut(), curl: which('curl') }) }),
        `${at.served.url}/${sums} is not of the release`,
      )
      expect(at.served.asked).not.toContain(archive)
    })

    test('the installed version stays when its successor has a wrong hash', async () => {
      mkdirSync(join(at.prefix, 'bin'), { recursive: true })
      writeFileSync(installed(), 'the old one', { mode: 0o755 })
      const before = seen(at.prefix)
      at.served.instead.set(archive, 'nonsense')
      const { code, err } = await install(['--prefix', at.prefix])
      expect({ code, err }).toMatchObject({ code: 1 })
      expect(seen(at.prefix)).toEqual(before)
    })

    test('a server that does not answer, or does not have it', async () => {
      const nobody = `http://127.0.0.1:${await freePort()}`
      expectRefused(await install(['--prefix', at.prefix], { url: nobody }), `cannot fetch ${nobody}/${sums}`)
      const elsewhere = `${at.served.url}/elsewhere`
      expectRefused(
        await install(['--prefix', at.prefix], { url: elsewhere }),
        `cannot fetch ${elsewhere}/${sums}`,
      )
    })

    test('no address, or none of a kind that can be fetched', async () => {
      expectRefused(await install(['--prefix', at.prefix], { url: '' }), 'MESHBOX_URL is not set')
      expectRefused(await install(['--prefix', at.prefix], { url: 'ftp://x/y' }), 'MESHBOX_URL is neither')
      expectRefused(
        await install(['--prefix', at.prefix], { url: '/no/such' }),
        'there is no folder /no/such',
      )
    })

    test('neither curl nor wget', async () => {
      const path = pathOf(toolsBut())
      expectRefused(await install(['--prefix', at.prefix], { path }), 'neither curl nor wget is installed')
    })

    test('nothing to check a hash with', async () => {
      const path = pathOf(toolsBut('sha256sum'))
      expectRefused(await install(['--prefix', at.prefix], { path }), 'sha256sum is not installed')
    })

    test('a machine of another kind', async () => {
      const path = pathOf(toolsBut('uname'))
      writeFileSync(join(path, 'uname'), '#!/bin/sh\n[ "$1" = -s ] && echo Linux || echo riscv64\n', {
        mode: 0o755,
      })
      expectRefused(
        await install(['--prefix', at.prefix], { path }),
        'there is no meshbox for this machine (Linux riscv64)',
      )
    })

    test('a prefix that cannot be written to', async () => {
      const locked = join(at.dir, 'locked')
      mkdirSync(locked, { mode: 0o555 })
      const before =
        process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
      const refused = await install(['--prefix', join(locked, 'a/b')], { before })
      expectRefused(refused, `${locked} cannot be written to`)
      expect(refused.err).toContain('--prefix')
      expect(readdirSync(locked)).toEqual([])
      expect(at.served.asked).toEqual([])
    })

    test('a prefix that is a file, and a folder in the place of the binary', async () => {
      writeFileSync(join(at.dir, 'file'), '')
      expectRefused(await install(['--prefix', join(at.dir, 'file')]), `${at.dir}/file is not a folder`)
      mkdirSync(join(at.dir, 'other/bin/meshbox'), { recursive: true })
      expectRefused(
        await install(['--prefix', join(at.dir, 'other')]),
        `${at.dir}/other/bin/meshbox is a folder`,
      )
    })

    test('interrupted while it fetches, it leaves nothing behind', async () => {
      const arrived = at.served.hold(archive)
      const child = Bun.spawn(['sh', join(released, 'install.sh'), '--prefix', at.prefix], {
        cwd: at.dir,
        detached: true, // a process group, as the terminal has it
        stdio: ['ignore', 'ignore', 'ignore'],
        env: { PATH: process.env.PATH, TMPDIR: join(at.dir, 'tmp'), MESHBOX_URL: at.served.url },
      })
      await arrived
      process.kill(-child.pid, 'SIGINT')
      expect(await child.exited).toBe(130)
      expect(seen(at.prefix)).toEqual([])
    })

    test('what was typed wrongly, with exit 2', async () => {
      for (const argv of [['--prefx', at.prefix], ['--prefix'], ['--prefix='], ['extra']]) {
        const { code, err } = await install(argv)
        expect({ code, err }).toMatchObject({ code: 2 })
        expect(err).toContain('hint: sh install.sh --help')
      }
      expect((await install(['--help'])).out).toContain('Usage: sh install.sh [--prefix DIR] [--dry-run]')
      expect(at.served.asked).toEqual([])
    })
  })
}
