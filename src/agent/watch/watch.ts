import type { Clock } from '../../clock.ts'
import type { Config } from '../../config/schema.ts'
import { formatZkUrl, parseZkUrl } from '../../config/zookeeper/url.ts'
import type { Log } from '../../log.ts'
import type { Store } from '../../store.ts'
import { bytesOf, sparesIn } from '../../supervisor/provider/spare.ts'
import { type DiskGuard, openDiskGuard } from '../disk/guard.ts'
import type { Folders } from '../local/folders.ts'
import type { Memory } from '../local/memory.ts'
import type { Neighbours } from '../neighbours.ts'
import type { Problem } from '../problem/problem.ts'
import type { MachineStatus } from '../status.ts'
import { openClockWatch } from './clock.ts'
import { openEnds } from './ends.ts'
import { mendOf } from './last-words.ts'
import { portProblems } from './ports.ts'

/** To look who has a port is to look at every process. */
const portsMs = 1000

/** Looks after what no program of the cluster tells: the machine's disks, clock and ports, and the agent's own ends. */
export type Watch = {
  disk: DiskGuard
  /** @param running how this machine does; undefined while nothing runs here yet */
  problems(running: Pick<MachineStatus, 'services' | 'dns'> | undefined): Problem[]
  /** The agent ends because somebody wants it to. */
  asked(): void
  stop(): void
}

export function openWatch(deps: {
  name: string
  folders: Folders
  config: () => Config
  memory: Memory
  store: Store
  neighbours: Pick<Neighbours, 'members' | 'problem'>
  clock: Clock
  log: Log
  onChange: () => void
}): Watch {
  const { name, folders, config, memory, store, neighbours, clock, log, onChange } = deps
  const disk = openDiskGuard({
    folders: () => [folders.state, folders.logs, ...[config().zookeeper.dataLogDir ?? []].flat()],
    state: folders.state,
    spare: () => bytesOf(sparesIn(folders.state, store)),
    ...{ clock, log, onChange },
  })
  const url = memory.recall('joined')?.zkUrl
  const ends = openEnds({
    ...{ memory, logFile: `${folders.logs}/meshbox.log`, clock, onChange },
    mend: (words) => mendOf(words, url && formatZkUrl(parseZkUrl(url))),
  })
  const clocks = openClockWatch({
    ...{ own: name, members: neighbours.members, random: Math.random, clock, onChange },
  })
  let ports: { at: number; problems: Problem[] } = { at: Number.NEGATIVE_INFINITY, problems: [] }

  function taken(running: Parameters<Watch['problems']>[0]): Problem[] {
    const now = clock.monotonic()
    if (now - ports.at < portsMs) return ports.problems
    const { services = [], dns } = running ?? {}
    const gossip = neighbours.problem() === undefined
    ports = { at: now, problems: portProblems(config(), { services, dns: dns?.state, gossip }) }
    return ports.problems
  }

  return {
    disk,
    problems: (running) => [...taken(running), ...disk.problems(), ...clocks.problems(), ...ends.problems()],
    asked: ends.asked,
    stop() {
      disk.stop()
      ends.stop()
      clocks.stop()
    },
  }
}
