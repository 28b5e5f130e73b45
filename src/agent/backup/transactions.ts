import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, until } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'

/**
 * Copies what a running ZooKeeper server keeps: its last whole snapshot and the log from there on (ZooKeeper's FileSnap
 * and FileTxnLog). A snapshot is made while writes go on, and is only right together with the transactions that follow
 * it; they are in the log before they are in the tree, so a log that is read after the snapshot has them all.
 */
const snapshotEnd = Buffer.from([0, 0, 0, 1, 0x2f])
const logMagic = 'ZKLG'
const logHeadBytes = 16
/** Before each transaction: its checksum (8 bytes) and its length (4); after it one byte. */
const recordHeadBytes = 12
const recordEnd = 0x42

export type Places = {
  /** ZooKeeper's dataDir, and its dataLogDir. */
  data: string
  log: string
}

/**
 * Copies so much that `mark`, which was written a moment ago, is in it: all that was acknowledged before is in it too.
 * @throws MeshboxError when this server does not get so far
 */
export async function copyTransactions(
  from: Places,
  to: Places,
  { mark, clock, timeoutMs }: { mark: string; clock: Clock; timeoutMs: number },
): Promise<void> {
  const found = await until(clock, { everyMs: 200, timeoutMs }, () =>
    copyOnce(from, to, Buffer.from(mark)) ? true : undefined,
  )
  if (found) return
  throw new MeshboxError({
    code: 'backup-behind',
    message: 'cannot back up: the ZooKeeper of this machine does not have what was written last',
    hint: '`meshbox status` tells how it is; try again, or on another controller',
  })
}

/** Whether it has the mark. A file that is purged meanwhile is one that a newer snapshot has made needless: again, then. */
function copyOnce(from: Places, to: Places, mark: Buffer): boolean {
  try {
    const snapshot = newestSnapshot(version2(from.data))
    const logs = logsFrom(zxidsOf(version2(from.log), 'log'), snapshot ?? 0n)
    if (!snapshot && logs.length === 0) return false
    for (const place of [to.data, to.log]) mkdirSync(version2(place), { recursive: true })
    let marked = false
    if (snapshot !== undefined) {
      const name = nameOf('snapshot', snapshot)
      copyFileSync(join(version2(from.data), name), join(version2(to.data), name))
      marked = readFileSync(join(version2(to.data), name)).includes(mark)
    }
    for (const zxid of logs) {
      const name = nameOf('log', zxid)
      const whole = wholeRecords(readFileSync(join(version2(from.log), name)))
      writeFileSync(join(version2(to.log), name), whole)
      marked ||= whole.includes(mark)
    }
    return marked
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

const version2 = (place: string) => join(place, 'version-2')
const nameOf = (kind: 'snapshot' | 'log', zxid: bigint) => `${kind}.${zxid.toString(16)}`

function zxidsOf(folder: string, kind: 'snapshot' | 'log'): bigint[] {
  return readdirSync(folder)
    .flatMap((name) => new RegExp(`^${kind}\\.([0-9a-f]+)$`).exec(name)?.[1] ?? [])
    .map((hex) => BigInt(`0x${hex}`))
    .sort((a, b) => (a < b ? -1 : 1))
}

/** One that is being written lacks its end yet. @throws MeshboxError for compressed ones, whose end cannot be told */
function newestSnapshot(folder: string): bigint | undefined {
  if (readdirSync(folder).some((name) => /^snapshot\.[0-9a-f]+\.\w+$/.test(name)))
    throw new MeshboxError({
      code: 'backup-compressed',
      message: 'cannot back up: ZooKeeper compresses its snapshots here',
      hint: 'set zookeeper.snapshot.compression.method back to none, and try again after the next snapshot',
    })
  return zxidsOf(folder, 'snapshot').findLast((zxid) =>
    readFileSync(join(folder, nameOf('snapshot', zxid)))
      .subarray(-snapshotEnd.length)
      .equals(snapshotEnd),
  )
}

/** The log that was being written at that transaction, and those after it: each is named after its first one. */
export function logsFrom(logs: bigint[], zxid: bigint): bigint[] {
  const at = logs.findLastIndex((first) => first <= zxid)
  return logs.slice(Math.max(at, 0))
}

/** A log up to its last whole transaction: what is behind it is room for more, or half a transaction. */
export function wholeRecords(log: Buffer): Buffer {
  if (log.subarray(0, 4).toString() !== logMagic) return log.subarray(0, 0)
  let end = logHeadBytes
  while (end + recordHeadBytes < log.length) {
    const checksum = log.readBigUInt64BE(end)
    const length = log.readUInt32BE(end + 8)
    const after = end + recordHeadBytes + length
    if (length === 0 || after >= log.length || log[after] !== recordEnd) break
    if (BigInt(Bun.hash.adler32(log.subarray(end + recordHeadBytes, after))) !== checksum) break
    end = after + 1
  }
  return log.subarray(0, end)
}
