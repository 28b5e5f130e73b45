import { expect, setDefaultTimeout } from 'bun:test'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'
import { end, run, seen } from './rollouts.ts'
import { eventually, join, urlOf } from './together.ts'

setDefaultTimeout(240_000)

const newCluster = clusterForEach()

const zookeeperOf = async (machine: Machine) =>
  (await machine.status())?.machines[0]?.services.find(({ name }) => name === 'zookeeper')

needsRoot(
  'an only machine whose agent is killed while it tries what its ZooKeeper refuses goes back, and its document can be mended',
  async () => {
    const [m1] = (await newCluster(1)).machines as [Machine]
    expect(await join(m1, urlOf(m1))).toMatchObject({ code: 0 })
    const before = await zookeeperOf(m1)
    await run(m1, 'config', 'set', 'zookeeper.metricsProvider.className=no.such.Provider')
    await seen('the step', async () => ((await zookeeperOf(m1))?.pid === before?.pid ? undefined : true), 20)
    await m1.killAgent()
    expect(await join(m1, urlOf(m1))).toMatchObject({ code: 0 })
    const halted = await eventually('the word', async () => {
      const report = await end(m1)
      return report.rollout?.state === 'halted' ? report : undefined
    })
    expect(halted.rollout?.why).toMatch(/m1 failed: zookeeper does not run: .*; it is as before$/)
    const { version = 0 } = (await m1.status())?.cluster.document ?? {}
    await run(m1, 'config', 'rollback', `${version - 1}`)
    expect((await end(m1)).rollout).toMatchObject({ state: 'done', past: [] })
  },
)
