import { afterEach, describe, expect, setDefaultTimeout } from 'bun:test'
import { rmSync } from 'node:fs'
import path from 'node:path'
import type { ClusterStatus } from '../../src/agent/status.ts'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'

setDefaultTimeout(300_000)

const config = `${import.meta.dir}/cluster.yaml`
let cluster: TestCluster | undefined

afterEach(async () => {
  await cluster?.remove()
  cluster = undefined
})

async function three(): Promise<[Machine, Machine, Machine]> {
  cluster = await makeCluster(3)
  const [a, b, c] = cluster.machines
  if (!a || !b || !c) throw new Error('not three machines')
  return [a, b, c]
}

const urlOf = (...machines: Machine[]) => `zk://${machines.map(({ address }) => address).join(',')}/mesos`

const join = (machine: Machine, url: string, ...more: string[]) =>
  machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config, ...more)

async function eventually<T>(what: string, check: () => Promise<T | undefined>): Promise<T> {
  const found = await until(systemClock, { everyMs: 200, timeoutMs: 120_000 }, () =>
    check().catch(() => undefined),
  )
  if (found === undefined) throw new Error(`gave up waiting for ${what}`)
  return found
}

/** One ensemble, one document, everything ready, and names answered on each machine. */
async function isOneCluster(machines: Machine[]): Promise<void> {
  const statuses = await Promise.all(
    machines.map((machine) => machine.waitFor('readiness', ({ ready }) => ready)),
  )
  expect(new Set(statuses.map(({ cluster: { id } }) => id)).size).toBe(1)
  for (const machine of machines) {
    const lines = await eventually(`names on ${machine.name}`, async () => {
      const found = await machine.dig('slave.mesos', 'A')
      return found.length === machines.length ? found : undefined
    })
    expect(lines).toEqual(machines.map(({ address }) => address).sort())
    expect(await machine.dig('leader.mesos', 'A')).toHaveLength(1)
  }
  for (const machine of machines) {
    const others = machines.filter((other) => other !== machine).map(({ name }) => `${name} alive true 0`)
    await eventually(`the others in the status of ${machine.name}`, async () => {
      const { others: seen }: ClusterStatus = JSON.parse((await machine.meshbox('status', '--json')).out)
      const told = seen.map(
        ({ name, state, said, document }) => `${name} ${state} ${said?.ready} ${document}`,
      )
      return Bun.deepEquals(told.sort(), others.sort()) || undefined
    })
  }
  const modes = await Promise.all(machines.map(modeOf))
  expect(modes.sort()).toEqual(['follower', 'follower', 'leader'])
}

/** Of the leading master; with a list, after it was set. */
async function weights(machine: Machine, list?: unknown[]): Promise<string> {
  const [leader] = await machine.dig('leader.mesos', 'A')
  const url = `http://${leader}:5050/weights`
  // One that does not lead yet points to another.
  const ask = async (...words: string[]) => {
    const { code, out } = await machine.run('curl', '-sf', '-m', '10', '-w', '%{http_code}', ...words, url)
    if (code !== 0 || !out.endsWith('200')) throw new Error(`no answer from ${leader}: ${out}`)
    return out
  }
  if (list) await ask('-X', 'PUT', '-d', JSON.stringify(list))
  return ask()
}

/** Its replica of the masters' log has what a quorum has. */
function votes(machine: Machine): Promise<true> {
  return eventually('the vote of its replica', async () => {
    const { out } = await machine.run('curl', '-sf', `http://${machine.address}:5050/metrics/snapshot`)
    return JSON.parse(out)['registrar/log/recovered'] === 1 || undefined
  })
}

async function modeOf(machine: Machine): Promise<string> {
  const script = `exec 3<>/dev/tcp/${machine.address}/2181 && echo srvr >&3 && grep Mode: <&3`
  return (await machine.run('bash', '-c', script)).out.replace('Mode: ', '').trim()
}

