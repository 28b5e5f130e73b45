import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { appendFileSync } from 'node:fs'
import { makePlace, type Place } from './machine.ts'

setDefaultTimeout(180_000)

let place: Place
const config = (...argv: string[]) => place.meshbox('config', ...argv, '--data-dir', place.dataDir)

beforeAll(async () => {
  place = await makePlace()
  appendFileSync(
    place.configFile,
    `# who differs
roles: { controller: { mesos: { agent: { attributes: 'rack:r1' } } } }
selectors: [{ match: { attributes: { rack: r1 } }, dns: { soaExpire: 777 } }]
nodes: { a: { dns: { domain: here } }, b: { dns: { domain: there } } }
`,
  )
  const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  const argv = ['--simulated', '--name', 'a', '--config', place.configFile, '--data-dir', place.dataDir]
  expect(await place.meshbox('join', url, ...argv)).toMatchObject({ code: 0 })
})
afterAll(() => place.remove())

describe('layers', () => {
  test('are what the machine lives by, and are shown with their origin', async () => {
    await place.waitFor('its own domain', (now) => now.ready && now.machines[0]?.dns.domain === 'here')
    expect(await place.dig('leader.here', 'A')).toEqual(['127.0.0.1'])
    const rows = (await config('show', '--origin')).out.split('\n').map((line) => line.split(/ {2,}/))
    const row = (path: string) => rows.find(([name]) => name === path)?.slice(1)
    expect(row('dns.domain')).toEqual(['here', 'nodes.a'])
    expect(row('dns.soaExpire')).toEqual(['777', 'selectors.0'])
    expect(row('mesos.agent.attributes')).toEqual(['rack:r1', 'roles.controller'])
    expect(row('dns.timeout')).toEqual(['5', 'default'])
    expect(row('api.port')).toEqual([String(place.ports.api), 'document'])
    const other = JSON.parse((await config('show', '--node', 'b', '--json')).out)
    expect(other.dns).toMatchObject({ domain: 'there', soaExpire: 86400 })
  })
})
