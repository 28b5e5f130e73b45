import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../../../clock.ts'
import { openStore } from '../../../store.ts'
import { bytesOf, removeSpares, sparesIn } from '../../../supervisor/provider/spare.ts'
import { biggestOn } from '../../disk/biggest.ts'
import type { Folders } from '../../local/folders.ts'
import { storePath } from '../../local/joined.ts'
import { type Finding, failed, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

const mib = 1024 * 1024
/** A ZooKeeper whose disk is full ends, and takes its vote with it. */
const least = { failed: 256 * mib, warning: 2048 * mib }
/** Every write of the ensemble waits for it. */
const slowest = { failed: 500, warning: 50 }
const writes = 9

/** Whether there is room, and how long the disk takes until a write is safe. */
export function checkDisk({ folders, member, place, clock }: Subject): Finding[] {
  const places = [...new Set([folders.state, folders.logs].map(nearest))]
  return [
    ...places.map((path) => {
      const { bavail, bsize } = statfsSync(path)
      const room = judgeRoom(path, bavail * bsize)
      return room.result === 'ok' || !member || path !== folders.state ? room : withMend(room, folders)
    }),
    ...(place.clientPort === undefined ? [] : [judgeSync(syncMs(nearest(folders.state), clock))]),
  ]
}

export function judgeRoom(path: string, free: number): Finding {
  const left = `${path} has ${Math.floor(free / mib)} MB left`
  if (free < least.failed) return failed(left, biggestOn(path))
  if (free < least.warning) return warning(left, biggestOn(path))
  return ok(left)
}

/** What nothing uses, and can be had again, may go. */
function withMend(room: Finding, folders: Folders): Finding {
  const store = openStore(storePath(folders))
  try {
    const spares = sparesIn(folders.state, store)
    const mb = Math.floor(bytesOf(spares) / mib)
    if (mb === 0) return room
    const what = `remove ${mb} MB of archives and packages that nothing uses`
    return { ...room, hint: 'meshbox doctor --fix', mend: { what, run: async () => removeSpares(spares) } }
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
