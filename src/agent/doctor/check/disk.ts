import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../../../clock.ts'
import { openStore } from '../../../store.ts'
import { bytesOf, removeSpares, type Spare, sparesIn } from '../../../supervisor/provider/spare.ts'
import { biggestOn } from '../../disk/biggest.ts'
import { helps, levelOf, type Room } from '../../disk/level.ts'
import type { Folders } from '../../local/folders.ts'
import { storePath } from '../../local/joined.ts'
import { type Finding, failed, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

const mib = 1024 * 1024
/** Every write of the ensemble waits for it. */
const slowest = { failed: 500, warning: 50 }
const writes = 9

/** Whether there is room, and how long the disk takes until a write is safe. */
export function checkDisk({ folders, member, place, clock }: Subject): Finding[] {
  const places = [...new Set([folders.state, folders.logs].map(nearest))]
  return [
    ...places.map((path) => {
      const { bavail, blocks, bsize } = statfsSync(path)
      const room = { free: bavail * bsize, total: blocks * bsize }
      const may = levelOf(room) !== 'ok' && member && path === folders.state
      return judgeRoom(path, room, may ? sparesOf(folders) : [])
    }),
    ...(place.clientPort === undefined ? [] : [judgeSync(syncMs(nearest(folders.state), clock))]),
  ]
}

/** @param spares what nothing uses, and can be had again: it may go */
export function judgeRoom(path: string, room: Room, spares: Spare[]): Finding {
  const level = levelOf(room)
  const left = `${path} has ${Math.floor(room.free / mib)} MB left`
  if (level === 'ok') return ok(left)
  const bytes = bytesOf(spares)
  const mb = Math.floor(bytes / mib)
  const what = `remove ${mb} MB of archives and packages that nothing uses`
  return (level === 'full' ? failed : warning)(
    left,
    helps(room, bytes) ? 'meshbox doctor --fix' : biggestOn(path),
    mb === 0 ? undefined : { what, run: async () => removeSpares(spares) },
  )
}

function sparesOf(folders: Folders): Spare[] {
  const store = openStore(storePath(folders))
  try {
    return sparesIn(folders.state, store)
  } finally {
    store.close()
  }
}

export function judgeSync(ms: number | undefined): Finding {
  if (ms === undefined)
    return warning('cannot try how fast the disk is: the folder cannot be written', 'run it as root')
  const told = `a write is safe on the disk after ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  const hint = 'give ZooKeeper a disk of its own'
  if (ms > slowest.failed) return failed(`${told}; ZooKeeper cannot live with that`, hint)
  return ms > slowest.warning ? warning(`${told}; each write of the ensemble waits for it`, hint) : ok(told)
}

/** The median of some small writes; undefined where nothing can be written. */
function syncMs(folder: string, clock: Clock): number | undefined {
  const path = join(folder, `.meshbox-doctor.${process.pid}`)
  try {
    const file = openSync(path, 'w', 0o600)
    try {
      const block = Buffer.alloc(4096, 1)
      const times = Array.from({ length: writes }, () => {
        const before = clock.monotonic()
        writeSync(file, block)
        fsyncSync(file)
        return clock.monotonic() - before
      })
      return times.sort((a, b) => a - b)[Math.floor(writes / 2)]
    } finally {
      closeSync(file)
      rmSync(path, { force: true })
    }
  } catch {
    return undefined
  }
}

function nearest(path: string): string {
  return existsSync(path) ? path : nearest(dirname(path))
}
