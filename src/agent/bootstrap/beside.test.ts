import { expect, test } from 'bun:test'
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

test.each([
  [[], []],
  [['/zookeeper/config', '/kafka/brokers', '/marathon/leader'], []],
  [['/meshbox/mesos/cluster', '/mesos/json.info_0000000001'], ['/mesos meshbox']],
  [['/meshbox/mesos*'], ['/mesos meshbox']],
  [['/meshbox/left/history'], []],
  [
    ['/prod/eu/meshbox/mesos/cluster', '/old/log_replicas/0000000000'],
    ['/prod/eu/mesos meshbox', '/old Mesos'],
  ],
])('in %j live %j', async (paths, found) => {
  expect((await clustersIn(tree(...paths))).map(({ path, kind }) => `${path} ${kind}`)).toEqual(found)
})

const url = parseZkUrl('zk://10.0.0.1,10.0.0.2/mesoss')

test('a path at which nothing lives is refused where clusters live at others, with what to type', () => {
  const refused = () =>
    refuseBeside(
      [
        { path: '/mesos', kind: 'meshbox' },
        { path: '/old', kind: 'Mesos' },
      ],
      url,
    )
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
  refuseBeside([], url)
  refuseBeside(
    [
      { path: '/mesoss', kind: 'Mesos' },
      { path: '/mesos', kind: 'meshbox' },
    ],
    url,
  )
})
