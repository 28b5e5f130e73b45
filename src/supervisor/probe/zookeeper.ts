import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import { messageOf } from '../../error.ts'
import { silentLog } from '../../log.ts'
import type { ProbeSpec } from '../service/spec.ts'
import type { Probe } from './probe.ts'

const timeoutMs = 4000
const lostData =
  'its data is gone since it was born, so it has no vote; it takes the data from the others when they lead, or from a backup'

/** A client session is the only proof: `srvr` also names a mode when no client is taken. One session serves all checks. */
export function openZooKeeperProbe(spec: ProbeSpec & { kind: 'zookeeper' }, clock: Clock): Probe {
  const { server, auth, dataDir } = spec
  const session = openSession({ servers: [server], timeoutMs, ...(auth ? { auth } : {}) }, clock, silentLog)
  return {
    async check() {
      if (session.state() !== 'connected') return hasLostData(dataDir) ? lostData : 'no client session yet'
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

/** Written by a server that was started on an empty disk and not told that empty is right. */
function hasLostData(dataDir: string): boolean {
  try {
    return readFileSync(join(dataDir, 'version-2/currentEpoch'), 'utf8').trim() === '-1'
  } catch {
    return false
  }
}
