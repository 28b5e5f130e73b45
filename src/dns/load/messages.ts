import type { DnsConfig } from '../../config/dns.ts'
import type { Loaded, LoadRequest, Told } from './load.ts'

/** What the loading thread is told. */
export type ToWorker =
  | {
      kind: 'open'
      config: DnsConfig /** Where the records are kept; absent when they are not. */
      storePath?: string
    }
  | { kind: 'load'; id: number; request: LoadRequest }
  /** Nobody waits for that load any more. */
  | { kind: 'give-up'; id: number }
  | { kind: 'settle'; id: number }
  | { kind: 'close' }
  | { kind: 'hosts'; id: number; found: ReadonlyMap<string, string[]> }

/** What it tells. */
export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'closed' }
  | { kind: 'loaded'; id: number; loaded: Loaded }
  | { kind: 'unchanged'; id: number }
  | { kind: 'settled'; id: number }
  | { kind: 'told'; told: Told }
  | { kind: 'not-kept'; why: string }
  | { kind: 'failed'; id: number; why: string }
  | { kind: 'resolve'; id: number; hosts: string[] }
