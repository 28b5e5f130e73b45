import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { known } from '../problem/known.ts'
import { type Problem, problemText } from '../problem/problem.ts'
import { type Level, levelOf, type Room, roomText } from './level.ts'

const lookMs = 5000

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
  clock,
  log,
  onChange,
}: {
  folders: () => string[]
  clock: Clock
  log: Log
  onChange: () => void
}): DiskGuard {
  let rooms: { folder: string; room: Room }[] = []
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

  const problems = () =>
    rooms.flatMap(({ folder, room }) => {
      const level = levelOf(room)
      if (level === 'ok') return []
      return [(level === 'full' ? known.diskFull : known.diskLow)(folder, roomText(room), topOf(folder))]
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

/** Where the disk of a folder is mounted: what fills it may lie anywhere on it. */
function topOf(folder: string): string {
  try {
    const parent = dirname(folder)
    return parent !== folder && statSync(parent).dev === statSync(folder).dev ? topOf(parent) : folder
  } catch {
    return folder
  }
}
