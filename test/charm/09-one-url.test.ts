import { expect, test } from 'bun:test'
import { type Cluster, currentUrl } from '../../src/config/document/cluster.ts'
import { formatZkUrl, parseZkUrl } from '../../src/config/zookeeper/url.ts'

/** Point 9 of the charm's faults: the ZooKeeper URL mixed `localhost` with peers, a different URL on each machine. */
test('every machine uses the same URL, whatever it was joined with', () => {
  const server = (id: number) => ({
    id,
    host: `10.0.0.${id}`,
    clientPort: 2181,
    quorumPort: 2888,
    electionPort: 3888,
  })
  const cluster: Cluster = {
    id: '00000000-0000-4000-8000-000000000000',
    simulated: false,
    bornAt: '2026-01-01T00:00:00.000Z',
    servers: [1, 2, 3].map(server),
  }
  const joinedWith = ['zk://c,a,b/mesos', 'zk://10.0.0.2:2181,10.0.0.1,10.0.0.3/mesos', 'zk://10.0.0.1/mesos']
  const used = joinedWith.map((text) => formatZkUrl(currentUrl(parseZkUrl(text), cluster)))
  expect(new Set(used)).toEqual(new Set(['zk://10.0.0.1:2181,10.0.0.2:2181,10.0.0.3:2181/mesos']))
})
