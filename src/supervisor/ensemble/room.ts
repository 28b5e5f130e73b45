import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'

const mib = 1 << 20
/** A server is ended before its disk is full, for a write that fails half-way costs it more than its place (txn-log.ts). */
const runsWith = 4 * mib
/** And begins with more, so that it is not ended again by its own first snapshot. */
const startsWith = 16 * mib

/** What must have room for a server, in words, where there is too little of it. */
export function lacksRoom(folders: string[], doing: 'starts' | 'runs', user?: string): string | undefined {
  const least = doing === 'starts' ? startsWith : runsWith
  const full = folders.find((folder) => (roomOf(folder, user) ?? least) < least)
  return full && `${least / mib} MiB of room on the disk of ${full}`
}

/** Root may use what is kept back from others. Undefined where it cannot be told. */
function roomOf(folder: string, user?: string): number | undefined {
  try {
    const { bavail, bfree, bsize } = statfsSync(folder)
    const isRoot = user === undefined ? process.getuid?.() === 0 : user === 'root'
    return (isRoot ? bfree : bavail) * bsize
  } catch {
    // Not there yet: what is above it will hold it.
    return dirname(folder) === folder ? undefined : roomOf(dirname(folder), user)
  }
}
