import { madeState } from './cluster.ts'
import {
  answered,
  dnsperf,
  memoryMb,
  type Perf,
  print,
  queriesFile,
  type Server,
  startResolver,
} from './dns-server.ts'
import { type BenchMaster, startMaster } from './master.ts'

/** It comes after all others: when it is served, everything is. */
const last = { framework: 'marathon', name: 'bench-last' }
const lastName = `${last.name}.${last.framework}.mesos`

function stateOf(tasks: number, master: BenchMaster): string {
  const state = JSON.parse(madeState(tasks, master.address))
  const of = state.frameworks.find(({ name }: { name: string }) => name === last.framework)
  of.tasks.push({ ...of.tasks[0], id: 'bench-last.1', name: last.name, discovery: undefined })
  return JSON.stringify(state)
}

type Scene = { master: BenchMaster; server: Server; end(): Promise<void>; servedMs: number }

async function load(tasks: number): Promise<Scene> {
  const master = startMaster()
  master.state = stateOf(tasks, master)
  const server = await startResolver(master.address, { loads: true })
  const servedMs = (await answered(server.port, lastName, 'A')) - master.handedOverAt
  const end = async () => {
    server.kill()
    await master.stop()
  }
  return { master, server, end, servedMs }
}

/** Waits for the load that the beginning of the event stream calls for, and its end. */
async function following({ master }: Scene): Promise<void> {
  while (master.followers === 0 || master.asked < 2) await Bun.sleep(10)
  const { handedOverAt } = master
  while (master.handedOverAt === handedOverAt && master.asked < 2) await Bun.sleep(10)
}

export async function measureLoads(sizes: number[]): Promise<void> {
  process.stdout.write('\n')
  print('tasks', 'state MB', 'served after s', 'peak MB', 'MB a minute later')
  print(...new Array<string>(5).fill('---'))
  for (const tasks of sizes) {
    const scene = await load(tasks)
    await Bun.sleep(60_000)
    const { pid } = scene.server
    const megabytes = (scene.master.state.length / 1e6).toFixed(1)
    print(
      tasks,
      megabytes,
      (scene.servedMs / 1000).toFixed(2),
      memoryMb(pid, 'VmHWM'),
      memoryMb(pid, 'VmRSS'),
    )
    await scene.end()
  }
}

/** From the event that tells of a task to the answer that has it. */
export async function measureChanges(tasks: number): Promise<void> {
  const scene = await load(tasks)
  const { master, server } = scene
  await following(scene)
  const state = JSON.parse(master.state)
  const framework_id = { value: state.frameworks[0].id }
  const agent_id = { value: state.slaves[0].id }
  const times: number[] = []
  for (let i = 0; i < 20; i++) {
    const task = {
      name: `bench-${i}`,
      task_id: { value: `bench-${i}` },
      framework_id,
      agent_id,
      state: 'TASK_RUNNING',
    }
    const begin = performance.now()
    master.say({ type: 'TASK_ADDED', task_added: { task } })
    const served = await answered(server.port, `bench-${i}.${last.framework}.mesos`, 'A')
    times.push(served - begin)
    await Bun.sleep(200)
  }
  times.sort((a, b) => a - b)
  const [median = 0, worst = 0] = [times[10], times.at(-1)]
  process.stdout.write(
    `\nA change of one task among ${tasks} is served after ${median.toFixed(0)} ms (median of 20; at most ${worst.toFixed(0)} ms)\n`,
  )
  await scene.end()
}

const told = ({ latencies }: Perf) => {
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return [at(0.5), at(0.99), at(0.999), latencies.at(-1) ?? 0].map((ms) => ms.toFixed(2))
}

/** At 20,000 questions a second, while nothing happens and while that state is loaded again and again. */
export async function measureLatency(tasks: number, seconds: number): Promise<void> {
  const scene = await load(tasks)
  const { master, server } = scene
  await following(scene)
  const state = JSON.parse(master.state)
  const names: string[] = state.frameworks[0].tasks.slice(0, 100).map(({ name }: { name: string }) => name)
  const file = queriesFile(
    'steady',
    names.map((name) => [`${name.replaceAll('.', '-')}.${last.framework}.mesos`, 'A']),
  )
  await Bun.sleep(10_000)
  process.stdout.write('\n')
  print('at 20,000 queries a second, ms', 'median', 'p99', 'p99.9', 'slowest')
  print(...new Array<string>(5).fill('---'))
  await dnsperf(server.port, file, 2, 20_000)
  print('idle', ...told(await dnsperf(server.port, file, seconds, 20_000)))
  const before = master.asked
  const loading = setInterval(() => master.say({ type: 'TASK_ADDED' }), 200)
  const perf = await dnsperf(server.port, file, seconds * 2, 20_000)
  clearInterval(loading)
  print(`while ${tasks} tasks are loaded (${master.asked - before} times)`, ...told(perf))
  await scene.end()
}

/** An event that nobody can read calls for a load. */
export async function measureReloads(tasks: number, times: number): Promise<void> {
  const scene = await load(tasks)
  const { master, server } = scene
  await following(scene)
  const sizes: number[] = []
  for (const until of [times / 4, times]) {
    const loading = setInterval(() => master.say({ type: 'TASK_ADDED' }), 20)
    while (master.asked < until) await Bun.sleep(20)
    clearInterval(loading)
    await Bun.sleep(5_000)
    sizes.push(memoryMb(server.pid, 'VmRSS'))
  }
  process.stdout.write(
    `\nMemory after ${times / 4} loads of ${tasks} tasks: ${sizes[0]} MB, after ${times}: ${sizes[1]} MB\n`,
  )
  await scene.end()
}
