import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import type { Machine, TestCluster } from '../cluster/cluster.ts'
import { randomFrom } from '../gossip/seed.ts'
import { leader, task } from './answers.ts'
import { markOf, paths, startClients } from './clients.ts'
import { rage } from './faults.ts'
import { permissionOf } from './permits.ts'
import { longS, type Recorded } from './recorded.ts'
import { ask, config, healed, makeWorld, type World } from './world.ts'

/** Towards the end nothing more is begun that takes long: it would be told from what is not whole again. */
const calmMs = 120_000
/**
 * A leading master waits ten minutes for the agents of the one before, `agent_reregister_timeout`: as long Marathon takes
 * what ran on a lost disk for running.
 */
const tasksMs = 900_000

/** Faults for so long, on a cluster that is new and of which the first three are controllers; all is mended in the end. */
export async function play(cluster: TestCluster, seed: number, seconds: number): Promise<Recorded> {
  const { machines } = cluster
  const controllers = machines.slice(0, 3)
  const url = `zk://${controllers.map(({ address }) => address).join(',')}/mesos`
  const joined = await Promise.all(
    machines.map((machine) =>
      machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config),
    ),
  )
  for (const { code, err } of joined) if (code !== 0) throw new Error(`a machine did not join: ${err}`)
  const zookeeper = versionOf(controllers[0])
  const world = makeWorld(cluster, controllers, isSound(zookeeper))
  if ((await healed(world, 120_000)) === undefined) throw new Error('the cluster did not get ready')
  // What is asked for later is known on each machine, and kept there.
  for (const machine of machines)
    await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () =>
      (await machine.dig(leader, 'A').catch(() => [])).length > 0 ? true : undefined,
    )
  await startTasks(controllers[0])

  const from = Date.now()
  const clients = startClients(world, randomFrom(seed + 1))
  const untilMs = from + seconds * 1000
  const uncalm = systemClock.after(seconds * 1000 - Math.min(calmMs, seconds * 250), clients.calm)
  const struck = await rage(world, untilMs, seed)
  uncalm()
  for (const machine of machines) await world.start(machine)
  const [healedMs] = await Promise.all([healed(world, 180_000), clients.stopWriting()])
  if ((await healed(world, 180_000)) === undefined) clients.observed.faults.push(...(await ills(world)))
  world.over = true
  if (world.lost) clients.observed.faults.push(`${world.lost.name} never had its data again`)
  if (!(await hasApplication(machines))) clients.observed.faults.push('Marathon has lost its application')
  const last = await lastOf(machines)
  const to = Date.now()
  await clients.stop()
  const namedMs = seconds >= longS ? await named(machines, tasksMs) : undefined
  const { observed, transactions } = clients
  const { shown, ...told } = observed
  const byName = <T>(of: Map<Machine, T>) => Object.fromEntries([...of].map(([{ name }, all]) => [name, all]))
  return {
    ...{ seed, seconds, zookeeper, span: { from, to }, struck: Object.fromEntries(struck) },
    ...{ ...told, faults: [...told.faults, ...transactions.faults], shown: [...shown] },
    chain: transactions.chain(paths.config).map(({ version, data }) => [version, markOf(data)]),
    last,
    permissions: transactions.chain(`${paths.rollout}/state`).map(permissionOf),
    owners: Object.fromEntries(transactions.owners(paths.nodes)),
    ...{ excused: byName(world.excused), slept: byName(world.slept), apart: byName(world.apart) },
    addresses: machines.map(({ address }) => address),
    transactions: transactions.counts(),
    ...(healedMs === undefined ? {} : { healedMs }),
    ...(namedMs === undefined ? {} : { namedMs }),
  }
}

function versionOf(machine: Machine | undefined): string {
  const words = readFileSync(join(machine?.dataDir ?? '', 'log/zookeeper.log'), 'latin1')
  return /zookeeper\.version=([0-9.]+)/.exec(words)?.[1] ?? 'unknown'
}

/** Before that it may lose what it has confirmed by a crash beside a sleep (ZOOKEEPER-4643, ZOOKEEPER-4925). */
function isSound(version: string): boolean {
  return Bun.semver.satisfies(version, '>=3.9.4')
}

const instances = 3

/** Tasks of which one at least mostly runs. */
async function startTasks(machine: Machine | undefined): Promise<void> {
  const app = {
    id: '/web',
    cmd: 'sleep 100000',
    cpus: 0.1,
    mem: 16,
    instances,
    constraints: [['hostname', 'UNIQUE']],
  }
  const header = ['-H', 'content-type: application/json', '-d', JSON.stringify(app)]
  const taken = await until(systemClock, { everyMs: 500, timeoutMs: 60_000 }, async () => {
    const told = await machine?.run('curl', '-sfL', ...header, `http://${machine.address}:8080/v2/apps`)
    return told?.code === 0 || undefined
  })
  if (!taken) throw new Error('Marathon took no application')
}

/** Marathon has answered for it, and so it is there in the end, whatever became of its tasks. */
async function hasApplication(machines: Machine[]): Promise<boolean> {
  const found = await until(systemClock, { everyMs: 500, timeoutMs: 60_000 }, async () => {
    const asked = machines.map(({ run, address }) =>
      run('curl', '-sfL', '-m', '5', '-o', '/dev/null', `http://${address}:8080/v2/apps//web`),
    )
    return (await Promise.all(asked)).some(({ code }) => code === 0) || undefined
  })
  return found === true
}

/** Until the application has all its tasks, and each machine an address for them. Tells how long it took, in milliseconds. */
async function named(machines: Machine[], timeoutMs: number): Promise<number | undefined> {
  const began = performance.now()
  const found = await until(systemClock, { everyMs: 1000, timeoutMs }, async () => {
    const answers = await Promise.all(machines.map(({ dig }) => dig(task, 'A').catch(() => [])))
    return answers.every(({ length }) => length >= instances) || undefined
  })
  return found && performance.now() - began
}

/** Why they are not whole again. */
async function ills(world: World): Promise<string[]> {
  const all = await Promise.all(
    world.cluster.machines.map(async (machine) => {
      const status = await world.status(machine)
      if (!status) return `${machine.name} does not answer`
      const own = status.machines[0]
      const services = own?.services.filter(({ state }) => state !== 'ready') ?? []
      if (status.ready) return undefined
      return `${machine.name} is not ready: ${JSON.stringify({ services, problems: status.problems, dns: own?.dns })}`
    }),
  )
  return all.flatMap((each) => each ?? [])
}

async function lastOf(machines: Machine[]): Promise<Recorded['last']> {
  const all = machines.map(async (machine) => {
    const read = await ask<{ text: string; version: number }>(machine, '/v1/config')
    return [machine.name, read && { version: read.version, mark: markOf(read.text) }] as const
  })
  return Object.fromEntries(await Promise.all(all))
}