describe('three machines of one URL', () => {
  needsRoot('join at the same moment, each with its own order of the URL: one cluster', async () => {
    const [a, b, c] = await three()
    const results = await Promise.all([
      join(a, urlOf(a, b, c)),
      join(b, urlOf(c, b, a)),
      join(c, urlOf(b, c, a)),
    ])
    for (const result of results) expect(result).toMatchObject({ code: 0 })
    await isOneCluster([a, b, c])
  })

  needsRoot('one comes late: the others wait and name it, and nothing is born without it', async () => {
    const [a, b, c] = await three()
    const early = await Promise.all([a, b].map((machine) => join(machine, urlOf(a, b, c), '--timeout', '4')))
    for (const { code, err } of early) {
      expect(code).toBe(1)
      expect(err).toContain(`waiting: ${c.address} is not reached`)
    }
    expect((await a.status())?.machines[0]?.services).toEqual([])
    expect(await join(c, urlOf(a, b, c))).toMatchObject({ code: 0 })
    await isOneCluster([a, b, c])
  })

  needsRoot(
    'one never comes and the operator goes on without it; when it comes after all, it gets the data',
    async () => {
      const [a, b, c] = await three()
      const early = await Promise.all([a, b].map((machine) => join(machine, urlOf(a, b, c), '--expect', '2')))
      for (const result of early) expect(result).toMatchObject({ code: 0 })
      await weights(a, [{ role: 'marker', weight: 2 }])
      expect(await join(c, urlOf(a, b, c))).toMatchObject({ code: 0 })
      await isOneCluster([a, b, c])

      // A log that is lost is none that was never begun: it comes from the others, and is initialised by nobody.
      await b.powerOff()
      rmSync(path.join(b.dataDir, 'state/mesos-master/work', 'replicated_log'), { recursive: true })
      expect(await join(b, urlOf(a, b, c))).toMatchObject({ code: 0 })
      await votes(b)
      const [leader] = await b.dig('leader.mesos', 'A')
      const [other, rest] = leader === a.address ? [c, a] : [a, c]
      await other.powerOff()
      // Takes a quorum, and there are only these two.
      const kept = await eventually('a write without the third', () =>
        weights(rest, [{ role: 'more', weight: 3 }]),
      )
      expect(kept).toContain('marker')
    },
  )

  needsRoot('one was joined with another URL: all wait and say so, and nothing is started', async () => {
    const [a, b, c] = await three()
    const [first] = await Promise.all([
      join(a, urlOf(a, b, c), '--timeout', '5'),
      join(b, urlOf(a, b, c), '--timeout', '5'),
      join(c, urlOf(b, c), '--timeout', '5'),
    ])
    expect(first.code).toBe(1)
    expect(first.err).toContain(`waiting: ${c.address} was joined with the machines`)
    for (const machine of [a, b, c]) expect((await machine.status())?.machines[0]?.services).toEqual([])

    // One that waits can be ended, and waits again when it is started again.
    process.kill((await a.status())?.machines[0]?.pid ?? 0, 'SIGTERM')
    await eventually('the end of the agent', async () => ((await a.status()) ? undefined : true))
    const again = await join(a, urlOf(a, b, c), '--timeout', '3')
    expect(again.err).toContain(`waiting: ${c.address} was joined with the machines`)
  })

  needsRoot(
    'a partition while they agree: two of three never begin by themselves; healed, one cluster',
    async () => {
      const [a, b, c] = await three()
      cluster?.partition(a, c)
      const early = await Promise.all(
        [a, b, c].map((machine) => join(machine, urlOf(a, b, c), '--timeout', '5')),
      )
      for (const { code } of early) expect(code).toBe(1)
      for (const machine of [a, b, c]) expect((await machine.status())?.machines[0]?.services).toEqual([])
      cluster?.heal(a, c)
      await isOneCluster([a, b, c])
    },
  )

  needsRoot(
    'one loses its disk: it comes back by its place in the birth record and gets the data from the others',
    async () => {
      const [a, b, c] = await three()
      await Promise.all([a, b, c].map((machine) => join(machine, urlOf(a, b, c))))
      await isOneCluster([a, b, c])
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

  needsRoot(
    'a machine comes with an outdated URL: a worker is taken in and told the current one, a controller is refused',
    async () => {
      cluster = await makeCluster(4)
      const [a, b, c, d] = cluster.machines as [Machine, Machine, Machine, Machine]
      await Promise.all([a, b, c].map((machine) => join(machine, urlOf(a, b, c))))
      const refused = await join(d, urlOf(a, d))
      expect(refused).toMatchObject({ code: 1 })
      expect(refused.err).toContain(`${d.address} is none of this cluster's`)
      expect(await join(d, urlOf(a))).toMatchObject({ code: 0 })
      const status = await d.waitFor('readiness', ({ ready }) => ready)
      const current = `zk://${[a, b, c].map(({ address }) => `${address}:2181`).join(',')}/mesos`
      expect(status.cluster.zookeeper.url).toBe(current)
      expect(status.machines[0]?.services.map(({ name }) => name)).toEqual(['mesos-agent'])
    },
  )

  needsRoot('the power of all is cut at once: they come back as the same cluster', async () => {
    const [a, b, c] = await three()
    await Promise.all([a, b, c].map((machine) => join(machine, urlOf(a, b, c))))
    await isOneCluster([a, b, c])
    const id = (await a.status())?.cluster.id
    await Promise.all([a, b, c].map((machine) => machine.powerOff()))
    const back = await Promise.all([c, a, b].map((machine) => join(machine, urlOf(a, b, c))))
    for (const result of back) expect(result).toMatchObject({ code: 0 })
    await isOneCluster([a, b, c])
    expect((await c.status())?.cluster.id).toBe(id as string)
  })
})
