import { describe, expect, test } from 'bun:test'
import type { Cluster } from '../../config/document/cluster.ts'
import { type OldZooKeeper, planEnsemble } from './ensemble.ts'

const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
const argv = ['/usr/bin/java', '-cp', 'x', main, '/etc/zookeeper/conf/zoo.cfg']
const list = [1, 2, 3].map((id) => `server.${id}=zk${id}:2888:3888`).join('\n')
const text = `tickTime=3000\ndataDir=/var/lib/zookeeper\nclientPort=2181\n${list}\n`
const address = (id: number) => `10.0.0.${id}`
const old: OldZooKeeper = {
  text,
  myid: 2,
  config: `${[1, 2, 3].map((id) => `server.${id}=zk${id}:2888:3888:participant`).join('\n')}\nversion=0`,
  addresses: Object.fromEntries([1, 2, 3].map((id) => [`zk${id}`, [address(id)]])),
}
const urlOf = (...ids: number[]) =>
  ids.map((id) => ({ host: `zk${id}`, port: 2181, addresses: [address(id)] }))
const around = {
  url: urlOf(1, 2, 3),
  own: ['127.0.0.1', address(2)],
  memMb: 8192,
  there: undefined as Cluster | undefined,
  lacks: undefined,
}
const server = (id: number) => ({
  id,
  host: address(id),
  clientPort: 2181,
  quorumPort: 2888,
  electionPort: 3888,
})
const plan = (seen: Partial<OldZooKeeper> = {}, more: Partial<typeof around> = {}, words = argv) =>
  planEnsemble({ argv: words, leads: true }, { ...old, ...seen }, { ...around, ...more })
const why = (...of: Parameters<typeof plan>) => {
  const planned = plan(...of)
  return planned.kind === 'left' ? planned.why.replace(/^.* does not manage: /, '') : planned
}
const without = <K extends keyof OldZooKeeper>(key: K): OldZooKeeper => {
  const { [key]: _, ...rest } = old
  return rest as OldZooKeeper
}

describe('a ZooKeeper that runs already', () => {
  test('becomes the record that its birth would have had, and its settings the document', () => {
    const planned = plan({}, {}, [
      ...argv.slice(0, 1),
      '-Xmx2g',
      '-Djute.maxbuffer=2000000',
      ...argv.slice(1),
    ])
    expect(planned).toMatchObject({
      kind: 'taken',
      servers: [1, 2, 3].map(server),
      own: server(2),
      dataDir: '/var/lib/zookeeper',
    })
    expect(planned.kind === 'taken' && planned.findings.filter(({ kind }) => kind === 'taken')).toMatchObject(
      [
        { path: ['zookeeper', 'tickTime'], value: 3000 },
        { path: ['zookeeper', 'jute.maxbuffer'], value: 2000000 },
        { path: ['zookeeper', 'heap'], value: 2048 },
      ],
    )
  })

  test('is taken as it is where the list was changed since, with the ports that it has now', () => {
    const config = `${[1, 2, 3].map((id) => `server.${id}=${address(id)}:2888:3888:participant;0.0.0.0:218${id}`).join('\n')}\nversion=100000`
    const url = [1, 2, 3].map((id) => ({ host: address(id), port: 2180 + id, addresses: [address(id)] }))
    expect(plan({ config, text: 'dataDir=/d\ndynamicConfigFile=/x' }, { url })).toMatchObject({
      kind: 'taken',
      own: { ...server(2), clientPort: 2182 },
      version: '100000',
    })
  })

  test('that stands alone is an ensemble of one', () => {
    const alone = { ...without('myid'), text: 'dataDir=/d\nclientPort=2181', config: '' }
    expect(planEnsemble({ argv, leads: true }, alone, { ...around, url: urlOf(2) })).toMatchObject({
      kind: 'taken',
      servers: [{ ...server(2), id: 1 }],
    })
    expect(why(alone)).toBe('it stands alone, and the URL names 3 servers')
    expect(why(alone, { url: urlOf(3) })).toBe('it stands alone, and the URL names another machine')
  })

  test('takes its place in a cluster that another machine has begun with the same servers', () => {
    const begun = { id: crypto.randomUUID(), simulated: false, bornAt: '2026-01-01T00:00:00Z' }
    expect(plan({}, { there: { ...begun, servers: [3, 1, 2].map(server) } }).kind).toBe('taken')
    expect(why({}, { there: { ...begun, servers: [1, 2].map(server) } })).toContain('with other servers')
    expect(why({}, { there: begun })).toContain('somebody else’s')
  })

  test.each([
    ['cannot be read', { text: undefined }],
    ['serves no clients', { problem: 'no session' }],
    ['older than 3.5', { config: undefined }],
    ['names no dataDir', { text: 'clientPort=2181' }],
    ['different weights', { text: `${text}group.1=1:2\n` }],
    ['its myid is 3', { myid: 3 }],
    ['takes clients on 10.0.0.2 alone', { text: `${text}clientPortAddress=10.0.0.2\n` }],
    ['server.3 in its list has no vote', { config: old.config?.replace(/(zk3.*)participant/, '$1observer') }],
    ['zk3:2182 is not in the URL', { config: old.config?.replace(/(zk3.*)/, '$1;2182') }],
  ])('stays with its unit: %s', (reason, seen) => {
    expect(why(seen as Partial<OldZooKeeper>)).toContain(reason)
  })

  test('stays with its unit where it could not be started again as it is, or has another list than the URL', () => {
    expect(why({}, { lacks: 'java' as never })).toContain('java, by which')
    expect(why({}, { url: urlOf(1, 2) })).toBe('its server zk3:2181 is not in the URL')
    expect(why({}, { url: urlOf(1, 2, 3, 4) })).toBe('zk4:2181 of the URL is none of its servers')
    expect(why({}, { own: [address(9)] })).toContain('exactly once')
    expect(why({}, {}, ['java', '-Djava.security.auth.login.config=/x', ...argv.slice(1)])).toContain(
      '-Djava.security.auth.login.config',
    )
    expect(planEnsemble({ argv, leads: false }, old, around).kind).toBe('left')
  })

  test('gets at least the memory that it had', () => {
    const heapOf = (...words: string[]) => {
      const planned = plan({}, {}, [...words, ...argv])
      return planned.kind === 'taken' ? planned.findings.at(-1) : undefined
    }
    expect(heapOf('-Xmx1500000k')).toMatchObject({ value: 1465 })
    expect(heapOf('-Xmx512m')).toMatchObject({ kind: 'same' })
    expect(heapOf()).toMatchObject({ value: 2048 })
  })
})
