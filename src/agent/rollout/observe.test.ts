import { expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { systemClock } from '../../clock.ts'
import { askServer } from './observe.ts'

/** Nothing is ever waited for long enough. */
const patient = { ...systemClock, sleep: () => new Promise<void>(() => {}) }

test('a server that refuses a connection does not serve, and nobody waits to be told', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  const { port } = server.address() as { port: number }
  await new Promise((closed) => server.close(closed))
  const host = '127.0.0.1'
  expect(await askServer({ host, clientPort: port }, patient)).toEqual({
    host,
    serves: false,
    mode: undefined,
  })
})
