import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { makeCluster, type TestCluster } from '../cluster/cluster.ts'
import { randomFrom, seed } from '../gossip/seed.ts'
import { needsRoot } from '../root.ts'
import { type Clients, startClients } from './clients.ts'
import { rage } from './faults.ts'
import { wordsOf } from './permits.ts'
import {
  judgeAnswers,
  judgeDocument,
  judgeEpochs,
  judgeLeaders,
  judgePermits,
  judgeReads,
  judgeRegistry,
  overlapsOf,
} from './verdict.ts'
import { config, healed, makeWorld } from './world.ts'

const seconds = Number(process.env.MESHBOX_NEMESIS_SECONDS ?? (process.env.MESHBOX_LONG ? 3600 : 60))
setDefaultTimeout((seconds + 600) * 1000)

const machines = 5
let cluster: TestCluster | undefined
let clients: Clients | undefined
let passed = false
afterAll(async () => {
  // What the machines of a run that failed have written and its clients were told, for who wants to know why.
  const keep = process.env.MESHBOX_NEMESIS_KEEP
  if (!passed && keep && cluster) {
    for (const machine of cluster.machines) await machine.powerOff()
    const folder = join(keep, `${seed}`)
    mkdirSync(folder, { recursive: true })
    Bun.spawnSync(['cp', '-a', ...cluster.machines.map(({ dataDir }) => dataDir), folder])
    writeFileSync(join(folder, 'observed.json'), JSON.stringify(clients?.observed, plain))
  }
  await cluster?.remove()
})

/** Maps as lists of pairs, and a machine by its name. */
function plain(_key: string, value: unknown): unknown {
  if (!(value instanceof Map)) return value
  return [...value].map(([key, of]) => [key?.name ?? key, of])
}

needsRoot(`${seconds} s of faults lose nothing that was acknowledged (MESHBOX_SEED=${seed})`, async () => {
  cluster = await makeCluster(machines, { diskMb: 400, clocks: true })
  const controllers = cluster.machines.slice(0, 3)
  const world = makeWorld(cluster, controllers, randomFrom(seed))
  const url = `zk://${controllers.map(({ address }) => address).join(',')}/mesos`
  const joined = await Promise.all(
    cluster.machines.map((machine) =>
      machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config),
    ),
  )
  for (const { code, out, err } of joined) expect({ code, out, err }).toMatchObject({ code: 0 })
  const born = await healed(world, 120_000)
  expect(born).toBeDefined()
  // What is asked for later is known on each machine, and kept there.
  for (const machine of cluster.machines)
    await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () =>
      (await machine.dig('leader.mesos', 'A').catch(() => [])).length > 0 ? true : undefined,
    )

  clients = startClients(world, 'leader.mesos', randomFrom(seed + 1))
  const struck = await rage(world, Date.now() + seconds * 1000)
  for (const machine of cluster.machines) await world.start(machine)
  await clients.stopWriting()
  const tookMs = await healed(world, 180_000)
  const statuses = await states()
  world.over = true
  await clients.stop()
  const { observed } = clients
  const last = await lastWeight()

  const overlaps = overlapsOf(observed.seen, world.slept, world.apart)
  const kinds = Map.groupBy(observed.document, ({ op }) => op.kind)
  process.stdout.write(
    `${[...struck].map(([name, times]) => `${times} × ${name}`).join(', ')}\n` +
      `writes of the document: ${['wrote', 'refused', 'unknown'].map((kind) => `${kinds.get(kind as 'wrote')?.length ?? 0} ${kind}`).join(', ')}; ` +
      `of the registry: ${observed.registry.length}\n` +
      `permits: ${observed.permits.granted.size} seen, words: ${wordsOf(observed.permits)}\n` +
      `changes of controllers: ${[...clients.changes.values()].join('; ') || 'none'}\n` +
      `leaders that overlapped: ${overlaps.map(({ old, next, ms }) => `${old} and ${next} for ${ms} ms`).join(', ') || 'none'}\n` +
      `whole again after ${tookMs === undefined ? 'more than three minutes' : `${(tookMs / 1000).toFixed(1)} s`}\n`,
  )
  expect([
    ...observed.faults,
    ...judgeDocument(observed),
    ...judgeRegistry(observed, last),
    ...observed.permits.faults,
    ...judgePermits(observed.permits),
    ...judgeReads(observed),
    ...judgeAnswers(observed, world.excused),
    ...judgeLeaders(overlaps),
    ...judgeEpochs(cluster.machines),
    ...[...clients.changes.values()].filter((text) => !/: (done|aborted)$/.test(text)),
  ]).toEqual([])
  expect(statuses).toEqual([])
  expect(kinds.get('wrote')?.length ?? 0).toBeGreaterThan(0)
  passed = true

  /** Why they are not whole again. */
  async function states() {
    if (tookMs !== undefined) return []
    return Promise.all(
      world.cluster.machines.map(async (machine) => {
        const status = await world.status(machine)
        if (!status) return { name: machine.name, agent: 'does not answer' }
        const { cluster, machines, problems } = status
        const [own] = machines
        const services = own?.services.filter(({ state }) => state !== 'ready')
        return { name: machine.name, cluster, dns: own?.dns, services, problems }
      }),
    )
  }

  /** As the leader has it when all is over. */
  async function lastWeight(): Promise<number | undefined> {
    const found = await until(systemClock, { everyMs: 500, timeoutMs: 60_000 }, async () => {
      for (const { run, address } of world.cluster.machines) {
        const { out } = await run('curl', '-s', '-m', '5', `http://${address}:5050/weights`)
        const weights = out.startsWith('[') ? (JSON.parse(out) as { weight: number }[]) : undefined
        if (weights) return { weight: weights[0]?.weight }
      }
      return undefined
    })
    return found?.weight
  }
})
