import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from 'bun:test'
import { needsRoot } from '../root.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'
import { eventually, join } from './together.ts'

setDefaultTimeout(240_000)

const root = process.getuid?.() === 0
let cluster: TestCluster
let url: string

beforeAll(async () => {
  if (!root) return
  cluster = await makeCluster(3)
  url = `zk://${cluster.machines[0]?.address}:2181/mesos`
})
afterAll(async () => {
  if (root) await cluster.remove()
})

const agents = (from: Machine) =>
  eventually('three agents in DNS', async () => {
    const lines = await from.dig('slave.mesos', 'A')
    return lines.length === 3 ? lines : undefined
  })

describe('one controller, two workers, each with its own network', () => {
  needsRoot('all three join at the same moment, and every one of them answers for all', async () => {
    const results = await Promise.all(cluster.machines.map((each) => join(each, url)))
    for (const result of results) expect(result).toMatchObject({ code: 0 })
    for (const machine of cluster.machines) {
      expect(await agents(machine)).toEqual(cluster.machines.map(({ address }) => address))
      expect(await machine.dig('leader.mesos', 'A')).toEqual(['10.77.0.1'])
    }
    const statuses = await Promise.all(cluster.machines.map((machine) => machine.status()))
    expect(new Set(statuses.map((status) => status?.cluster.id)).size).toBe(1)
    expect(statuses.map((status) => status?.machines[0]?.services.map(({ name }) => name).sort())).toEqual([
      ['marathon', 'mesos-agent', 'mesos-master', 'zookeeper'],
      ['mesos-agent'],
      ['mesos-agent'],
    ])
  })

  needsRoot('every one of them shows the whole cluster on one screen of 80 columns', async () => {
    for (const machine of cluster.machines) {
      const shown = await eventually('the leaders', async () => {
        const { out } = await machine.meshbox('status')
        return out.includes('leaders: m1 (zookeeper, mesos-master, marathon)\n') ? out : undefined
      })
      const lines = shown.split('\n')
      expect(lines.filter((line) => line.length > 80)).toEqual([])
      for (const { name } of cluster.machines.filter((each) => each !== machine))
        expect(lines.find((line) => line.startsWith(`${name} `))).toMatch(/ready +\d ready +\d+s +0 +fresh$/)
    }
  })

  needsRoot('a change of the document reaches them all', async () => {
    const [first, ...others] = cluster.machines
    const shown = await first?.meshbox('config', 'show')
    const second = cluster.machines[1]
    const selector = `{ match: { cpus: '>=1', memory: '>=1', os: '*', address: ${second?.address} }, dns: { soaExpire: 777 } }`
    await Bun.write(`${first?.dataDir}/new.yaml`, `${shown?.out}\nname: renamed\nselectors: [${selector}]\n`)
    expect(await first?.meshbox('config', 'apply', `${first.dataDir}/new.yaml`)).toMatchObject({ code: 0 })
    for (const machine of others)
      await machine.waitFor('the new name', ({ cluster }) => cluster.name === 'renamed')
    // Every machine knows what it says for each of the others, by what gossip tells of them.
    for (const machine of cluster.machines)
      for (const { name } of cluster.machines) {
        const { out } = await machine.meshbox('config', 'get', 'dns.soaExpire', '--node', name)
        expect({ on: machine.name, of: name, out }).toMatchObject({
          out: name === second?.name ? '777\n' : '86400\n',
        })
      }
  })

  needsRoot(
    'a worker cut off from the controller keeps answering, and catches up when the network is mended',
    async () => {
      const [controller, worker] = cluster.machines as [Machine, Machine, Machine]
      cluster.partition(controller, worker)
      await worker.waitFor(
        'the loss of ZooKeeper',
        ({ cluster }) => cluster.zookeeper.session !== 'connected',
      )
      expect(await worker.dig('leader.mesos', 'A')).toEqual(['10.77.0.1'])
      const app = { id: '/late', cmd: 'sleep 100000', cpus: 0.1 }
      const posted = await controller.run(
        'curl',
        '-sf',
        '-X',
        'POST',
        '-H',
        'Content-Type: application/json',
        '-d',
        JSON.stringify(app),
        `http://${controller.address}:8080/v2/apps`,
      )
      expect(posted).toMatchObject({ code: 0 })
      await eventually('the app on the controller', async () =>
        (await controller.dig('late.marathon.mesos', 'A')).length > 0 ? true : undefined,
      )
      expect(await worker.dig('late.marathon.mesos', 'A')).toEqual([])
      cluster.heal(controller, worker)
      await eventually('the app on the worker', async () =>
        (await worker.dig('late.marathon.mesos', 'A')).length > 0 ? true : undefined,
      )
    },
  )

  needsRoot('a worker whose power is cut comes back with its own agent id', async () => {
    const worker = cluster.machines[2] as Machine
    const before = await worker.waitFor('readiness', ({ ready }) => ready)
    await worker.powerOff()
    expect(await worker.status()).toBeUndefined()
    expect(await join(worker, url)).toMatchObject({ code: 0 })
    const after = await worker.waitFor('readiness', ({ ready }) => ready)
    expect(after.cluster.id).toBe(before.cluster.id as string)
    expect(await agents(worker)).toHaveLength(3)
  })

  needsRoot('the controller whose power is cut comes back with all it knew', async () => {
    const controller = cluster.machines[0] as Machine
    await controller.powerOff()
    expect(await join(controller, url)).toMatchObject({ code: 0 })
    expect((await controller.meshbox('config', 'show')).out).toContain('name: renamed')
    await eventually('the app', async () =>
      (await controller.dig('late.marathon.mesos', 'A')).length > 0 ? true : undefined,
    )
    for (const machine of cluster.machines) await machine.waitFor('readiness', ({ ready }) => ready)
  })
})
