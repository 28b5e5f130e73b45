import { expect, test } from 'bun:test'
import { systemClock, until } from '../../../clock.ts'
import { openLink } from './link.ts'

test('a connection on which nothing is heard any more is left, and there is another one', async () => {
  let opened = 0
  const server = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0 },
    fetch: (request, own) => (own.upgrade(request) ? undefined : new Response('', { status: 400 })),
    websocket: { open: () => void opened++, message() {} },
  })
  const closed: string[] = []
  const handlers = { onOpen() {}, onMessage() {}, onClose: (why: string) => void closed.push(why) }
  const link = openLink<string>(handlers, systemClock, () => 0)
  const become = (count: number) =>
    until(
      systemClock,
      { everyMs: 5, timeoutMs: 10_000 },
      () => (opened === count && link.send('x')) || undefined,
    )
  try {
    link.target(`ws://127.0.0.1:${server.port}/`)
    expect(await become(1)).toBe(true)
    link.renew('no pings')
    expect(await become(2)).toBe(true)
    expect(closed).toEqual(['no pings'])
  } finally {
    link.close()
    await server.stop(true)
  }
})
