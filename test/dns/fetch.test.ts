import { afterEach, describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import type { MasterAccess } from '../../src/dns/master/access.ts'
import { getFromMaster } from '../../src/dns/master/http.ts'
import { type FakeMaster, type Serve, startMaster } from './master.ts'

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

function master(serve: Serve): FakeMaster {
  const made = startMaster(serve)
  ending.push(() => made.stop())
  return made
}

const access: MasterAccess = { scheme: 'http', authorization: async () => undefined }

async function get({ address }: FakeMaster, options: { timeoutMs?: number; maxBytes?: number } = {}) {
  const { timeoutMs = 5_000, maxBytes = 1_000_000 } = options
  const { body, from } = await getFromMaster(address, '/master/state', { timeoutMs, maxBytes, access })
  return { text: body, from }
}

/** A body that is sent bit by bit, for ever. */
const endless = (everyMs: number, piece: string) =>
  new Response(
    new ReadableStream({
      async pull(stream) {
        await Bun.sleep(everyMs)
        stream.enqueue(new TextEncoder().encode(piece))
      },
    }),
  )

describe('what a master answers', () => {
  test.each([206, 204, 304, 401, 403, 404, 500, 503])('is no state with status %d', async (status) => {
    const one = master(() => new Response(status === 204 || status === 304 ? null : '{}', { status }))
    await expect(get(one)).rejects.toThrow(
      `cannot get /master/state from ${one.address}: it answered ${status}`,
    )
  })

  test('is taken up to a size, and not read any further', async () => {
    const one = master(() => 'x'.repeat(1000))
    expect((await get(one, { maxBytes: 1000 })).text).toHaveLength(1000)
    await expect(get(one, { maxBytes: 999 })).rejects.toThrow('its answer is longer than 999 bytes')
    one.serve = () => endless(0, 'x'.repeat(1000))
    await expect(get(one, { maxBytes: 100_000 })).rejects.toThrow('longer than 100000 bytes')
  })

  test('may be compressed; its size is the one that it has then', async () => {
    const asked: (string | null)[] = []
    const one = master((_, request) => {
      asked.push(request.headers.get('accept-encoding'))
      return new Response(gzipSync('x'.repeat(50_000)), { headers: { 'Content-Encoding': 'gzip' } })
    })
    expect((await get(one)).text).toBe('x'.repeat(50_000))
    expect(asked[0]).toContain('gzip')
    await expect(get(one, { maxBytes: 49_999 })).rejects.toThrow('longer than 49999 bytes')
    one.serve = () => new Response('no gzip', { headers: { 'Content-Encoding': 'gzip' } })
    await expect(get(one)).rejects.toThrow(`cannot get /master/state from ${one.address}`)
  })

  test('must be there in time, however it is late', async () => {
    const one = master(() => new Promise(() => {}))
    const late = `cannot get /master/state from ${one.address}: no answer within 0.2 s`
    await expect(get(one, { timeoutMs: 200 })).rejects.toThrow(late)
    one.serve = () => endless(20, ' ')
    await expect(get(one, { timeoutMs: 200 })).rejects.toThrow(late)
  })

  test('is no state when the connection ends in the midst of it', async () => {
    const server = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: {
        data(socket) {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"leader":')
          socket.end()
        },
      },
    })
    ending.push(async () => server.stop(true))
    const cut = { address: `127.0.0.1:${server.port}` }
    await expect(
      getFromMaster(cut.address, '/master/state', { timeoutMs: 5_000, maxBytes: 1000, access }),
    ).rejects.toThrow('cannot get /master/state')
  })
})

describe('a redirect', () => {
  const to = (location: string, status = 307) => new Response('', { status, headers: { Location: location } })

  test.each([301, 302, 303, 307, 308])(
    'with %d is followed, and says who answered at last',
    async (status) => {
      const last = master(() => 'state')
      const one = master(() => to(`//${last.address}/master/state`, status))
      expect(await get(one)).toEqual({ text: 'state', from: last.address })
    },
  )

  test('is followed ten times and no more', async () => {
    const one: FakeMaster = master((path) => {
      const hops = Number(path.slice(1)) || 0
      return hops === left ? 'state' : to(`/${hops + 1}`)
    })
    let left = 10
    expect((await get(one)).text).toBe('state')
    left = 11
    await expect(get(one)).rejects.toThrow('it redirects more than 10 times')
  })

  test('leads nowhere but to masters: to no other scheme, and not in a circle', async () => {
    const one: FakeMaster = master(() => to('file:///etc/passwd'))
    await expect(get(one)).rejects.toThrow('it redirects to file:')
    one.serve = () => to('https://127.0.0.1:1/master/state')
    await expect(get(one)).rejects.toThrow('it redirects to https://127.0.0.1:1')
    one.serve = () => to('/master/state')
    await expect(get(one)).rejects.toThrow('in a circle')
    one.serve = () => to('http://[')
    await expect(get(one)).rejects.toThrow('cannot get /master/state')
  })
})
