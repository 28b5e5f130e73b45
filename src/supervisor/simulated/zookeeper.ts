import type { Clock } from '../../clock.ts'
import { openSession, type Session } from '../../config/zookeeper/session.ts'
import { parseZkUrl, type ZkUrl } from '../../config/zookeeper/url.ts'
import { messageOf } from '../../error.ts'
import { silentLog } from '../../log.ts'

/** A `zk://` flag as Mesos reads it: what is wrong with the servers only shows when it connects. */
export type ZkFlag =
  | { kind: 'url'; url: ZkUrl }
  | { kind: 'unusable'; why: string }
  | { kind: 'no-scheme' }
  | { kind: 'no-path' }

export function readZkFlag(text: string): ZkFlag {
  const trimmed = text.trim()
  if (!trimmed.startsWith('zk://')) return { kind: 'no-scheme' }
  const slash = trimmed.indexOf('/', 'zk://'.length)
  if (slash < 0 || slash === trimmed.length - 1) return { kind: 'no-path' }
  try {
    return { kind: 'url', url: parseZkUrl(trimmed) }
  } catch (error) {
    return { kind: 'unusable', why: messageOf(error) }
  }
}

export function openZk(url: ZkUrl, timeoutMs: number, clock: Clock): Session {
  return openSession(
    { servers: url.servers, timeoutMs, ...(url.auth ? { auth: url.auth } : {}) },
    clock,
    silentLog,
  )
}
