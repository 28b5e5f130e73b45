import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'

setDefaultTimeout(300_000)

const config = `${import.meta.dir}/cluster.yaml`
let cluster: TestCluster
let machines: Machine[]

const at = (index: number): Machine => {
  const machine = machines[index]
  if (!machine) throw new Error(`there is no machine ${index + 1}`)
  return machine
}

const urlOf = (...of: Machine[]) => `zk://${of.map(({ address }) => `${address}:2181`).join(',')}/mesos`

const join = (machine: Machine, url: string) =>
  machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config)

async function curl(machine: Machine, ...argv: string[]): Promise<string> {
  return (await machine.run('curl', '-sS', '--max-time', '5', ...argv)).out
}

/** Of the leading master, by the word of any other. */
async function weights(machine: Machine): Promise<unknown> {
  const said = await curl(machine, '-L', `http://${machine.address}:5050/master/weights`)
  return JSON.parse(said || 'null')
}

/** Who votes, by the word of that machine's own ZooKeeper. */
async function voters(machine: Machine): Promise<string[]> {
  const { out } = await machine.meshbox('controllers', 'list', '--json')
  return JSON.parse(out)
    .controllers.filter(({ votes }: { votes: boolean }) => votes)
    .map(({ name }: { name: string }) => name)
}

/** Writes to the document all the time; what was acknowledged has to be there in the end. */
function keepWriting(machine: Machine): { stop(): Promise<{ acknowledged: number; last: number }> } {
  let acknowledged = 0
  let last = 0
  let stopped = false
  const writing = (async () => {
    for (let value = 1; !stopped; value++) {
      const { code } = await machine.meshbox('config', 'set', `dns.ttl=${value}`)
      if (code !== 0) continue
      acknowledged++
      last = value
    }
  })()
  return {
    async stop() {
      stopped = true
      await writing
      return { acknowledged, last }
    },
  }
}

beforeAll(async () => {
  if (process.getuid?.() !== 0) return
  cluster = await makeCluster(5)
  machines = cluster.machines
  const url = urlOf(at(0))
  for (const result of await Promise.all(machines.map((machine) => join(machine, url))))
    expect(result).toMatchObject({ code: 0 })
})
afterAll(() => cluster?.remove())

describe('controllers of a running cluster', () => {
  needsRoot('1 → 3 while writes go on: nothing is lost, and any one may fail', async () => {
    const [a, b, c, , e] = machines as [Machine, Machine, Machine, Machine, Machine]
    const marker = [{ role: 'marker', weight: 2.5 }]
    await curl(a, '-X', 'PUT', '-d', JSON.stringify(marker), `http://${a.address}:5050/weights`)
    const writer = keepWriting(e)
    const added = await e.meshbox('controllers', 'add', 'm2', 'm3', '--yes')
    expect(added).toMatchObject({ code: 0 })
    const { acknowledged, last } = await writer.stop()
    expect(acknowledged).toBeGreaterThan(3)
    for (const machine of machines) {
      const status = await machine.waitFor('readiness', ({ ready }) => ready)
      expect(status.cluster.zookeeper.url).toBe(urlOf(a, b, c))
    }
    expect(await voters(e)).toEqual(['m1', 'm2', 'm3'])
    expect(await weights(b)).toEqual(marker)
    await a.powerOff()
    const after = await until(systemClock, { everyMs: 500, timeoutMs: 60_000 }, async () => {
      const said = await weights(b).catch(() => undefined)
      return JSON.stringify(said) === JSON.stringify(marker) || undefined
    })
    expect(after).toBe(true)
    expect((await e.meshbox('config', 'get', 'dns.ttl')).out.trim()).toBe(String(last))
    expect(await join(a, urlOf(a))).toMatchObject({ code: 0 })
  })
})
