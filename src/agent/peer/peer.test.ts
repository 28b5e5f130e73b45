import { describe, expect, test } from 'bun:test'
import { Hono } from 'hono'
import { systemClock } from '../../clock.ts'
import { openLetter, sealLetter } from '../../config/secret/letter.ts'
import { openAskPeer } from './ask.ts'
import { openPeerGuard } from './guard.ts'
import { isKeyRefusal } from './refusal.ts'

const key = crypto.getRandomValues(new Uint8Array(32))
const other = crypto.getRandomValues(new Uint8Array(32))

type Seen = { path: string; headers: Headers; body: Uint8Array; status: number; reply: Uint8Array }

/** A machine on loopback, and all that went over the wire to it. */
async function withMachine(
  ring: Uint8Array[],
  run: (at: { port: number; seen: Seen[]; said: unknown[] }) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = []
  const said: unknown[] = []
  const app = new Hono()
  const guard = openPeerGuard({
    keys: () => ring,
    own: (address) => address === '127.0.0.1',
    secret: crypto.getRandomValues(new Uint8Array(32)),
    clock: systemClock,
  })
  app.post('/v1/echo', guard, async (c) => {
    const value = await c.req.json()
    said.push(value)
    return c.json({ heard: value })
  })
  app.post('/v1/broken', guard, (c) => c.json({ code: 'zk-away', detail: 'cannot: x' }, 503))
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const body = new Uint8Array(await request.clone().arrayBuffer())
      const response = await app.fetch(request)
      const reply = new Uint8Array(await response.clone().arrayBuffer())
      const { pathname: path } = new URL(request.url)
      seen.push({ path, headers: request.headers, body, status: response.status, reply })
      return response
    },
  })
  try {
    await run({ port: server.port ?? 0, seen, said })
  } finally {
    await server.stop(true)
  }
}

const asking = (ring: Uint8Array[], port: number, path = '/v1/echo') =>
  openAskPeer(() => ring)('127.0.0.1', { port, path, body: { secret: 'plain words' }, withinMs: 5000 })

const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'answered',
    (error) => error.code,
  )

describe('two machines', () => {
  test('without a key talk in the clear', () =>
    withMachine([], async ({ port }) => {
      expect(await asking([], port)).toEqual({ heard: { secret: 'plain words' } })
    }))

  test('with one key talk in letters that show nothing', () =>
    withMachine([key], async ({ port, seen }) => {
      expect(await asking([key], port)).toEqual({ heard: { secret: 'plain words' } })
      const wire = seen.map(({ body, reply }) => Buffer.concat([body, reply]).toString('latin1')).join()
      expect(wire).not.toContain('plain words')
      expect(seen.map(({ status }) => status)).toEqual([401, 200])
    }))

  test('understand each other as long as they have one key in common', () =>
    withMachine([other, key], async ({ port }) => {
      expect(await asking([key], port)).toMatchObject({ heard: {} })
      expect(await asking([crypto.getRandomValues(new Uint8Array(32)), other], port)).toMatchObject({
        heard: {},
      })
    }))

  test('are kept apart by keys, and each is told why', async () => {
    await withMachine([key], async ({ port, said }) => {
      expect(await codeOf(asking([], port))).toBe('peer-keyed')
      expect(await codeOf(asking([other], port))).toBe('peer-other-key')
      expect(said).toEqual([])
    })
    await withMachine([], async ({ port, said }) => {
      expect(await codeOf(asking([key], port))).toBe('peer-open')
      expect(said).toEqual([])
      const error = await asking([key], port).catch((why) => why)
      expect(isKeyRefusal(error)).toBe(true)
    })
  })

  test('tell each other their errors in letters too', () =>
    withMachine([key], async ({ port, seen }) => {
      expect(await codeOf(asking([key], port, '/v1/broken'))).toBe('zk-away')
      expect(Buffer.from(seen.at(-1)?.reply ?? []).toString('latin1')).not.toContain('cannot: x')
    }))

  test('keep a ticket for the next time, and get a new one of an agent that was started anew', async () => {
    const ask = openAskPeer(() => [key])
    let used = 0
    for (let life = 0; life < 2; life++) {
      await withMachine([key], async ({ port, seen }) => {
        used = port
        const request = { port, path: '/v1/echo', body: 1, withinMs: 5000 }
        for (let i = 0; i < 3; i++) expect(await ask('127.0.0.1', request)).toEqual({ heard: 1 })
        expect(seen.map(({ status }) => status)).toEqual([401, 200, 200, 200])
      })
    }
    expect(used).toBeGreaterThan(0)
  })
})

