import type { Clock } from '../../clock.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import { messageOf } from '../../error.ts'
import { silentLog } from '../../log.ts'
import type { ProbeSpec } from '../service/spec.ts'
import type { Probe } from './probe.ts'

const timeoutMs = 4000

/** A client session is the only proof: `srvr` also names a mode when no client is taken. One session serves all checks. */
export function openZooKeeperProbe(spec: ProbeSpec & { kind: 'zookeeper' }, clock: Clock): Probe {
  const { server, auth } = spec
  const session = openSession({ servers: [server], timeoutMs, ...(auth ? { auth } : {}) }, clock, silentLog)
  return {
    async check() {
      if (session.state() !== 'connected') return 'no client session yet'
      try {
        await session.children('/')
        return undefined
      } catch (error) {
        return messageOf(error)
      }
    },
    close: () => void session.close(),
  }
}
