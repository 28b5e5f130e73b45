import { join } from 'node:path'
import type { RolloutReport } from '../../src/agent/rollout/status.ts'
import type { Machine } from '../cluster/cluster.ts'
import type { Operation } from './linearizable.ts'
import type { DocumentOp } from './models.ts'
import { type Changes, startOperator } from './operator.ts'
import { noPermits, type Permits, seePermits } from './permits.ts'
import type { Seen } from './probe.ts'
import { ask, call, type World } from './world.ts'

/** What clients do meanwhile, and what they were told. */
export type Observed = {
  document: Operation<DocumentOp>[]
  /** Writes of the masters' registry. */
  registry: RegistryWrite[]
  /** Versions as each agent showed them, in order; by machine and process. */
  reads: Map<string, number[]>
  /** Version → the mark of its write, as the document or its history showed it. A full disk makes that short, so some were never seen. */
  history: Map<number, string>
  permits: Permits
  seen: Map<Machine, Seen[]>
  /** What cannot be. */
  faults: string[]
}

/** As an operation: what nobody was told the outcome of ends at Infinity. */
type RegistryWrite = { value: number; start: number; end: number }

export type Clients = {
  observed: Observed
  changes: Changes
  /** No more writes; the resolvers and masters are asked on. */
  stopWriting(): Promise<void>
  stop(): Promise<void>
}

const pauseMs = 1200
const respawnMs = 1000
const headers = { 'content-type': 'application/json' }
let next = 0
/** One value that all write, so that two writers of one version cannot both be right. */
const edited = (text: string, id: number) =>
  `${text.split('\nnodes:')[0]?.trimEnd()}\nnodes:\n  nobody: { dns: { ttl: ${id} } }\n`

export function startClients(world: World, name: string, random: () => number): Clients {
  const observed: Observed = {
    document: [],
    registry: [],
    reads: new Map(),
    history: new Map(),
    permits: noPermits(),
    seen: new Map(),
    faults: [],
  }
  const ending = new AbortController()
  const over = () => ending.signal.aborted
  const silence = new AbortController()
  const quiet = () => silence.signal.aborted

  async function write(machine: Machine): Promise<void> {
    const pid = (await world.status(machine))?.machines[0]?.pid
    const read = await ask<{ text: string; version: number }>(machine, '/v1/config')
    if (!read) return
    const key = `${machine.name} ${pid}`
    observed.reads.set(key, [...(observed.reads.get(key) ?? []), read.version])
    const [, mark] = /\n {2}nobody: { dns: { ttl: (\d+) } }\n/.exec(read.text) ?? []
    if (mark !== undefined) see(read.version, `w${mark}`)
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
    else if (told.kind === 'failed') observed.document.splice(observed.document.indexOf(operation), 1)
    else if (told.kind === 'ok') {
      const { version, mergedWith = read.version } = told.body
      operation.op = { kind: 'wrote', from: mergedWith, id }
      if (version !== mergedWith + 1)
        observed.faults.push(`${id} on version ${mergedWith} was told version ${version}`)
    }
  }

  /** A version that was seen once has the same writer for ever. */
  function see(version: number, mark: string): void {
    const before = observed.history.get(version)
    if (before !== undefined && before !== mark)
      observed.faults.push(`version ${version} was written by ${before}, and then by ${mark}`)
    observed.history.set(version, mark)
  }

  async function readHistory(machine: Machine): Promise<void> {
    const past = await ask<{ version: number; why?: string }[]>(machine, '/v1/config/history')
    for (const { version, why = '' } of past ?? []) see(version, why)
  }

  /** To every master that might lead, one write after the other. */
  async function writeRegistry(machine: Machine): Promise<void> {
    if (!world.controllers.includes(machine)) return
    const value = ++next
    const operation: RegistryWrite = { value, start: performance.now(), end: Infinity }
    const child = Bun.spawn(
      machine.inside([
        ...['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '-m', '15', '-X', 'PUT'],
        ...['-d', JSON.stringify([{ role: 'nemesis', weight: value }])],
        `http://${machine.address}:5050/weights`,
      ]),
      { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' },
    )
    const code = await new Response(child.stdout).text()
    // Another one leads, or none: it was not taken.
    if (code === '307' || code === '503') return
    observed.registry.push(operation)
    if (code === '200') operation.end = performance.now()
  }

  async function lookAtPermits(): Promise<void> {
    for (const report of await Promise.all(
      world.cluster.machines.map((machine) => ask<RolloutReport>(machine, '/v1/rollout')),
    ))
      if (report) seePermits(observed.permits, report)
  }

  const forEver = async (ended: () => boolean, run: () => Promise<void>, everyMs: number) => {
    while (!ended()) {
      await run()
      await Bun.sleep(everyMs)
    }
  }
  const { machines } = world.cluster
  const looking = [forEver(over, lookAtPermits, 1000)]
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
    observed.seen.set(machine, seen)
    while (!over()) {
      const child = Bun.spawn(
        machine.inside([process.execPath, join(import.meta.dir, 'probe.ts'), machine.address, name]),
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
    changes: operator.changes,
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
