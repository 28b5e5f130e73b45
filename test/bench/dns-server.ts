import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeReply, encodeQuery } from '../conformance/wire.ts'
import { freePort } from '../zookeeper/server.ts'

/** The server has a core of its own, dnsperf another; what is loaded is read on a third, or beside dnsperf. */
const serverCore = '0'
const clientCore = '1'
const loaderCore = cpus().length > 2 ? '2' : '1'

const dir = mkdtempSync(join(tmpdir(), 'meshbox-bench-'))
const running: Bun.Subprocess[] = []

function start(core: string, ...command: string[]): Bun.Subprocess {
  const child = Bun.spawn(['taskset', '-c', core, ...command], { stdout: 'ignore', stderr: 'inherit' })
  running.push(child)
  return child
}

export function endAll(): void {
  for (const child of running) child.kill()
  rmSync(dir, { recursive: true, force: true })
}

async function output(...command: string[]): Promise<string> {
  return new Response(Bun.spawn(command, { stdout: 'pipe', stderr: 'ignore' }).stdout).text()
}

/** User and system time of a process and its threads, in seconds. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

export function memoryMb(pid: number, key: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(text)?.[1]) / 1024)
}

export type Server = { pid: number; port: number; http: number; kill(): void }

/** The resolver alone, its threads on the server's core, or with one more for loading. */
export async function startResolver(leader: string, { loads = false } = {}): Promise<Server> {
  const [port, http] = [await freePort(), await freePort()]
  const config = join(dir, `${port}.json`)
  const settings = {
    masters: [leader],
    port,
    httpport: http,
    listener: '127.0.0.1',
    httplistener: '127.0.0.1',
    externalon: false,
    refreshSeconds: 3600,
  }
  writeFileSync(config, JSON.stringify(settings))
  const entry = join(import.meta.dir, '..', 'conformance', 'serve.ts')
  const core = loads ? `${serverCore},${loaderCore}` : serverCore
  const child = start(core, process.execPath, entry, config)
  return { pid: child.pid, port, http, kill: () => child.kill() }
}

export async function startEcho(): Promise<{ pid: number; port: number }> {
  const port = await freePort()
  const child = start(serverCore, process.execPath, join(import.meta.dir, 'echo.ts'), String(port))
  await Bun.sleep(500)
  return { pid: child.pid, port }
}

/** NSD with the very records that the resolver has. */
export async function startNsd(server: Server): Promise<{ pid: number; port: number }> {
  const port = await freePort()
  writeFileSync(join(dir, 'mesos.zone'), await zoneFile(server))
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
    '  ipv4-edns-size: 1232',
    '  rrl-ratelimit: 0',
    'remote-control:',
    '  control-enable: no',
    'zone:',
    '  name: mesos',
    `  zonefile: "${dir}/mesos.zone"`,
  ]
  writeFileSync(join(dir, 'nsd.conf'), `${lines.join('\n')}\n`)
  const { pid } = start(serverCore, '/usr/sbin/nsd', '-d', '-c', join(dir, 'nsd.conf'))
  await answered(port, 'mesos', 'SOA')
  return { pid, port }
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

const edns = 4096
type Answered = ReturnType<typeof decodeReply>

/** Asks as dnsperf does; undefined when no reply comes in time. */
async function ask(
  port: number,
  name: string,
  type: string,
  timeoutMs = 1000,
): Promise<Answered | undefined> {
  const socket = createSocket('udp4')
  const { promise, resolve } = Promise.withResolvers<Answered | undefined>()
  const timer = setTimeout(() => resolve(undefined), timeoutMs)
  socket.on('message', (message) => resolve(decodeReply(message)))
  socket.on('error', () => resolve(undefined))
  socket.send(encodeQuery(1, { name, type, edns }), port, '127.0.0.1')
  const reply = await promise
  clearTimeout(timer)
  socket.close()
  return reply
}

/** Asks until there is an answer with records, and tells when that was. */
export async function answered(port: number, name: string, type: string): Promise<number> {
  for (;;) {
    const reply = await ask(port, name, type, 200)
    if (reply?.rcode === 'NOERROR' && reply.answer?.length) return performance.now()
    await Bun.sleep(1)
  }
}

/** Each question must get from both the same records and the same TC bit, or the same denial. @throws when one does not */
export async function checkSame(one: number, other: number, questions: [string, string][]): Promise<void> {
  const told = async (port: number, name: string, type: string) => {
    const { rcode, tc, answer = [], authority = [] } = (await ask(port, name, type)) ?? {}
    const denial = answer.length === 0 ? authority.map(withoutSerial) : []
    return JSON.stringify([rcode, tc, answer.toSorted(), denial])
  }
  for (const [name, type] of questions) {
    const [a, b] = [await told(one, name, type), await told(other, name, type)]
    if (a !== b) throw new Error(`${name} ${type}: meshbox says ${a}, NSD ${b}`)
  }
}

const withoutSerial = (record: string) => record.replace(/(SOA \S+ \S+) \d+/, '$1 SERIAL')

export type Perf = { rate: number /** Of each reply, ascending, in ms. */; latencies: number[] }

/** @param atRate questions a second; as many as go when left out */
export async function dnsperf(port: number, file: string, seconds: number, atRate?: number): Promise<Perf> {
  const args = ['-s', '127.0.0.1', '-p', String(port), '-d', file, '-l', String(seconds), '-e']
  if (atRate !== undefined) args.push('-Q', String(atRate), '-v')
  const text = await output('taskset', '-c', clientCore, 'dnsperf', ...args)
  const latencies = [...text.matchAll(/^> \S+ \S+ \S+ ([\d.]+)$/gm)].map(([, time]) => Number(time) * 1000)
  return {
    rate: Math.round(Number(/Queries per second:\s+([\d.]+)/.exec(text)?.[1])),
    latencies: latencies.sort((a, b) => a - b),
  }
}

export function queriesFile(name: string, questions: [string, string][]): string {
  const path = join(dir, name)
  writeFileSync(path, questions.map((question) => question.join(' ')).join('\n'))
  return path
}

export function print(...cells: (string | number)[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}
