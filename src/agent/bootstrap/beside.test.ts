import { expect, test } from 'bun:test'
import type { Clock } from '../../clock.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { parseZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import { clustersIn, refuseBeside } from './beside.ts'

/** A tree of znodes, as paths; what may not be read has a star. */
function tree(...paths: string[]) {
  return {
    async children(folder: string) {
      const prefix = folder === '/' ? '/' : `${folder}/`
      if (paths.includes(`${folder}*`)) throw new MeshboxError({ code: 'zk-no-auth', message: 'no' })
      const names = paths
        .filter((path) => path.startsWith(prefix))
        .map((path) => path.slice(prefix.length).split('/')[0]?.replace('*', '') ?? '')
      return [...new Set(names)]
    },
  }
}

const still = { monotonic: () => 0 }
const many = (folder: string, count: number) => Array.from({ length: count }, (_, i) => `${folder}/a${i}/b`)

async function search(session: Pick<Session, 'children'>, clock: Pick<Clock, 'monotonic'> = still) {
  const { found, whole } = await clustersIn(session, '/mesoss', clock)
  return { found: found.map(({ path, kind }) => `${path} ${kind}`), whole }
}

test.each([
  [[], []],
  [['/zookeeper/config', '/kafka/brokers', '/marathon/leader'], []],
  [['/meshbox/mesos/cluster', '/mesos/json.info_0000000001'], ['/mesos meshbox']],
  [['/meshbox/mesos*'], ['/mesos meshbox']],
  [['/meshbox/left/history'], []],
  [['/mesoss/log_replicas'], ['/mesoss Mesos']],
  [
    ['/prod/eu/meshbox/mesos/cluster', '/old/log_replicas/0000000000'],
    ['/old Mesos', '/prod/eu/mesos meshbox'],
  ],
])('in %j live %j', async (paths, found) => {
  expect(await search(tree(...paths))).toEqual({ found, whole: true })
})

test('a cluster among very many other names is seen, and that not all of them were looked into is known', async () => {
  const shared = tree(...many('', 5000), '/meshbox/mesos/cluster', '/mesoss/log_replicas/0')
  expect(await search(shared)).toEqual({ found: ['/mesoss Mesos', '/mesos meshbox'], whole: false })
})

test('what is near the root is looked at before what is deep, within one budget of reads for all', async () => {
  let reads = 0
  const names = Array.from({ length: 200 }, (_, i) => `n${i}`)
  const endless = {
    async children(folder: string) {
      reads++
      return folder === '/n199' ? [...names, 'log_replicas'] : names
    },
  }
  expect(await search(endless)).toEqual({ found: ['/n199 Mesos'], whole: false })
  expect(reads).toBe(2000)
})

test('a ZooKeeper that is slow, or goes in the middle, gives what was found until then', async () => {
  const some = tree('/a/log_replicas/0', '/b/c', '/d/log_replicas/0')
  let reads = 0
  const counted = { children: (folder: string) => some.children(folder).finally(() => reads++) }
  const part = { found: ['/a Mesos'], whole: false }
  expect(await search(counted, { monotonic: () => reads * 1000 })).toEqual(part)
  const lost = {
    async children(folder: string) {
      if (folder === '/b') throw new MeshboxError({ code: 'zk-connection-loss', message: 'gone' })
      return some.children(folder)
    },
  }
  expect(await search(lost)).toEqual(part)
})

const url = parseZkUrl('zk://10.0.0.1,10.0.0.2/mesoss')

type Found = Awaited<ReturnType<typeof clustersIn>>['found'][number]

function judge(found: Found[], whole = true): string[] {
  const notes: string[] = []
  refuseBeside({ found, whole }, url, (line) => notes.push(line))
  return notes
}

test('a path at which nothing lives is refused where clusters live at others, with what to type', () => {
  const refused = () =>
    judge([
      { path: '/mesos', kind: 'meshbox' },
      { path: '/old', kind: 'Mesos' },
    ])
  expect(refused).toThrow(
    'cannot join: that ZooKeeper has no cluster at /mesoss, but others at /mesos, /old (Mesos without meshbox)',
  )
  expect(refused).toThrow(
    expect.objectContaining({
      exit: 2,
      hint: expect.stringContaining('meshbox join zk://10.0.0.1:2181,10.0.0.2:2181/mesos`'),
    }),
  )
})

test('an empty ZooKeeper, and the path of a Mesos that meshbox does not know yet, are taken', () => {
  expect(judge([])).toEqual([])
  const beside: Found[] = [
    { path: '/mesoss', kind: 'Mesos' },
    { path: '/mesos', kind: 'meshbox' },
  ]
  expect(judge(beside)).toEqual([])
  expect(judge(beside, false)).toEqual([])
})

test('where nothing was found and not all was seen, or nobody answers any more, it is said', () => {
  const said = [
    expect.stringMatching(/^Not all of that ZooKeeper could be looked through .* than \/mesoss: /),
  ]
  expect(judge([], false)).toEqual(said)
  const notes: string[] = []
  refuseBeside(undefined, url, (line) => notes.push(line))
  expect(notes).toEqual(said)
})
