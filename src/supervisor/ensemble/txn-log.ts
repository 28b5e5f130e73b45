import { rmSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Version, versionsIn } from './versions.ts'

/** What stands at one place of a log of transactions, as FileTxnLog writes it. */
export type Entry =
  | { kind: 'transaction'; zxid: bigint; at: number; bytes: number }
  /** Room that the file has been given, full of zeros, or a write that is not over. */
  | { kind: 'end' }
  /** What was written here cannot be read, and something stands behind it. */
  | { kind: 'torn' }

/** A magic number, a version, an id. */
export const headerBytes = 16
/** A checksum of 8 bytes and a length of 4 come before each transaction, an end mark of 1 after it. */
const beforeBytes = 12
const endMark = 0x42
/** Client (8 bytes) and number of the request (4) come before its id, and its time after it. */
const zxidAt = 12
const timeAt = 20
const leastBytes = 28
/** More than ZooKeeper takes by far: who reads such a length reads something else. */
const mostBytes = 16 << 20

/**
 * Reads one. A server whose disk was full goes on behind what it could not write whole, as soon as there is room again:
 * when it starts the next time, it takes that place for the end, and all behind it is lost to it (ZOOKEEPER-4882).
 */
export function entryAt(bytes: Buffer, at: number): Entry {
  const whole = wholeAt(bytes, at)
  if (whole) return whole
  const start = at + beforeBytes
  if (start > bytes.length) return { kind: 'end' }
  // Of one that was cut off before its length stood there, the length says nothing.
  for (let cut = 1; cut < beforeBytes; cut++) if (wholeAt(bytes, at + cut)) return { kind: 'torn' }
  const length = bytes.readInt32BE(at + 8)
  const behind = length < 0 || length > mostBytes ? start : start + length + 1
  return { kind: isZero(bytes.subarray(behind)) ? 'end' : 'torn' }
}

/** Each byte is as the one before it: the comparison is native, and the thread that it is done on answers for names. */
function isZero(bytes: Buffer): boolean {
  return bytes.length === 0 || (bytes[0] === 0 && bytes.subarray(1).equals(bytes.subarray(0, -1)))
}

type Transaction = Extract<Entry, { kind: 'transaction' }>

function wholeAt(bytes: Buffer, at: number): Transaction | undefined {
  const start = at + beforeBytes
  if (start > bytes.length) return undefined
  const length = bytes.readInt32BE(at + 8)
  const end = start + length
  if (length < leastBytes || end >= bytes.length || bytes[end] !== endMark) return undefined
  const content = bytes.subarray(start, end)
  if (bytes.readBigUInt64BE(at) !== BigInt(Bun.hash.adler32(content))) return undefined
  return {
    kind: 'transaction',
    zxid: content.readBigInt64BE(zxidAt),
    at: Number(content.readBigInt64BE(timeAt)),
    bytes: end + 1 - at,
  }
}

/**
 * Removes the newest log where there was not even room for its header: it holds nothing, and no server starts with it
 * (ZOOKEEPER-2332). Tells which one that was.
 */
export function removeUnbegun(folder: string): string | undefined {
  const last = versionsIn(folder, 'log.').at(-1)
  if (!last || statSync(last.path).size >= headerBytes) return undefined
  rmSync(last.path)
  return last.path
}

/** Looks again and again at what one run of a server writes into its log of transactions. */
export type LogWatch = {
  /** Where it is torn, in words. Never throws. */
  look(): Promise<string | undefined>
}

/** The thread that reads answers for names too: between two of these it does. */
const windowBytes = 128 << 10
/** So much is read by one look: of a long log that is taken over, the rest comes later. */
const stepBytes = 64 << 20

/**
 * @param folder where the logs are
 * @param fresh the server starts now: what is there is what it reads, and nothing that it has written
 */
export function watchLog(folder: string, fresh: boolean): LogWatch {
  const present = versionsIn(folder, 'log.')
  const before = new Map(
    (fresh ? present : present.slice(0, -1)).map(({ path }) => [path, timeOf(path)] as const),
  )
  let reading: Version | undefined
  let offset = headerBytes

  async function look(): Promise<string | undefined> {
    const written = versionsIn(folder, 'log.').filter(({ path }) => before.get(path) !== timeOf(path))
    const now = reading ?? written.at(0)
    if (!now) return undefined
    reading = now
    const torn = await follow(now.path)
    const next = written.find(({ zxid }) => zxid > now.zxid)
    if (torn || !next) return torn
    // No more is written to this one.
    before.set(now.path, timeOf(now.path))
    reading = next
    offset = headerBytes
    return undefined
  }

  async function follow(path: string): Promise<string | undefined> {
    await using file = await open(path, 'r')
    let size = windowBytes
    for (let left = stepBytes; left > 0; left -= size) {
      const { read, torn, cut } = walk(await readFrom(file, offset, size))
      offset += read
      // A write that went on while this was read may be seen in its later part alone, and only once.
      if (torn && entryAt(await readFrom(file, offset, size), 0).kind === 'torn')
        return `${path} is torn at byte ${offset}`
      if (cut && read === 0) size *= 2
      else if (!torn && !cut) return undefined
    }
    return undefined
  }

  return {
    async look() {
      try {
        return await look()
      } catch {
        // Purged meanwhile, or not readable now.
        reading = undefined
        offset = headerBytes
        return undefined
      }
    },
  }
}

/** How much of it is transactions, and whether it ends in what is torn, or in one that goes on behind it. */
function walk(window: Buffer): { read: number; torn: boolean; cut: boolean } {
  for (let read = 0; ; ) {
    const entry = entryAt(window, read)
    if (entry.kind === 'torn') return { read, torn: true, cut: false }
    if (entry.kind === 'end') return { read, torn: false, cut: window.length > 0 && goesOn(window, read) }
    read += entry.bytes
  }
}

function goesOn(window: Buffer, at: number): boolean {
  const start = at + beforeBytes
  return start > window.length || start + window.readInt32BE(at + 8) >= window.length
}

async function readFrom(file: FileHandle, offset: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size)
  const { bytesRead } = await file.read(bytes, 0, size, offset)
  return bytes.subarray(0, bytesRead)
}

function timeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs
}
