import { afterEach, expect, setDefaultTimeout } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { type Machine, makeCluster, type TestCluster } from '../cluster/cluster.ts'
import { randomFrom, seed, whole } from '../gossip/seed.ts'
import { needsRoot } from '../root.ts'

const orders = process.env.MESHBOX_LONG ? 50 : 2
const atOnce = 3
const machinesEach = 5
setDefaultTimeout(orders * 200_000)

const config = `${import.meta.dir}/../cluster/cluster.yaml`
const clusters = new Set<TestCluster>()

afterEach(async () => {
  for (const each of clusters) await each.remove()
  clusters.clear()
})

/** What may happen to machines while they join. Everything that breaks is mended in the end. */
const troubles: ((
  cluster: TestCluster,
  random: () => number,
) => Promise<() => Promise<unknown> | unknown>)[] = [
  async ({ machines }, random) => {
    const victim = pick(machines, random)
    await victim.powerOff()
    return () => {}
  },
  async ({ machines }, random) => {
    const victim = pick(machines, random)
    await victim.killAgent()
    return () => {}
  },
  async ({ machines }, random) => {
    const victim = pick(machines, random)
    victim.pause()
    return victim.resume
  },
  async (cluster, random) => {
    const [a, b] = pickTwo(cluster.machines, random)
    cluster.partition(a, b)
    return () => cluster.heal(a, b)
  },
  async (cluster, random) => {
    const [a, b] = pickTwo(cluster.machines, random)
    cluster.cut(a, b)
    return () => cluster.mend(a, b)
  },
  async (cluster, random) => {
    const victim = pick(cluster.machines, random)
    await cluster.spoil(victim, { loss: 0.2, delayMs: 20, duplicate: 0.1 })
    return () => cluster.repair(victim)
  },
]

const pick = <T>(all: T[], random: () => number) => all[whole(random, all.length)] as T

function pickTwo(machines: Machine[], random: () => number): [Machine, Machine] {
  const a = pick(machines, random)
  return [
    a,
    pick(
      machines.filter((each) => each !== a),
      random,
    ),
  ]
}

function shuffled<T>(all: T[], random: () => number): T[] {
  return all
    .map((each) => ({ each, by: random() }))
    .sort((x, y) => x.by - y.by)
    .map(({ each }) => each)
}

/** Of all machines that have one. */
async function clusterIds(machines: Machine[]): Promise<string[]> {
  const statuses = await Promise.all(machines.map((machine) => machine.status()))
  return [...new Set(statuses.flatMap((status) => status?.cluster.id ?? []))]
}

/** A way to begin: who joins when, and what goes wrong meanwhile, all from one number. */
async function play(start: number): Promise<void> {
  const random = randomFrom(start)
  const cluster = await makeCluster(machinesEach)
  clusters.add(cluster)
  const { machines } = cluster
  const controllers = machines.slice(0, 3)
  const urlFor = () =>
    `zk://${shuffled(controllers, random)
      .map(({ address }) => address)
      .join(',')}/mesos`
  const join = (machine: Machine, url: string, timeout: number) =>
    machine.meshbox(
      ...['join', url, '--simulated', '--name', machine.name],
      ...['--config', config, '--timeout', `${timeout}`],
    )

  /** Whoever ends with an error says what it could not do. */
  async function joinOnce(machine: Machine, url: string, timeout: number): Promise<boolean> {
    const { code, err } = await join(machine, url, timeout)
    if (err.includes('error:')) expect(err).toContain('error: cannot ')
    return code === 0
  }

  const joining = shuffled(machines, random).map(async (machine) => {
    const [delayMs, url] = [random() * 4000, urlFor()]
    await Bun.sleep(delayMs)
    await joinOnce(machine, url, 3)
  })
  for (let round = 0; round < 3; round++) {
    await Bun.sleep(random() * 1500)
    const mend = await pick(troubles, random)(cluster, random)
    await Bun.sleep(random() * 3000)
    await mend()
    expect((await clusterIds(machines)).length).toBeLessThan(2)
  }
  await Promise.all(joining)
  const url = urlFor()
  const found = await Promise.all(
    machines.map((machine) =>
      until(systemClock, { everyMs: 500, timeoutMs: 120_000 }, async () =>
        (await joinOnce(machine, url, 30)) ? true : undefined,
      ),
    ),
  )
  expect({ start, found }).toEqual({ start, found: machines.map(() => true) })

  const statuses = await Promise.all(
    machines.map((machine) => machine.waitFor('readiness', ({ ready }) => ready)),
  )
  expect(await clusterIds(machines)).toHaveLength(1)
  expect(new Set(statuses.map(({ cluster: { document } }) => document?.version)).size).toBe(1)
  const addresses = machines.map(({ address }) => address).sort()
  for (const machine of machines) {
    const answered = await until(systemClock, { everyMs: 300, timeoutMs: 60_000 }, async () =>
      machine
        .dig('slave.mesos', 'A')
        .then((lines) => (lines.join() === addresses.join() ? lines : undefined))
        .catch(() => undefined),
    )
    expect({ start, machine: machine.name, answered }).toMatchObject({ answered: addresses })
  }
  await cluster.remove()
  clusters.delete(cluster)
}

needsRoot(
  'five machines join in any order, with crashes, partitions and bad cables in between: one cluster, always',
  async () => {
    const starts = Array.from({ length: orders }, (_, index) => (seed + index) >>> 0)
    const lane = async () => {
      for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
        const began = performance.now()
        try {
          await play(start)
        } catch (error) {
          throw new Error(`with MESHBOX_SEED=${start}`, { cause: error })
        }
        process.stdout.write(
          `order ${start}: one cluster after ${Math.round((performance.now() - began) / 1000)} s\n`,
        )
      }
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
  },
)
