import { afterAll, describe, expect, setDefaultTimeout } from 'bun:test'
import { needsRoot } from '../root.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'
import { eventually, isOneCluster, join, urlOf } from './together.ts'

setDefaultTimeout(300_000)

type Born = { a: Machine; b: Machine; c: Machine; spare: Machine; codes: number[] }

let cluster: TestCluster | undefined
let born: Promise<Born> | undefined
afterAll(async () => {
  await cluster?.remove()
})

/** Three that join at the same moment, and one beside them: made once for all tests of this file. */
function together(): Promise<Born> {
  born ??= (async () => {
    cluster = await makeCluster(4)
    const [a, b, c, spare] = cluster.machines as [Machine, Machine, Machine, Machine]
    const results = await Promise.all([
      join(a, urlOf(a, b, c)),
      join(b, urlOf(c, b, a)),
      join(c, `zk://${b.host},${c.address},${a.host}:2181/mesos`),
    ])
    return { a, b, c, spare, codes: results.map(({ code }) => code) }
  })()
  return born
}

describe('three machines of one URL', () => {
  needsRoot(
    'join at the same moment, each with its own order of the URL, one by names: one cluster',
    async () => {
      const { a, b, c, codes } = await together()
      expect(codes).toEqual([0, 0, 0])
      await isOneCluster([a, b, c])
    },
  )

  needsRoot('the power of all is cut at once: they come back as the same cluster', async () => {
    const { a, b, c } = await together()
    const id = (await a.status())?.cluster.id
    await Promise.all([a, b, c].map((machine) => machine.powerOff()))
    const back = await Promise.all([c, a, b].map((machine) => join(machine, urlOf(a, b, c))))
    for (const result of back) expect(result).toMatchObject({ code: 0 })
    await isOneCluster([a, b, c])
    expect((await c.status())?.cluster.id).toBe(id as string)
  })

  needsRoot(
    'a machine comes with an outdated URL: a worker is taken in and told the current one, a controller is refused',
    async () => {
      const { a, b, c, spare } = await together()
      const refused = await join(spare, urlOf(a, spare))
      expect(refused).toMatchObject({ code: 1 })
      expect(refused.err).toContain(`${spare.address} is none of this cluster's`)
      expect(await join(spare, urlOf(a))).toMatchObject({ code: 0 })
      const status = await spare.waitFor('readiness', ({ ready }) => ready)
      const current = `zk://${[a, b, c].map(({ address }) => `${address}:2181`).join(',')}/mesos`
      expect(status.cluster.zookeeper.url).toBe(current)
      expect(status.machines[0]?.services.map(({ name }) => name)).toEqual(['mesos-agent'])
    },
  )

  needsRoot(
    'one loses its disk: it comes back by its place in the birth record and gets the data from the others',
    async () => {
      const { a, b, c } = await together()
      const shown = await a.meshbox('config', 'show')
      await Bun.write(`${a.dataDir}/new.yaml`, `${shown.out}\nname: kept\n`)
      expect(await a.meshbox('config', 'apply', `${a.dataDir}/new.yaml`)).toMatchObject({ code: 0 })
      await c.powerOff()
      c.loseDisk()
      expect(await join(c, urlOf(a, b, c))).toMatchObject({ code: 0 })
      await a.powerOff()
      const kept = await eventually('the document without the first machine', async () => {
        const { code, out } = await c.meshbox('config', 'show')
        return code === 0 ? out : undefined
      })
      expect(kept).toContain('name: kept')
    },
  )
})
