import { join } from 'node:path'
import { type Machine, makeCluster, type TestCluster } from '../cluster/cluster.ts'
import { linesOf, seenBy } from '../cluster/seen-by.ts'
import { startZooKeeper } from '../zookeeper/server.ts'

/**
 * Measures how long a join takes until all is ready, on one machine and on three, beside ZooKeeper's own start by hand; and
 * how soon a change of the document is seen by twenty machines. Each machine is a network namespace (needs root).
 * Prints Markdown. `bun test/bench/join.ts [machines]`
 */
const many = Number(process.argv[2] ?? 20)
const rounds = 3
const config = join(import.meta.dir, '../cluster/cluster.yaml')

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

async function joined(machines: Machine[], controllers: number): Promise<number> {
  const url = `zk://${machines
    .slice(0, controllers)
    .map(({ address }) => address)
    .join(',')}/mesos`
  const start = performance.now()
  const results = await Promise.all(
    machines.map((machine) =>
      machine.meshbox(
        'join',
        url,
        '--simulated',
        '--name',
        machine.name,
        '--config',
        config,
        '--timeout',
        '300',
      ),
    ),
  )
  for (const { code, err } of results) if (code !== 0) throw new Error(err)
  return performance.now() - start
}

/** From the start of its program until it took a client. */
function zookeeperStart(machine: Machine): number {
  const of = (state: string) =>
    linesOf(machine).find((line) => line.service === 'zookeeper' && line.state === state)?.time
  return Date.parse(of('ready') ?? '') - Date.parse(of('starting') ?? '')
}

async function withCluster<T>(size: number, run: (cluster: TestCluster) => Promise<T>): Promise<T> {
  const cluster = await makeCluster(size)
  try {
    return await run(cluster)
  } finally {
    await cluster.remove()
  }
}

async function byHand(): Promise<number> {
  const start = performance.now()
  const server = await startZooKeeper({ tickTime: 2000 })
  const ms = performance.now() - start
  await server.remove()
  return ms
}

const tell = (line: string) => process.stdout.write(`${line}\n`)
const row = (what: string, ms: number) => tell(`| ${what} | ${Math.round(ms)} |`)

tell('| | ms |\n| --- | --- |')
const alone: number[] = []
const own: number[] = []
const hand: number[] = []
for (let round = 0; round < rounds; round++) {
  hand.push(await byHand())
  await withCluster(1, async ({ machines }) => {
    alone.push(await joined(machines, 1))
    own.push(...machines.map(zookeeperStart))
  })
}
row('ZooKeeper, started by hand, answers after', median(hand))
row('join on one machine ends, all ready, after', median(alone))
row('of which its ZooKeeper from its start until it takes a client', median(own))
await withCluster(3, async ({ machines }) => row('join on three machines at once', await joined(machines, 3)))
await withCluster(many, async ({ machines }) => {
  row(`join on ${many} machines at once, one of them a controller`, await joined(machines, 1))
  const times = await seenBy(machines, rounds)
  row(
    `a change of the document is read by the last of the ${many} after (worst of ${rounds})`,
    Math.max(...times),
  )
  row('by half of them after', median(times))
})
