import { afterEach, describe, expect, test } from 'bun:test'
import { pretend } from '../../../test/api/pretend.ts'
import { systemClock, until } from '../../clock.ts'
import { silentLog } from '../../log.ts'
import { openAskPeer } from '../peer/ask.ts'
import { openPeerGuard } from '../peer/guard.ts'

const key = crypto.getRandomValues(new Uint8Array(32))
const servers: Bun.Server<undefined>[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true)
})

function serve(app: ReturnType<typeof pretend>['app']): number {
  const server = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0 },
    fetch: (request, own) =>
      app.fetch(request, { caller: { kind: 'loopback' }, patiently: () => own.timeout(request, 0) }),
  })
  servers.push(server)
  return server.port ?? 0
}

/** Two machines: what is asked of b goes through a. */
function two(follow: () => ReadableStream<Uint8Array>) {
  const peers = openPeerGuard({
    keys: () => [key],
    own: (address) => address === '127.0.0.1',
    secret: crypto.getRandomValues(new Uint8Array(32)),
    clock: systemClock,
  })
  const nodes = {
    own: 'b',
    members: () => [],
    ask: openAskPeer(() => [key]),
    keyed: () => true,
    log: silentLog,
  }
  const port = serve(pretend({ peers, nodes, logs: { tail: async () => [], follow } }).app)
  const b = { name: 'b', address: '127.0.0.1', port: 1, status: 'alive', incarnation: 1 } as const
  const own = { ...nodes, own: 'a', members: () => [{ ...b, tags: { api: String(port) } }] }
  const at = `http://127.0.0.1:${serve(pretend({ nodes: own }).app)}/v1/nodes/b/logs/x?follow=1`
  return { at, port }
}

const become = (what: () => boolean) =>
  until(systemClock, { everyMs: 5, timeoutMs: 10_000 }, () => what() || undefined)

describe('a log of another machine', () => {
  test('comes line by line, and nobody there reads on when the reader here has gone', async () => {
    let out: ReadableStreamDefaultController<Uint8Array> | undefined
    let gone = false
    const { at } = two(
      () =>
        new ReadableStream({
          start(to) {
            out = to
          },
          cancel() {
            gone = true
          },
        }),
    )
    const ending = new AbortController()
    const answer = fetch(at, { signal: ending.signal })
    await become(() => out !== undefined)
    let heard = ''
    for (let line = 0; line < 3; line++) {
      out?.enqueue(Buffer.from(`line ${line}\n`))
      const reader = ((await answer).body as ReadableStream<Uint8Array>).getReader()
      while (!heard.endsWith(`line ${line}\n`))
        heard += Buffer.from((await reader.read()).value ?? '').toString()
      reader.releaseLock()
    }
    expect(heard).toBe('line 0\nline 1\nline 2\n')
    ending.abort()
    expect(await become(() => gone)).toBe(true)
  })

  test('that nobody reads is not sent either', async () => {
    let sent = 0
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(to) {
          sent += 65_536
          to.enqueue(Buffer.alloc(65_536, 'x'))
        },
      })
    const { at } = two(endless)
    const answer = await fetch(at)
    let last = -1
    const still = await until(systemClock, { everyMs: 300, timeoutMs: 20_000 }, () => {
      const same = sent === last
      last = sent
      return same || undefined
    })
    expect(still).toBe(true)
    expect(sent).toBeLessThan(64 * 2 ** 20)
    await answer.body?.cancel()
  })

  test('is over for the reader when it is over there, and refused in words when too many are read', async () => {
    const { at } = two(() => new Blob(['last words\n']).stream())
    expect(await (await fetch(at)).text()).toBe('last words\n')
    const endless = two(() => new ReadableStream({ start: (out) => out.enqueue(Buffer.from('first\n')) }))
    const open = await Promise.all(Array.from({ length: 64 }, () => fetch(endless.at)))
    expect(open.every(({ ok }) => ok)).toBe(true)
    expect(await (await fetch(endless.at)).json()).toMatchObject({ code: 'node-relayed' })
  })

  test('is ended where a letter is not what it should be', async () => {
    const { port } = two(() => new Blob(['true\n']).stream())
    // The same machine, with somebody on the way who changes a bit of what it says.
    const forging = Bun.serve({
      ...{ hostname: '127.0.0.1', port: 0 },
      async fetch(request) {
        const { pathname } = new URL(request.url)
        const answer = await fetch(`http://127.0.0.1:${port}${pathname}`, {
          ...{ method: 'POST', headers: request.headers, body: await request.bytes() },
        })
        const bytes = await answer.bytes()
        if (answer.ok) bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
        return new Response(bytes, { status: answer.status, headers: answer.headers })
      },
    })
    servers.push(forging)
    const ask = openAskPeer(() => [key])
    const called = { method: 'GET', path: '/v1/logs/x?follow=1' }
    const request = { port: forging.port ?? 0, path: '/v1/peer', body: called, withinMs: 5000 }
    const stream = (await ask('127.0.0.1', request)) as ReadableStream<Uint8Array>
    await expect(new Response(stream).text()).rejects.toThrow('not of the machine that was asked')
  })
})
