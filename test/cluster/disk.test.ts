import { expect, setDefaultTimeout } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Status } from '../../src/agent/status.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach, three } from './each.ts'
import { join, urlOf } from './together.ts'

setDefaultTimeout(240_000)

const newCluster = clusterForEach()

needsRoot(
  'the disk of a machine holds the data of another cluster: it is refused with the reason, and kept',
  async () => {
    const { a, b, c } = await three(newCluster)
    const data = `${c.dataDir}/state/zookeeper/data/version-2`
    mkdirSync(data, { recursive: true })
    const outcomes = await Promise.all([a, b, c].map((each) => join(each, urlOf(a, b, c), '--timeout', '2')))
    for (const { code } of outcomes) expect(code).toBe(1)
    for (const machine of [a, b, c])
      await machine.waitFor('the reason', (status) =>
        JSON.stringify(status).includes(
          `${c.address} holds the data of another ZooKeeper in ${c.dataDir}/state`,
        ),
      )
    for (const machine of [a, b, c]) expect((await machine.status())?.machines[0]?.services).toEqual([])
    expect(existsSync(data)).toBe(true)

    rmSync(data, { recursive: true })
    mkdirSync(path.join(c.dataDir, 'state/mesos-master/work', 'replicated_log'), { recursive: true })
    await a.waitFor('the other reason', ({ cluster: { waiting = [] } }) =>
      waiting.some((reason) => reason.startsWith(`${c.address} holds the log of other masters in `)),
    )
  },
)

needsRoot(
  "ZooKeeper's configuration is lost and its data kept: the list of servers comes from the others, not from the birth",
  async () => {
    const { a, b, c } = await three(newCluster)
    await Promise.all([a, b, c].map((machine) => join(machine, urlOf(a, b, c))))
    for (const machine of [a, b, c]) await machine.waitFor('readiness', ({ ready }) => ready)
    const conf = (machine: Machine) => `${machine.dataDir}/state/zookeeper/conf`
    const listOf = (machine: Machine) => {
      const name =
        existsSync(conf(machine)) &&
        readdirSync(conf(machine)).find((each) => /dynamic\.[0-9a-f]+$/.test(each))
      return (
        name &&
        readFileSync(`${conf(machine)}/${name}`, 'utf8')
          .split('\n')
          .filter(Boolean)
          .sort()
      )
    }
    await c.powerOff()
    rmSync(conf(c), { recursive: true })
    expect(await join(c, urlOf(a, b, c))).toMatchObject({ code: 0 })
    expect(listOf(c)).toEqual(listOf(a))

    // Two of three that only have the record of their birth must not begin by it.
    await Promise.all([a, b, c].map((machine) => machine.powerOff()))
    for (const machine of [b, c]) rmSync(conf(machine), { recursive: true })
    await Promise.all([b, c].map((machine) => join(machine, urlOf(a, b, c), '--timeout', '6')))
    const held = (await b.status())?.machines[0]?.services.find(({ name }) => name === 'zookeeper')
    expect(held?.reason).toContain('the list of its ensemble is lost while its data is there')
    expect(listOf(b)).toBeFalsy()
  },
)

needsRoot(
  'a machine that lost its disk does not vote: with one that missed the last writes it serves nothing, and nothing is lost',
  async () => {
    const { a, b, c } = await three(newCluster)
    await Promise.all([a, b, c].map((machine) => join(machine, urlOf(a, b, c))))
    for (const machine of [a, b, c]) await machine.waitFor('readiness', ({ ready }) => ready)
    await b.powerOff()
    expect(await a.meshbox('config', 'set', 'name=kept', '-m', 'while one is away')).toMatchObject({
      code: 0,
    })
    await Promise.all([a.powerOff(), c.powerOff()])
    c.loseDisk()
    await Promise.all([b, c].map((machine) => join(machine, urlOf(a, b, c), '--timeout', '10')))
    for (const machine of [b, c]) {
      const status = await machine.status()
      expect(status?.cluster.zookeeper.session).not.toBe('connected')
      expect(status?.machines[0]?.services.find(({ name }) => name === 'zookeeper')?.state).toBe('starting')
    }
    await join(a, urlOf(a, b, c), '--timeout', '1')
    for (const machine of [a, b, c]) {
      const served = ({ cluster: { name, zookeeper } }: Status) =>
        name === 'kept' && zookeeper.session === 'connected'
      await machine.waitFor('the last write', served)
    }
    expect((await b.meshbox('config', 'history')).out).toContain('while one is away')
  },
)
