import { describe, expect, test } from 'bun:test'
import type { Input } from '../../command.ts'
import type { Screen } from '../../screen.ts'
import { explain } from './explain.ts'

async function explained(name: string, ...given: string[]): Promise<{ text: string; json: unknown }> {
  const told: string[] = []
  let json: unknown
  const screen: Screen = {
    print: (text) => void told.push(text),
    data: (text) => void told.push(text),
    note: (text) => void told.push(text),
    write: () => {},
    json: (value) => {
      json = value
    },
    paint: (_, text) => text,
    live: false,
    width: 80,
    height: 24,
  }
  const input: Input = { args: [name], text: () => undefined, given: (flag) => given.includes(flag) }
  await explain(input, screen)
  return { text: told.join('\n'), json }
}

describe('config explain', () => {
  test('tells all there is to know of an option', async () => {
    const { text } = await explained('zookeeper.tickTime')
    for (const part of ['Length of a tick', '2000', '3000', 'milliseconds', 'tickTime= of zookeeper'])
      expect(text).toContain(part)
    expect((await explained('dns.ttl', 'json')).json).toMatchObject({
      option: 'dns.ttl',
      default: 60,
      unit: 'seconds',
      change: 'live',
      local: true,
      secret: false,
      charm: ['dns_ttl'],
    })
  })

  test('lists the options of a section', async () => {
    const { text } = await explained('mesos.agent')
    expect(text).toContain('mesos.agent.attributes')
    expect(text).not.toContain('mesos.master')
  })

  test("knows the charm's names, those without a place too", async () => {
    expect((await explained('dns_ttl')).text).toContain('dns_ttl of the charm is dns.ttl')
    expect((await explained('quorum')).text).toContain('quorum of the charm is mesos.master.quorum')
    expect((await explained('resource_monitoring_interval')).text).toContain('since 0.23')
    const { text } = await explained('zookeeper')
    expect(text).toContain('meshbox join zk://')
    expect(text).toContain('zookeeper.syncLimit')
  })

  test('tells the nearest name for one that is not known', async () => {
    expect(explained('zookeeper.ticktme')).rejects.toThrow('did you mean zookeeper.tickTime?')
  })
})
