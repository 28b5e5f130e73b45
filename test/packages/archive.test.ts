import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import type { DownloadDeps } from '../../src/supervisor/provider/archive/download.ts'
import { installArchive } from '../../src/supervisor/provider/archive/install.ts'

setDefaultTimeout(60_000)

let dir: string
let folder: string
let archive: Buffer<ArrayBuffer>
let sha256: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mb-archive-'))
  folder = join(dir, 'packages')
  archive = pack('1.0')
  sha256 = hashOf(archive)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** An archive of one folder with a program, and enough beside it to be cut in the middle. */
function pack(version: string): Buffer<ArrayBuffer> {
  const content = join(dir, `mesos-${version}`)
  mkdirSync(join(content, 'bin'), { recursive: true })
  writeFileSync(join(content, 'bin/mesos-master'), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 })
  writeFileSync(join(content, 'library'), crypto.getRandomValues(new Uint8Array(60_000)))
  const file = join(dir, `${version}.tar.gz`)
  expect(Bun.spawnSync(['tar', '-czf', file, '-C', dir, `mesos-${version}`]).exitCode).toBe(0)
  return readFileSync(file)
}

const quickly: DownloadDeps = {
  clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) },
  random: () => 0,
  signal: new AbortController().signal,
  progress: () => {},
  silence: 200,
}

/** A server that answers as the test says, and what it was asked for. */
function serving(answer: (request: Request, time: number) => Response | Promise<Response>) {
  const asked: Request[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      asked.push(request)
      return answer(request, asked.length)
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}/mesos.tar.gz`,
    asked,
    [Symbol.dispose]: () => server.stop(true),
  }
}

/** So many bytes, and then the line is cut, or nothing more comes. */
function breaking(bytes: Uint8Array<ArrayBuffer>, how: 'cut' | 'stall', head: ResponseInit = {}): Response {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(out) {
      out.enqueue(bytes)
      if (how === 'cut') setTimeout(() => out.error(new Error('cut')), 20)
    },
  })
  return new Response(body, head)
}

const whole = () => new Response(archive)
const install = (...urls: string[]) => installArchive({ urls, sha256 }, folder, quickly)

describe('an archive', () => {
  test('is fetched once, checked and unpacked; its path is that of the one folder in it', async () => {
    using server = serving(whole)
    const seen: number[] = []
    const progress = (done: number) => void seen.push(done)
    const path = await installArchive({ urls: [server.url], sha256 }, folder, { ...quickly, progress })
    expect(path).toBe(join(folder, sha256.slice(0, 12), 'mesos-1.0'))
    expect(Bun.spawnSync([join(path, 'bin/mesos-master')]).stdout.toString()).toBe('1.0\n')
    expect(seen.at(-1)).toBe(archive.length)
    expect(await install(server.url)).toBe(path)
    expect(server.asked.length).toBe(1)
    expect(readdirSync(folder)).toEqual([sha256.slice(0, 12)])
  })

  test('may lie in a file', async () => {
    expect(existsSync(join(await install(`file://${dir}/1.0.tar.gz`), 'library'))).toBe(true)
  })

  test('may be moved', async () => {
    using server = serving((request) =>
      request.url.endsWith('/there') ? whole() : Response.redirect('/there', 302),
    )
    expect(existsSync(await install(server.url))).toBe(true)
  })

  test.each(['cut', 'stall'] as const)(
    'whose transfer is %s is gone on with where it broke off',
    async (how) => {
      using server = serving((request, time) => {
        if (time === 1) return breaking(archive.subarray(0, 20_000), how)
        const from = Number(/bytes=(\d+)-/.exec(request.headers.get('range') ?? '')?.[1])
        return new Response(archive.subarray(from), { status: 206 })
      })
      expect(existsSync(await install(server.url))).toBe(true)
      expect(server.asked[1]?.headers.get('range')).toBe('bytes=20000-')
    },
  )

  test('is fetched from the start from a server that knows no ranges', async () => {
    using server = serving((_, time) => (time === 1 ? breaking(archive.subarray(0, 20_000), 'cut') : whole()))
    expect(existsSync(await install(server.url))).toBe(true)
  })

  test('comes from a mirror where the first address fails', async () => {
    using gone = serving(() => new Response('', { status: 404 }))
    using wrong = serving(() => new Response('<html>please log in</html>'))
    using mirror = serving(whole)
    expect(existsSync(await install(gone.url, wrong.url, mirror.url))).toBe(true)
    expect([gone.asked.length, wrong.asked.length]).toEqual([1, 1])
  })

  test('with a wrong hash is refused, and nothing of it is left', async () => {
    using server = serving(() => new Response(pack('evil')))
    await expect(install(server.url)).rejects.toThrow(`not ${sha256}`)
    expect(readdirSync(folder)).toEqual([])
  })

  test('that cannot be had at all says so for each address', async () => {
    using gone = serving(() => new Response('', { status: 404 }))
    using broken = serving(() => new Response('', { status: 503 }))
    await expect(install(gone.url, broken.url)).rejects.toThrow(/404; .* answers 503$/)
    expect([gone.asked.length, broken.asked.length]).toEqual([1, 3])
    expect(readdirSync(folder)).toEqual([])
  })

  test('that is no archive is refused, and nothing of it is left', async () => {
    const text = new TextEncoder().encode('not an archive')
    using server = serving(() => new Response(text))
    const source = { urls: [server.url], sha256: hashOf(text) }
    await expect(installArchive(source, folder, quickly)).rejects.toMatchObject({ code: 'archive-unpack' })
    expect(readdirSync(folder)).toEqual([])
  })

  test('stands beside the two before it, and the older ones go', async () => {
    for (const version of ['1', '2', '3', '4']) {
      archive = pack(version)
      sha256 = hashOf(archive)
      using server = serving(whole)
      expect(await install(server.url)).toEndWith(`mesos-${version}`)
      await Bun.sleep(5)
    }
    expect(readdirSync(folder).length).toBe(3)
    expect(existsSync(join(folder, sha256.slice(0, 12)))).toBe(true)
  })

  test('on a full disk leaves the machine as it was', async () => {
    if (process.getuid?.() !== 0) return
    mkdirSync(folder)
    expect(Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=48k', 'none', folder]).exitCode).toBe(0)
    try {
      using server = serving(whole)
      await expect(install(server.url)).rejects.toMatchObject({ code: 'archive-disk' })
      expect(readdirSync(folder)).toEqual([])
    } finally {
      Bun.spawnSync(['umount', folder])
    }
  })
})
