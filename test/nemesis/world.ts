import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Status } from '../../src/agent/status.ts'
import { systemClock, until } from '../../src/clock.ts'
import type { Machine, TestCluster } from '../cluster/cluster.ts'
import type { Span } from './recorded.ts'

export const config = join(import.meta.dir, 'nemesis.yaml')

/** The machines while things are done to them: what can be asked of them, and what nobody may expect of them when. */
export type World = {
  cluster: TestCluster
  /** Those that there are now, or are about to be. */
  controllers: Machine[]
  /** Those whose ZooKeeper votes. */
  voters: Machine[]
  /** This ZooKeeper does not lose what it has confirmed by a crash beside a sleep. */
  isSound: boolean
  /** From now on the machine itself, or its resolver, cannot be expected to answer; the returned function ends that. */
  excuse(machine: Machine): () => void
  excused: Map<Machine, Span[]>
  /** From now on programs of the machine are paused; the returned function ends that. */
  sleeps(machine: Machine): () => void
  slept: Map<Machine, Span[]>
  /** From now on it reaches nobody, or is reached by nobody; the returned function ends that. */
  parts(machine: Machine): () => void
  apart: Map<Machine, Span[]>
  busy: Set<Machine>
  /** Controllers whose ZooKeeper has crashed and may not serve again, with what did that. */
  crashed: Map<Machine, string>
  /** The machine that has lost its disk and may not have all of its data again. */
  lost: Machine | undefined
  /** What it is told to join by from now on: those who are controllers now. */
  anew(machine: Machine): void
  /** Starts its agent, as systemd would at boot. */
  start(machine: Machine): Promise<void>
  /** Asks the agent over its socket; undefined where none answers. */
  status(machine: Machine): Promise<Status | undefined>
  /** Nothing more is done to them. */
  over: boolean
  /** Tells people what has happened. */
  say(text: string): void
}

/** What an agent that comes back may take before it must answer: it shares two cores with all the others. */
const graceMs = 8000

function begin(spans: Map<Machine, Span[]>, machine: Machine): () => void {
  const span = { from: Date.now(), to: Infinity }
  spans.get(machine)?.push(span)
  return () => {
    span.to = Date.now()
  }
}

export function makeWorld(cluster: TestCluster, controllers: Machine[], isSound: boolean): World {
  const urlOf = (of: Machine[]) => `zk://${of.map(({ address }) => address).join(',')}/mesos`
  const first = urlOf(controllers)
  const joinedBy = new Map(cluster.machines.map((machine) => [machine, first]))
  const world: World = {
    cluster,
    controllers,
    voters: controllers,
    isSound,
    busy: new Set(),
    crashed: new Map(),
    lost: undefined,
    over: false,
    excused: new Map(cluster.machines.map((machine) => [machine, []])),
    say(text) {
      process.stdout.write(`${new Date().toISOString().slice(11, 23)}  ${text}\n`)
    },
    excuse(machine) {
      const span = { from: Date.now(), to: Infinity }
      world.excused.get(machine)?.push(span)
      return () => {
        span.to = Date.now() + graceMs
      }
    },
    slept: new Map(cluster.machines.map((machine) => [machine, []])),
    sleeps: (machine) => begin(world.slept, machine),
    apart: new Map(cluster.machines.map((machine) => [machine, []])),
    parts: (machine) => begin(world.apart, machine),
    anew: (machine) => void joinedBy.delete(machine),
    async start(machine) {
      const url = joinedBy.get(machine) ?? urlOf(world.voters)
      // Whether it gets ready meanwhile is not what is asked here: the agent stays.
      const { err } = await machine.meshbox(
        ...['join', url, '--simulated', '--name', machine.name, '--config', config, '--timeout', '1'],
      )
      if (await world.status(machine)) joinedBy.set(machine, url)
      else world.say(`${machine.name}: its agent did not start: ${err.trim()}`)
    },
    status: (machine) => ask<Status>(machine, '/v1/status'),
  }
  return world
}

/** Undefined where the agent does not answer, or answers that it cannot. */
export async function ask<T>(machine: Machine, path: string, init: RequestInit = {}): Promise<T | undefined> {
  const told = await call<T>(machine, path, init)
  return told.kind === 'ok' ? told.body : undefined
}

type Told<T> =
  | { kind: 'ok'; body: T }
  | { kind: 'refused' | 'failed'; why: string }
  /** What became of it nobody knows. */
  | { kind: 'unknown' }

const callMs = 30_000

export async function call<T>(machine: Machine, path: string, init: RequestInit = {}): Promise<Told<T>> {
  try {
    const answer = await fetch(`http://meshbox${path}`, {
      ...init,
      unix: join(machine.dataDir, 'meshbox.sock'),
      signal: AbortSignal.timeout(callMs),
    })
    if (answer.ok) return { kind: 'ok', body: (await answer.json()) as T }
    if (answer.status >= 500) return { kind: 'unknown' }
    return { kind: answer.status === 409 ? 'refused' : 'failed', why: await answer.text() }
  } catch {
    return { kind: 'unknown' }
  }
}

/** Processes of the machine whose command line has these words. */
export function processesOf(machine: Machine, word: string): number[] {
  return machine.pids().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(word)
    } catch {
      return false
    }
  })
}

/** Until all of them show the same, and all is ready. Tells how long it took, in milliseconds. */
export async function healed(world: World, timeoutMs: number): Promise<number | undefined> {
  const began = performance.now()
  const { machines } = world.cluster
  const whole = await until(systemClock, { everyMs: 300, timeoutMs }, async () => {
    const statuses = await Promise.all(machines.map(world.status))
    const versions = new Set(statuses.map((status) => status?.cluster.document?.version))
    const ids = new Set(statuses.map((status) => status?.cluster.id))
    return (versions.size === 1 && ids.size === 1 && statuses.every((status) => status?.ready)) || undefined
  })
  return whole && performance.now() - began
}
