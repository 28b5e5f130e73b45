import { expect, test } from 'bun:test'
import { parseZkUrl } from '../../config/zookeeper/url.ts'
import { meanTheSame } from './same-url.ts'

const names: Record<string, string[]> = {
  a: ['10.0.0.1'],
  b: ['10.0.0.2', 'fd00::2'],
  alias: ['fd00::2', '10.0.0.2'],
}

test.each([
  ['zk://10.0.0.1,10.0.0.2/mesos', 'zk://10.0.0.2:2181,10.0.0.1/mesos', true],
  ['zk://a,10.0.0.2/mesos', 'zk://10.0.0.2,10.0.0.1/mesos', true],
  ['zk://a,b/mesos', 'zk://alias,a/mesos', true],
  ['zk://a/mesos', 'zk://b/mesos', false],
  ['zk://a/mesos', 'zk://10.0.0.1:2182/mesos', false],
  ['zk://a/mesos', 'zk://10.0.0.1/other', false],
  ['zk://a/mesos', 'zk://u:p@10.0.0.1/mesos', false],
  ['zk://a/mesos', 'zk://nobody/mesos', false],
  ['zk://nobody/mesos', 'zk://nobody:2181/mesos', true],
])('%s and %s mean the same: %p', async (one, other, same) => {
  const resolve = async ({ servers }: ReturnType<typeof parseZkUrl>) =>
    servers.map(({ host, port }) => ({
      host,
      port,
      addresses: names[host] ?? (host.startsWith('10.') ? [host] : []),
    }))
  expect(await meanTheSame(parseZkUrl(one), parseZkUrl(other), resolve)).toBe(same)
})
