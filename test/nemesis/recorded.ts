import { readFileSync, writeFileSync } from 'node:fs'
import type { Operation } from './linearizable.ts'
import type { DocumentOp, RegistryOp } from './models.ts'
import type { Permission } from './permits.ts'
import type { Seen } from './probe.ts'

/** From that many seconds on a run has everything in it. */
export const longS = 600

/** A span of time in milliseconds of the wall clock; `to` is Infinity while it lasts. */
export type Span = { from: number; to: number }

/** What was done in one run, what its clients were told, and what the machines have written: all that it is judged by. */
export type Recorded = {
  seed: number
  seconds: number
  /** The version of ZooKeeper. */
  zookeeper: string
  /** From the first question of the clients to their last one. */
  span: Span
  /** How often each fault struck. */
  struck: Record<string, number>
  document: Operation<DocumentOp>[]
  /** Versions as the clients of each agent saw or wrote them, in their order; by machine and process. */
  reads: Record<string, number[]>
  /** Version → the mark of its write, as some machine showed it. */
  shown: [version: number, mark: string][]
  /** The same, as the logs of ZooKeeper have it: complete. */
  chain: [version: number, mark: string][]
  /** What each machine showed when all was over. */
  last: Record<string, { version: number; mark: string } | undefined>
  registry: Operation<RegistryOp>[]
  /** All writes of the rollout, in their order. */
  permissions: Permission[]
  /** Which machine each session of ZooKeeper was, by its id. */
  owners: Record<string, string>
  /** What the clients of each machine asked for, and were told. */
  seen: Record<string, Seen[]>
  /** When a machine, or its resolver, could not be expected to answer. */
  excused: Record<string, Span[]>
  /** When programs of it were paused. */
  slept: Record<string, Span[]>
  /** When it reached nobody, or nobody reached it. */
  apart: Record<string, Span[]>
  addresses: string[]
  /** Ids of the cluster that machines showed. */
  clusters: string[]
  transactions: { seen: number; compared: number; epochs: number }
  /** From the last mend until all were ready with the same version, in milliseconds. */
  healedMs?: number
  /** From then until every machine had the addresses of all tasks; in long runs. */
  namedMs?: number
  /** What cannot be, as it was seen at once. */
  faults: string[]
}

export function keepRecorded(file: string, recorded: Recorded): void {
  writeFileSync(file, JSON.stringify(recorded))
}

/** JSON has no Infinity: what is not over has no end there. */
export function readRecorded(file: string): Recorded {
  return JSON.parse(readFileSync(file, 'utf8'), (key, value) =>
    value === null && (key === 'end' || key === 'to') ? Infinity : value,
  )
}
