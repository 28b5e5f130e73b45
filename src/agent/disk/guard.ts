import { statfsSync, statSync } from 'node:fs'
import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { known } from '../problem/known.ts'
import { type Problem, problemText } from '../problem/problem.ts'
import { biggestOn } from './biggest.ts'
import { helps, type Level, levelOf, type Room, roomText } from './level.ts'

const lookMs = 5000
const mib = 1024 * 1024

/** Watches the disks that programs and meshbox write to. */
export type DiskGuard = {
  /** The worst of them. */
  level(): Level
  /** One for each disk that is not as it should be. */
  problems(): Problem[]
  stop(): void
}

export function openDiskGuard({
  folders,
  state,
  spare,
  clock,
  log,
  onChange,
}: {
  folders: () => string[]
  /** The folder on whose disk the spare bytes are. */
  state: string
  /** So many bytes can be had back at once. */
  spare: () => number
  clock: Clock
  log: Log
  onChange: () => void
}): DiskGuard {
  let rooms: { folder: string; room: Room }[] = []
  let spareBytes = 0
  let cancel = () => {}
  look()

  function look(): void {
    const before = level()
    // Two folders of one disk are one problem.
    const seen = new Map(
      folders()
        .flatMap((folder) => readRoom(folder, log))
        .reverse(),
    )
    rooms = [...seen.values()]
    spareBytes = level() === 'ok' ? 0 : spareNow()
    cancel = clock.after(lookMs, look)
    if (level() === before) return
    log.warn(
      { problems: problems().map(problemText) },
      level() === 'ok' ? 'there is room on the disks again' : 'a disk fills up',
    )
    onChange()
  }

  function level(): Level {
    const levels = rooms.map(({ room }) => levelOf(room))
    return levels.find((each) => each === 'full') ?? levels.find((each) => each === 'low') ?? 'ok'
  }

  /** To count it is no reason for the guard to fail. */
  function spareNow(): number {
    try {
      return spare()
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'cannot look what is spare')
      return 0
    }
  }

  const problems = () =>
    rooms.flatMap(({ folder, room }) => {
      const level = levelOf(room)
      if (level === 'ok') return []
      const bytes = areOfOneDisk(folder, state) ? spareBytes : 0
      return [
        (level === 'full' ? known.diskFull : known.diskLow)(
          { folder, left: roomText(room), biggest: biggestOn(folder) },
          { mb: Math.floor(bytes / mib), enough: helps(room, bytes) },
        ),
      ]
    })

  return { level, problems, stop: () => cancel() }
}

function readRoom(folder: string, log: Log): [string, { folder: string; room: Room }][] {
  try {
    const { bavail, blocks, bsize, bfree, type } = statfsSync(folder)
    const room = { free: bavail * bsize, total: blocks * bsize }
    return [[`${type} ${blocks} ${bfree}`, { folder, room }]]
  } catch (error) {
    log.debug({ folder, error: messageOf(error) }, 'cannot look at a disk')
    return []
  }
}

function areOfOneDisk(one: string, other: string): boolean {
  try {
    return statSync(one).dev === statSync(other).dev
  } catch {
    return false
  }
}
