import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import { fourLetters } from '../../config/zookeeper/words.ts'
import { messageOf } from '../../error.ts'
import { silentLog } from '../../log.ts'
import { logFolders, logHome } from '../ensemble/folders.ts'
import { lacksRoom } from '../ensemble/room.ts'
import { hangs, type Standstill, stand, wordOf } from '../ensemble/standstill.ts'
import { watchLog } from '../ensemble/txn-log.ts'
import type { ProbeSpec } from '../service/spec.ts'
import type { Probe, Surroundings } from './probe.ts'

const timeoutMs = 4000
const lostData =
  'its data is gone since it was born, so it has no vote; it takes the data from the others when they lead, or from a backup'
/** Each time it was in vain to start it anew, it is left alone for twice as long. */
const mostDoublings = 5

/** A client session is the only proof: `srvr` also names a mode when no client is taken. One session serves all checks. */
export function openZooKeeperProbe(
  spec: ProbeSpec & { kind: 'zookeeper' },
  clock: Clock,
  { fresh, elsewhere }: Surroundings,
): Probe {
  const { server, auth, dataDir, patienceMs } = spec
  const session = openSession({ servers: [server], timeoutMs, ...(auth ? { auth } : {}) }, clock, silentLog)
  const folders = logFolders(spec)
  const log = watchLog(logHome(spec), fresh)
  let standstill: Standstill | undefined
  /** One that begins reads its whole data before it listens, however long that takes. */
  let listens = !fresh

  async function serves(): Promise<string | undefined> {
    if (session.state() !== 'connected') return hasLostData(dataDir) ? lostData : 'no client session yet'
    try {
      await session.children('/')
      return undefined
    } catch (error) {
      return messageOf(error)
    }
  }

  return {
    async check() {
      const problem = await serves()
      if (problem === undefined || problem === lostData) {
        listens = true
        standstill = undefined
        return problem
      }
      const word = wordOf(await fourLetters(server, 'srvr').catch(() => undefined))
      if (word.kind !== 'silent') listens = true
      if (listens) standstill = stand(standstill, { word, elsewhere: elsewhere() }, clock.monotonic())
      return problem
    },
    async fault(attempt) {
      const torn = await log.look()
      if (torn)
        return `ended by meshbox: what it has written since its disk was full would be lost to it: ${torn}`
      const room = lacksRoom(folders, 'runs', spec.user)
      if (room) return `ended by meshbox: there is less than ${room}`
      const hang = standstill && hangs(standstill, patienceMs * 2 ** Math.min(attempt, mostDoublings))
      return hang && `ended by meshbox: ${hang}`
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
