import { expect, test } from 'bun:test'
import { openRegistered } from './mesos.ts'

test('whether a mesos-agent is lost only a master tells: one that is not reached, or none that leads, is no word', async () => {
  let answer = () => Response.json({ slaves: [{ id: 'S1', active: true }] })
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => answer() })
  let leader: string | undefined = `127.0.0.1:${server.port}`
  let waits = false
  const registered = openRegistered({
    agent: () => undefined,
    agentAuthorization: async () => undefined,
    leader: () => leader,
    master: () => ({ scheme: 'http', authorization: async () => undefined }),
    waits: () => waits,
  })
  expect([await registered('S1'), await registered('S2')]).toEqual([true, false])
  answer = () => new Response('recovering', { status: 503 })
  expect(await registered('S1')).toBeUndefined()
  await server.stop(true)
  expect(await registered('S1')).toBe('unreached')
  leader = undefined
  expect(await registered('S1')).toBeUndefined()
  waits = true
  expect(await registered('S1')).toBe('unreached')
})
