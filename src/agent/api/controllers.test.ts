import { expect, test } from 'bun:test'
import { MeshboxError } from '../../error.ts'
import { diskRoutes } from './controllers.ts'

test.each([
  [true, 'zk-forming'],
  [false, 'recover-stranger'],
])('an agent that has only begun tells whether a ZooKeeper of its may run: %p', async (isServer, code) => {
  const app = diskRoutes(
    () => undefined,
    () => isServer,
    (_, next) => next(),
  )
  app.onError((error, c) => c.json({ code: error instanceof MeshboxError ? error.code : String(error) }))
  const request = {
    ...{ method: 'POST', body: JSON.stringify({ cluster: 'c' }) },
    headers: { 'content-type': 'application/json' },
  }
  expect(
    await (await app.fetch(new Request('http://m/disk', request), { caller: { kind: 'socket' } })).json(),
  ).toEqual({ code })
})
