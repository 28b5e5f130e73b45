import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Recorded } from './deviations.ts'
import type { UpstreamSpec } from './upstream.ts'
import type { Asking } from './wire.ts'

const folder = join(import.meta.dir, '..', 'fixtures', 'mesos-dns')

export type Step = {
  step: { serve?: string; body?: string; down?: boolean; zk?: string[] }
  serialMoved: boolean
  axfr: Transfer
  dns: { query: Asking; response: Recorded }[]
}

export type Transfer = { Records: Record<'As' | 'AAAAs' | 'SRVs', Record<string, string[]>> } & Record<
  string,
  unknown
>

export type Expected = {
  about: string
  outcome: 'serving' | 'not-serving' | 'exit'
  enumerate?: unknown
  axfr?: Transfer
  config?: Record<string, unknown>
  hosts?: Record<string, Entry[]>
  services?: Record<string, Entry[]>
  http?: {
    request: { path: string; method?: string; headers?: Record<string, string>; body?: string }
    status: number
    contentType: string
    body: string
  }[]
  dns?: { query: Asking; response: Recorded }[]
  masterRequests?: { master: string; method: string; path: string; authorization?: string }[]
  steps?: Step[]
}

export type Entry = { ip?: string; ipOneOf?: string[]; host: string; port?: string; service?: string }

export type Environment = {
  fakeMasters?: { listen: string; state?: string }[]
  upstreams?: UpstreamSpec[]
  interfaceAddresses?: string[]
  zookeeper?: { path: string; children: Record<string, unknown> }
}

/** Ports that the recordings name, and which of ours stand in for them. */
export type Ports = { dns: number; http: number; master: number; upstream: number; zookeeper: number }
const recorded: Ports = { dns: 15353, http: 18123, master: 15050, upstream: 15300, zookeeper: 12181 }

export function caseNames(): string[] {
  return readdirSync(folder)
    .filter((name) => /^\d\d-/.test(name))
    .sort()
}

/** A file of a case, its ports replaced. */
export function caseText(name: string, file: string, ports: Ports): string | undefined {
  let text: string
  try {
    text = readFileSync(join(folder, name, file), 'utf8')
  } catch {
    return undefined
  }
  for (const key of Object.keys(recorded) as (keyof Ports)[]) {
    text = text.replace(new RegExp(`\\b${recorded[key]}\\b`, 'g'), String(ports[key]))
  }
  return text
}