describe('who listens on the wire and has no key', () => {
  const send = (port: number, { path, headers, body }: Pick<Seen, 'path' | 'headers' | 'body'>) =>
    fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body }).then((r) => r.json())

  test('cannot say again what was said', () =>
    withMachine([key], async ({ port, seen, said }) => {
      await asking([key], port)
      const letter = seen.at(-1) as Seen
      expect(await send(port, letter)).toMatchObject({ code: 'peer-replayed' })
      expect(said.length).toBe(1)
    }))

  test('cannot send it elsewhere: to another path, another machine, or with another ticket', () =>
    withMachine([key], async ({ port, seen, said }) => {
      await asking([key], port)
      const letter = seen.at(-1) as Seen
      expect(await send(port, { ...letter, path: '/v1/broken' })).toMatchObject({ code: 'peer-other-key' })
      const elsewhere = new Headers(letter.headers)
      elsewhere.set('meshbox-to', '10.0.0.9')
      expect(await send(port, { ...letter, headers: elsewhere })).toMatchObject({
        code: 'peer-other-machine',
      })
      const ticketless = new Headers(letter.headers)
      ticketless.set('meshbox-ticket', '1.00')
      expect(await send(port, { ...letter, headers: ticketless })).toMatchObject({ code: 'peer-ticket' })
      const plain = new Headers({ 'content-type': 'application/json' })
      expect(await send(port, { ...letter, headers: plain, body: Buffer.from('{}') })).toMatchObject({
        code: 'peer-keyed',
      })
      expect(said.length).toBe(1)
    }))

  test('cannot change or cut it, not by a bit', () =>
    withMachine([key], async ({ port, seen, said }) => {
      await asking([key], port)
      const letter = seen.at(-1) as Seen
      for (let length = 0; length < letter.body.length; length++)
        expect(openLetter(letter.body.subarray(0, length), [key], [])).toBeUndefined()
      for (let at = 0; at < letter.body.length; at++) {
        const body = letter.body.slice()
        body[at] = (body[at] ?? 0) ^ 1
        expect(await send(port, { ...letter, body })).toMatchObject({ code: 'peer-other-key' })
      }
      expect(said.length).toBe(1)
    }))

  test('cannot answer in its place, not with an answer of before either', async () => {
    const old: Seen[] = []
    await withMachine([key], async ({ port, seen }) => {
      await asking([key], port)
      old.push(...seen)
    })
    const answers: [string, () => Response][] = [
      ['peer-open', () => Response.json({ heard: 'lies' })],
      [
        'peer-other-key',
        () =>
          new Response(old.at(-1)?.reply ?? '', {
            headers: { 'content-type': 'application/vnd.meshbox.letter' },
          }),
      ],
      [
        'peer-failed',
        () => new Response('<html>', { status: 502, headers: { 'content-type': 'text/html' } }),
      ],
    ]
    for (const [code, answer] of answers) {
      const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: answer })
      expect(await codeOf(asking([key], server.port ?? 0))).toBe(code)
      await server.stop(true)
    }
  })
})

test('a letter is opened by the key and the purpose that it was sealed for, and by nothing else', () => {
  const letter = sealLetter(Buffer.from('x'), key, ['a', 'b'])
  expect(openLetter(letter, [other, key], ['a', 'b'])?.plain.toString()).toBe('x')
  expect(openLetter(letter, [key], ['ab'])).toBeUndefined()
  expect(openLetter(letter, [key], ['a', 'b', ''])).toBeUndefined()
  expect(openLetter(letter, [other], ['a', 'b'])).toBeUndefined()
  expect(openLetter(letter, [], ['a', 'b'])).toBeUndefined()
})
