import { afterEach, expect, setDefaultTimeout } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'

setDefaultTimeout(240_000)

const config = `${import.meta.dir}/cluster.yaml`
let cluster: TestCluster | undefined

afterEach(async () => {
  await cluster?.remove()
  cluster = undefined
})

const zookeeperOf = async (machine: Machine) =>
  (await machine.status())?.machines[0]?.services.find(({ name }) => name === 'zookeeper')?.pid

needsRoot(
  'a rolling change waits on every controller until it is applied there, one at a time; workers notice nothing',
  async () => {
    cluster = await makeCluster(4)
    const [a, b, c, worker] = cluster.machines as [Machine, Machine, Machine, Machine]
    const controllers = [a, b, c]
    const url = `zk://${controllers.map(({ address }) => address).join(',')}/mesos`
    const join = (machine: Machine) =>
      machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config)
    for (const result of await Promise.all([a, b, c, worker].map(join)))
      expect(result).toMatchObject({ code: 0 })
    const before = await Promise.all(controllers.map(zookeeperOf))

    expect(await worker.meshbox('config', 'set', 'zookeeper.tickTime=2500')).toMatchObject({ code: 0 })
    for (const machine of controllers)
      await machine.waitFor('what waits', ({ cluster }) => cluster.pending?.join() === 'zookeeper.tickTime')
    await worker.waitFor('the document', ({ cluster }) => cluster.document?.version === 1)
    expect((await worker.status())?.cluster.pending).toBeUndefined()
    expect((await worker.meshbox('plan')).out).toContain('nothing to do')
    expect(await Promise.all(controllers.map(zookeeperOf))).toEqual(before)

    const first = a.meshbox('plan', '--apply')
    await a.waitFor('the beginning', ({ cluster }) => cluster.pending === undefined)
    const busy = await b.meshbox('plan', '--apply')
    expect(busy).toMatchObject({ code: 1 })
    expect(busy.err).toContain('cannot apply the plan: m1 is changing, and one machine at a time may')
    expect(await first).toMatchObject({ code: 0 })
    expect((await a.status())?.cluster.pending).toBeUndefined()
    expect((await c.status())?.cluster.pending).toEqual(['zookeeper.tickTime'])
    for (const machine of [b, c]) {
      const applied = await until(systemClock, { everyMs: 500, timeoutMs: 30_000 }, async () => {
        const result = await machine.meshbox('plan', '--apply')
        return result.code === 0 ? result : undefined
      })
      expect(applied?.err).toContain('applied; all services of this machine are ready')
    }
    const after = await Promise.all(controllers.map(zookeeperOf))
    expect(after.filter((pid, index) => pid === before[index])).toEqual([])
    for (const machine of [a, b, c, worker])
      expect((await machine.meshbox('plan')).out).toContain('nothing to do')
  },
)
