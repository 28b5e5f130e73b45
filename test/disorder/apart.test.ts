import { describe, expect, setDefaultTimeout } from 'bun:test'
import type { Machine } from '../cluster/cluster.ts'
import { clusterForEach } from '../cluster/each.ts'
import { join, urlOf } from '../cluster/together.ts'
import { needsRoot } from '../root.ts'

setDefaultTimeout(240_000)

const newCluster = clusterForEach()

async function holdsData(machine: Machine): Promise<boolean> {
  const shown = await machine.meshbox('config', 'show')
  return shown.code === 0 && shown.out.includes('name: kept')
}

/**
 * With ZooKeeper alone, {A} with data and {A,B,C} born by B and C while they do not see A both serve, and A loses all its
 * writes when it is started with the list of three.
 */
describe('one with data, cut off from two that would be born beside it', () => {
  needsRoot(
    'the operator says falsely that the one holds nothing: there are two clusters, which never become one; no data is lost',
    async () => {
      const cluster = await newCluster(3)
      const [a, b, c] = cluster.machines as [Machine, Machine, Machine]
      expect(await join(a, urlOf(a))).toMatchObject({ code: 0 })
      expect(await a.meshbox('config', 'set', 'name=kept')).toMatchObject({ code: 0 })
      const id = (await a.status())?.cluster.id

      cluster.partition(a, b)
      cluster.partition(a, c)
      await Promise.all([b, c].map((each) => join(each, urlOf(a, b, c), '--expect', '2', '--timeout', '2')))
      await b.waitFor('the document', ({ cluster: { document } }) => document !== undefined)
      cluster.heal(a, b)
      cluster.heal(a, c)
      await a.powerOff()
      expect(await join(a, urlOf(a))).toMatchObject({ code: 0 })
      expect(await holdsData(a)).toBe(true)
      expect((await a.status())?.cluster.id).toBe(id as string)
      const other = (await b.status())?.cluster.id
      expect(other).toBeDefined()
      expect(other).not.toBe(id)
      expect(await join(a, urlOf(a, b, c))).toMatchObject({ code: 1 })
      expect(await holdsData(a)).toBe(true)
      expect(await holdsData(b)).toBe(false)
    },
  )
})
