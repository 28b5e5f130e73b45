import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../zookeeper/server.ts'
import { madeState } from './cluster.ts'

/**
 * Measures the resolver beside NSD with the same zone and beside a bare echo, all on one core, dnsperf on another.
 * Prints Markdown. `bun test/bench/dns.ts [seconds]`
 */
const seconds = Number(process.argv[2] ?? 5)
const loadTasks = [1_000, 10_000, 100_000]
const [serverCore, clientCore] = ['0', '1']
const dir = mkdtempSync(join(tmpdir(), 'meshbox-bench-'))
const running: Bun.Subprocess[] = []

function start(core: string, ...command: string[]): Bun.Subprocess {
  const child = Bun.spawn(['taskset', '-c', core, ...command], { stdout: 'ignore', stderr: 'inherit' })
  running.push(child)
  return child
}

async function output(...command: string[]): Promise<string> {
  return new Response(Bun.spawn(command, { stdout: 'pipe', stderr: 'ignore' }).stdout).text()
}

/** User and system time of a process and its threads, in seconds. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function memoryMb(pid: number, key: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(text)?.[1]) / 1024)
}

let state = ''
const master = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  idleTimeout: 0,
  fetch: (request) =>
    new URL(request.url).pathname === '/master/state'
      ? new Response(state)
      : new Response('', { status: 404 }),
})
const leader = `127.0.0.1:${master.port}`

type Server = { pid: number; port: number; http: number }

async function startResolver(settings: object = {}): Promise<Server> {
  const [port, http] = [await freePort(), await freePort()]
  const config = join(dir, `${port}.json`)
  const base = {
    masters: [leader],
    port,
    httpport: http,
    listener: '127.0.0.1',
    httplistener: '127.0.0.1',
    externalon: false,
  }
  writeFileSync(config, JSON.stringify({ ...base, ...settings }))
  const entry = join(import.meta.dir, '..', 'conformance', 'serve.ts')
  const child = start(`${serverCore},2`, process.execPath, entry, config)
  return { pid: child.pid, port, http }
}

async function waitForLoad({ http }: Server): Promise<void> {
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${http}/v1/version`).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) return
    await Bun.sleep(10)
  }
}

/** NSD with the very records that the resolver has. */
async function startNsd(zone: string): Promise<number> {
  const port = await freePort()
  writeFileSync(join(dir, 'mesos.zone'), zone)
  const lines = [
    'server:',
    `  ip-address: 127.0.0.1@${port}`,
    '  username: ""',
    '  chroot: ""',
    `  zonesdir: "${dir}"`,
    '  server-count: 1',
    `  pidfile: "${dir}/nsd.pid"`,
    `  xfrdfile: "${dir}/xfrd.state"`,
    `  xfrdir: "${dir}"`,
    `  zonelistfile: "${dir}/zone.list"`,
    `  logfile: "${dir}/nsd.log"`,
    '  minimal-responses: no',
    '  rrl-ratelimit: 0',
    'remote-control:',
    '  control-enable: no',
    'zone:',
    '  name: mesos',
    `  zonefile: "${dir}/mesos.zone"`,
  ]
  writeFileSync(join(dir, 'nsd.conf'), `${lines.join('\n')}\n`)
  start(serverCore, '/usr/sbin/nsd', '-d', '-c', join(dir, 'nsd.conf'))
  while (
    !(await output('dig', '+short', '+time=1', '+tries=1', '@127.0.0.1', '-p', String(port), 'mesos', 'SOA'))
  )
    await Bun.sleep(50)
  return port
}

/** The zone as a file, by way of the HTTP listing. */
async function zoneFile({ http }: Server): Promise<string> {
  const { Records } = JSON.parse(await (await fetch(`http://127.0.0.1:${http}/v1/axfr`)).text())
  const lines = [
    'mesos. 60 IN SOA ns1.mesos. root.ns1.mesos. 1 60 600 86400 60',
    'mesos. 60 IN NS ns1.mesos.',
  ]
  const add = (type: string, names: Record<string, string[]>, data: (value: string) => string) => {
    for (const [name, values] of Object.entries(names))
      for (const value of values) lines.push(`${name} 60 IN ${type} ${data(value)}`)
  }
  add('A', Records.As, (value) => value)
  add('AAAA', Records.AAAAs, (value) => value)
  add('SRV', Records.SRVs, (value) => `0 1 ${value.split(':')[1]} ${value.split(':')[0]}`)
  return `${lines.join('\n')}\n`
}

