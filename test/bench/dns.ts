import { cpus } from 'node:os'
import { plainState } from './cluster.ts'
import { measureChanges, measureLatency, measureLoads, measureReloads } from './dns-loads.ts'
import {
  answered,
  checkSame,
  cpuSeconds,
  dnsperf,
  endAll,
  print,
  queriesFile,
  startEcho,
  startNsd,
  startResolver,
} from './dns-server.ts'
import { startMaster } from './master.ts'

/**
 * Measures the resolver beside NSD with the same zone and beside a bare echo, all on one core, dnsperf on another.
 * Prints Markdown. `bun test/bench/dns.ts [seconds]`
 */
const seconds = Number(process.argv[2] ?? 5)
/** Rounds in turn; the best of each counts, for what else runs on the machine only takes away. */
const rounds = 3

async function measureRates(): Promise<void> {
  const master = startMaster()
  master.state = plainState(100, master.address)
  const ours = await startResolver(master.address)
  await answered(ours.port, 'a0.marathon.mesos', 'A')
  const nsd = await startNsd(ours)
  const echo = await startEcho()
  const names = Array.from({ length: 100 }, (_, i) => `a${i}`)
  const kinds: [string, [string, string][]][] = [
    ['A (10 addresses)', names.map((name) => [`${name}.marathon.mesos`, 'A'])],
    ['SRV (20 targets)', names.map((name) => [`_${name}._tcp.marathon.mesos`, 'SRV'])],
    ['NXDOMAIN', names.map((name) => [`no-${name}.marathon.mesos`, 'A'])],
  ]
  print('queries', 'meshbox /s', 'NSD /s', 'echo /s', 'meshbox/NSD', 'CPU µs a query', 'echo', 'meshbox/echo')
  print(...new Array<string>(8).fill('---'))
  for (const [kind, questions] of kinds) {
    await checkSame(ours.port, nsd.port, questions)
    const file = queriesFile(kind, questions)
    const best = {
      ours: 0,
      nsd: 0,
      echo: 0,
      oursCpu: Number.POSITIVE_INFINITY,
      echoCpu: Number.POSITIVE_INFINITY,
    }
    for (let round = 0; round < rounds; round++) {
      const mine = await withCpu(ours.pid, () => dnsperf(ours.port, file, seconds))
      const theirs = await dnsperf(nsd.port, file, seconds)
      const bare = await withCpu(echo.pid, () => dnsperf(echo.port, file, seconds))
      best.ours = Math.max(best.ours, mine.rate)
      best.nsd = Math.max(best.nsd, theirs.rate)
      best.echo = Math.max(best.echo, bare.rate)
      best.oursCpu = Math.min(best.oursCpu, mine.cpu)
      best.echoCpu = Math.min(best.echoCpu, bare.cpu)
    }
    const ratio = (a: number, b: number) => (a / b).toFixed(2)
    print(
      kind,
      best.ours,
      best.nsd,
      best.echo,
      ratio(best.ours, best.nsd),
      best.oursCpu.toFixed(1),
      best.echoCpu.toFixed(1),
      ratio(best.oursCpu, best.echoCpu),
    )
  }
  ours.kill()
  await master.stop()
}

/** Microseconds of CPU for each query. */
async function withCpu(
  pid: number,
  run: () => ReturnType<typeof dnsperf>,
): Promise<{ rate: number; cpu: number }> {
  const before = cpuSeconds(pid)
  const { rate } = await run()
  return { rate, cpu: ((cpuSeconds(pid) - before) / (rate * seconds)) * 1e6 }
}

try {
  process.stdout.write(`${cpus()[0]?.model}, ${cpus().length} cores\n\n`)
  await measureRates()
  await measureLoads([1_000, 10_000, 100_000])
  await measureChanges(100_000)
  await measureLatency(100_000, seconds)
  await measureReloads(10_000, 100)
} finally {
  endAll()
}
process.exit(0)
