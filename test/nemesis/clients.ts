import { join } from 'node:path'
import { clusterPaths } from '../../src/config/document/paths.ts'
import type { Machine } from '../cluster/cluster.ts'
import { leader, task } from './answers.ts'
import type { Operation } from './linearizable.ts'
import type { DocumentOp } from './models.ts'
import { startOperator } from './operator.ts'
import type { Seen } from './probe.ts'
import type { Recorded } from './recorded.ts'
import { followTransactions, type Transactions } from './transactions.ts'
import { ask, call, type World } from './world.ts'

/** What clients do meanwhile, and what they were told. */
export type Observed = Pick<Recorded, 'document' | 'registry' | 'reads' | 'seen' | 'clusters' | 'faults'> & {
  /** Version → the mark of its write, as the document or its history showed it. */
  shown: Map<number, string>
}

export type Clients = {
  observed: Observed
  transactions: Transactions
  /** Begins nothing more that takes long. */
  calm(): void
  /** No more writes; the resolvers and masters are asked on. */
  stopWriting(): Promise<void>
  stop(): Promise<void>
}

export const paths = clusterPaths('/mesos')

/** Of curl. */
const refusedConnection = 7
const pauseMs = 1200
const respawnMs = 1000
const headers = { 'content-type': 'application/json' }
let next = 0
/** One value that all write, so that two writers of one version cannot both be right. */
const edited = (text: string, id: number) =>
  `${text.split('\nnodes:')[0]?.trimEnd()}\nnodes:\n  nobody: { dns: { ttl: ${id} } }\n`

/** Of the write that the text came by; empty before the first. */
export function markOf(text: string): string {
  const [, number] = /\n {2}nobody: { dns: { ttl: (\d+) } }\n/.exec(text) ?? []
  return number === undefined ? '' : `w${number}`
}

export function startClients(world: World, random: () => number): Clients {
  const observed: Observed = {
    ...{ document: [], registry: [], reads: {}, seen: {}, clusters: [], faults: [] },
    shown: new Map(),
  }
  const transactions = followTransactions(world.cluster.machines, (path) => path.startsWith(paths.root))
  const ending = new AbortController()
  const over = () => ending.signal.aborted
  const silence = new AbortController()
  const quiet = () => silence.signal.aborted

  async function write(machine: Machine): Promise<void> {
    const status = await world.status(machine)
    const cluster = status?.cluster.id
    if (cluster !== undefined && !observed.clusters.includes(cluster)) observed.clusters.push(cluster)
    const got = await call<{ text: string; version: number }>(machine, '/v1/config')
    if (got.kind === 'failed') observed.faults.push(`${machine.name} has no document: ${got.why}`)
    if (got.kind !== 'ok') return
    const read = got.body
    const key = `${machine.name} ${status?.machines[0]?.pid}`
    const reads = observed.reads[key] ?? []
    observed.reads[key] = reads
    reads.push(read.version)
    see(read.version, markOf(read.text))
    const number = ++next
    const id = `w${number}`
    const operation: Operation<DocumentOp> = {
      op: { kind: 'unknown', from: read.version, id },
      start: performance.now(),
      end: Infinity,
    }
    observed.document.push(operation)
    const told = await call<{ version: number; mergedWith?: number }>(machine, '/v1/config', {
      method: 'PUT',
      headers,
      body: JSON.stringify({
        text: edited(read.text, number),
        version: read.version,
        author: { who: 'nemesis', how: 'test', why: id },
      }),
    })
    if (told.kind === 'unknown') return
    operation.end = performance.now()
    if (told.kind === 'refused') operation.op = { kind: 'refused', from: read.version }
    else if (told.kind === 'failed') {
      observed.document.splice(observed.document.indexOf(operation), 1)
      observed.faults.push(`${id} was refused for good: ${told.why}`)
    } else if (told.kind === 'ok') {
      const { version, mergedWith = read.version } = told.body
      operation.op = { kind: 'wrote', from: mergedWith, id }
      reads.push(version)
      if (version !== mergedWith + 1)
        observed.faults.push(`${id} on version ${mergedWith} was told version ${version}`)
    }
  }

  /** A version that was seen once has the same writer for ever. */
  function see(version: number, mark: string): void {
    if (mark === '') return
    const before = observed.shown.get(version)
    if (before !== undefined && before !== mark)
      observed.faults.push(`version ${version} was written by ${before}, and then by ${mark}`)
    observed.shown.set(version, mark)
  }

  async function readHistory(machine: Machine): Promise<void> {
    const past = await ask<{ version: number; why?: string }[]>(machine, '/v1/config/history')
    for (const { version, why = '' } of past ?? []) see(version, /^w\d+$/.test(why) ? why : '')
  }

  /** To every master that might lead, one write after the other. */
  async function writeRegistry(machine: Machine): Promise<void> {
    if (!world.controllers.includes(machine)) return
    const value = ++next
    const operation: Recorded['registry'][number] = {
      ...{ op: { kind: 'write', value }, start: Date.now(), end: Infinity },
    }
    const child = Bun.spawn(
      machine.inside([
        ...['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '-m', '15', '-X', 'PUT'],
        ...['-d', JSON.stringify([{ role: 'nemesis', weight: value }])],
        `http://${machine.address}:5050/weights`,
      ]),
      { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' },
    )
    const code = await new Response(child.stdout).text()
    // Another one leads, or none; or nobody is there: it was not taken.
    if (code === '307' || code === '503' || (await child.exited) === refusedConnection) return
    observed.registry.push(operation)
    if (code === '200') operation.end = Date.now()
  }

  const forEver = async (ended: () => boolean, run: () => Promise<void>, everyMs: number) => {
    while (!ended()) {
      await run()
      await Bun.sleep(everyMs)
    }
  }
  const { machines } = world.cluster
  const looking = [forEver(over, transactions.collect, 1000)]
  const working = [
    ...machines.map((machine) => forEver(quiet, () => write(machine), pauseMs)),
    ...machines.map((machine) => forEver(quiet, () => writeRegistry(machine), 700)),
    forEver(
      quiet,
      async () => {
        const machine = machines[next % machines.length]
        if (machine) await readHistory(machine)
      },
      3000,
    ),
  ]
  const operator = startOperator(world, observed, random, quiet, () => ++next)
  const probes = new Map<Machine, Bun.Subprocess>()
  /** A power cut takes it as well, and it begins anew with the machine. */
  async function probe(machine: Machine): Promise<void> {
    const seen: Seen[] = []
    observed.seen[machine.name] = seen
    while (!over()) {
      const child = Bun.spawn(
        machine.inside([process.execPath, join(import.meta.dir, 'probe.ts'), machine.address, leader, task]),
        { stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' },
      )
      probes.set(machine, child)
      await readLines(child.stdout, (line) => seen.push(JSON.parse(line)))
      await Bun.sleep(respawnMs)
    }
  }
  looking.push(...machines.map(probe))

  return {
    observed,
    transactions,
    calm: operator.calm,
    async stopWriting() {
      silence.abort()
      await Promise.all(working)
      await operator.settle()
    },
    async stop() {
      ending.abort()
      for (const child of probes.values()) child.kill('SIGKILL')
      await Promise.all(looking)
      for (const machine of machines) await readHistory(machine)
      await transactions.collect()
    },
  }
}

async function readLines(stream: ReadableStream<Uint8Array>, see: (line: string) => void): Promise<void> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(see)
  }
}