async function perf(
  port: number,
  queries: string,
  extra: string[] = [],
): Promise<{ rate: number; text: string }> {
  const args = [
    '-s',
    '127.0.0.1',
    '-p',
    String(port),
    '-d',
    queries,
    '-l',
    String(seconds),
    '-e',
    '-b',
    '1232',
    ...extra,
  ]
  const text = await output('taskset', '-c', clientCore, 'dnsperf', ...args)
  return { rate: Math.round(Number(/Queries per second:\s+([\d.]+)/.exec(text)?.[1])), text }
}

function print(...cells: (string | number)[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}

function queriesFile(name: string, line: (app: string) => string): string {
  const path = join(dir, name)
  writeFileSync(path, Array.from({ length: 100 }, (_, i) => line(`app-${i % 25}-${i % 4}`)).join('\n'))
  return path
}

async function measureRates(): Promise<void> {
  state = madeState(1_000, leader)
  const ours = await startResolver()
  await waitForLoad(ours)
  const nsd = await startNsd(await zoneFile(ours))
  const echoPort = await freePort()
  const echo = start(serverCore, process.execPath, join(import.meta.dir, 'echo.ts'), String(echoPort))
  await Bun.sleep(500)
  const framework = (app: string) => ['marathon', 'chronos', 'aurora.prod', 'kafka'][Number(app.at(-1))]
  const kinds: [string, string][] = [
    ['A (10 addresses)', queriesFile('a', (app) => `${app}.${framework(app)}.mesos A`)],
    ['SRV (20 targets)', queriesFile('srv', (app) => `_${app}._tcp.${framework(app)}.mesos SRV`)],
    ['NXDOMAIN', queriesFile('nx', (app) => `no-${app}.${framework(app)}.mesos A`)],
  ]
  print('queries', 'meshbox /s', 'NSD /s', 'echo /s', 'meshbox/NSD', 'CPU us/query', 'echo CPU us')
  print('---', '---', '---', '---', '---', '---', '---')
  for (const [name, file] of kinds) {
    const before = cpuSeconds(ours.pid)
    const mine = await perf(ours.port, file)
    const used = cpuSeconds(ours.pid) - before
    const theirs = await perf(nsd, file)
    const echoBefore = cpuSeconds(echo.pid)
    const bare = await perf(echoPort, file)
    const echoUsed = cpuSeconds(echo.pid) - echoBefore
    const us = (spent: number, rate: number) => ((spent / (rate * seconds)) * 1e6).toFixed(1)
    print(
      name,
      mine.rate,
      theirs.rate,
      bare.rate,
      (mine.rate / theirs.rate).toFixed(2),
      us(used, mine.rate),
      us(echoUsed, bare.rate),
    )
  }
}

async function measureLoads(): Promise<void> {
  process.stdout.write('\n')
  print('tasks', 'state MB', 'served after s', 'peak MB', 'MB after 10 s')
  print('---', '---', '---', '---', '---')
  for (const tasks of loadTasks) {
    state = madeState(tasks, leader)
    const server = await startResolver()
    const begin = performance.now()
    await waitForLoad(server)
    const took = (performance.now() - begin) / 1000
    await Bun.sleep(10_000)
    print(
      tasks,
      (state.length / 1e6).toFixed(1),
      took.toFixed(2),
      memoryMb(server.pid, 'VmHWM'),
      memoryMb(server.pid, 'VmRSS'),
    )
    process.kill(server.pid)
  }
}

async function measureLatency(): Promise<void> {
  state = madeState(100_000, leader)
  const server = await startResolver({ refreshSeconds: 3 })
  await waitForLoad(server)
  const file = queriesFile('steady', (app) => `${app}.marathon.mesos A`)
  const { text } = await perf(server.port, file, ['-Q', '20000'])
  const latency = /Average Latency \(s\):\s+(.*)/.exec(text)?.[1] ?? ''
  process.stdout.write(
    `\nAt 20000 queries a second while 100000 tasks are loaded again and again: ${latency} s\n`,
  )
}

try {
  process.stdout.write(`${cpus()[0]?.model}, ${cpus().length} cores\n\n`)
  await measureRates()
  await measureLoads()
  await measureLatency()
} finally {
  for (const child of running) child.kill()
  await master.stop(true)
  rmSync(dir, { recursive: true, force: true })
}
