import type { DnsConfig } from '../../config/dns.ts'
import type { Loaded, LoadRequest } from './load.ts'

/** What the loading thread is told. */
export type ToWorker =
  | { kind: 'open'; config: DnsConfig }
  | { kind: 'load'; id: number; request: LoadRequest }
  | { kind: 'hosts'; id: number; found: ReadonlyMap<string, string[]> }

/** What it tells. */
export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'loaded'; id: number; loaded: Loaded }
  | { kind: 'failed'; id: number; why: string }
  | { kind: 'resolve'; id: number; hosts: string[] }
