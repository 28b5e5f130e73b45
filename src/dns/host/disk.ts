import nodeFs from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** What is at a path. Anything but a file or a symlink (a folder, a device) is `other`. */
export type Entry =
  | { kind: 'absent' }
  | { kind: 'file'; bytes: Buffer; mode: number; uid: number; gid: number }
  | { kind: 'link'; target: string; uid: number; gid: number }
  | { kind: 'other' }

/** The calls that are made to the file system. */
export type Fs = Pick<
  typeof nodeFs,
  | 'lstatSync'
  | 'readFileSync'
  | 'readlinkSync'
  | 'openSync'
  | 'writeSync'
  | 'ftruncateSync'
  | 'fsyncSync'
  | 'fchmodSync'
  | 'fchownSync'
  | 'lchownSync'
  | 'closeSync'
  | 'symlinkSync'
  | 'renameSync'
  | 'rmSync'
  | 'mkdirSync'
  | 'rmdirSync'
>

/** Reads and replaces whole entries under a root folder. */
export type Disk = {
  read(path: string): Entry
  /** Where symlinks lead to in the end, and what is there. */
  follow(path: string): { path: string; entry: Entry }
  /** After a crash at any point there is the old entry or the new one. A mounted file is written in place (see `torn`). */
  write(path: string, entry: Entry): void
  /** Removes what a crash during `write` may have left beside the path. */
  tidy(path: string): void
  /** Makes the last folder of the path. */
  makeFolder(path: string): void
  /** Removes a folder when it is empty. */
  removeFolder(path: string): void
}

/** @param root goes before every path; for tests */
export function openDisk(root = '', fs: Fs = nodeFs): Disk {
  const draftOf = (path: string) => `${root}${path}.meshbox.tmp`
  const syncFolder = (path: string) => {
    const folder = fs.openSync(dirname(root + path), 'r')
    try {
      fs.fsyncSync(folder)
    } finally {
      fs.closeSync(folder)
    }
  }
  const fill = (path: string, flags: 'wx' | 'r+', { bytes, mode, uid, gid }: Entry & { kind: 'file' }) => {
    const file = fs.openSync(path, flags, 0o600)
    try {
      for (let done = 0; done < bytes.length; )
        done += fs.writeSync(file, bytes, done, bytes.length - done, done)
      fs.ftruncateSync(file, bytes.length)
      if (uid !== process.geteuid?.() || gid !== process.getegid?.() || flags === 'r+')
        fs.fchownSync(file, uid, gid)
      fs.fchmodSync(file, mode)
      fs.fsyncSync(file)
    } finally {
      fs.closeSync(file)
    }
  }
  const disk: Disk = {
    read(path) {
      const stat = fs.lstatSync(root + path, { throwIfNoEntry: false })
      if (!stat) return { kind: 'absent' }
      const { uid, gid } = stat
      if (stat.isSymbolicLink())
        return { kind: 'link', target: fs.readlinkSync(root + path, 'utf8'), uid, gid }
      if (!stat.isFile()) return { kind: 'other' }
      return { kind: 'file', bytes: fs.readFileSync(root + path), mode: stat.mode & 0o7777, uid, gid }
    },
    follow(path) {
      let at = path
      let entry = disk.read(at)
      for (let links = 0; entry.kind === 'link' && links < 40; links++) {
        at = entry.target.startsWith('/') ? normalize(entry.target) : join(dirname(at), entry.target)
        entry = disk.read(at)
      }
      return { path: at, entry }
    },
    write(path, entry) {
      disk.tidy(path)
      if (entry.kind === 'other') return
      if (entry.kind === 'absent') fs.rmSync(root + path, { force: true })
      else if (entry.kind === 'link') {
        fs.symlinkSync(entry.target, draftOf(path))
        if (entry.uid !== process.geteuid?.() || entry.gid !== process.getegid?.())
          fs.lchownSync(draftOf(path), entry.uid, entry.gid)
        fs.renameSync(draftOf(path), root + path)
      } else {
        try {
          fill(draftOf(path), 'wx', entry)
          fs.renameSync(draftOf(path), root + path)
        } catch (error) {
          disk.tidy(path)
          // In a container the file alone is mounted: nothing can be renamed over it.
          if (!['EBUSY', 'EXDEV', 'EROFS'].includes(codeOf(error))) throw error
          fill(root + path, 'r+', entry)
        }
      }
      syncFolder(path)
    },
    tidy(path) {
      try {
        fs.rmSync(draftOf(path), { force: true })
      } catch (error) {
        if (codeOf(error) !== 'EROFS') throw error
      }
    },
    makeFolder(path) {
      fs.mkdirSync(root + path)
      syncFolder(path)
    },
    removeFolder(path) {
      try {
        fs.rmdirSync(root + path)
      } catch (error) {
        if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) throw error
      }
    },
  }
  return disk
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** Equal in what programs read; mode and owner aside. */
export function sameContent(one: Entry, other: Entry): boolean {
  if (one.kind === 'file' && other.kind === 'file') return one.bytes.equals(other.bytes)
  if (one.kind === 'link' && other.kind === 'link') return one.target === other.target
  return one.kind === other.kind && one.kind === 'absent'
}

/** Whether this is what a crash leaves when `to` is written over `from` in place: a beginning of the one, the rest of the other. */
export function torn(now: Entry, from: Entry, to: Entry): boolean {
  if (now.kind !== 'file' || from.kind !== 'file' || to.kind !== 'file') return false
  let same = 0
  while (same < now.bytes.length && now.bytes[same] === to.bytes[same]) same++
  return (
    now.bytes.length === Math.max(from.bytes.length, same) &&
    now.bytes.subarray(same).equals(from.bytes.subarray(same))
  )
}
