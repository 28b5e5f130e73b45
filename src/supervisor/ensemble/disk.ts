import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the disk of a ZooKeeper server holds, whether it runs or not. */
export type EnsembleDisk = {
  /** The last transaction that it has written, as hex; 0 for a disk that holds none. */
  zxid: string
  /** The epoch of the last leader that it followed; undefined where there was none. */
  epoch: number | undefined
  /** Unix milliseconds of that transaction; undefined where only snapshots tell of it. */
  at: number | undefined
}

/**
 * Reads it, without a word to the server. Undefined: nothing was ever written there.
 * @param data the folder of `dataDir`
 * @param logs that of `dataLogDir`, where it is another one
 */
export function readDisk(data: string, logs: string = data): EnsembleDisk | undefined {
  const snapshots = versionsIn(join(data, 'version-2'), 'snapshot.')
  const logFiles = versionsIn(join(logs, 'version-2'), 'log.')
  if (snapshots.length === 0 && logFiles.length === 0) return undefined
  const last = lastIn(logFiles.map(({ path }) => path))
  const snapshot = snapshots.at(-1)?.zxid ?? 0n
  const zxid = last && last.zxid > snapshot ? last.zxid : snapshot
  return {
    zxid: zxid.toString(16),
    epoch: epochIn(join(data, 'version-2/currentEpoch')),
    at: last?.zxid === zxid ? last.at : undefined,
  }
}

type Version = { zxid: bigint; path: string }

/** `log.100000001`: from that transaction on. In their order. */
function versionsIn(folder: string, prefix: string): Version[] {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names
    .filter((name) => name.startsWith(prefix) && /^[0-9a-f]+$/.test(name.slice(prefix.length)))
    .map((name) => ({ zxid: BigInt(`0x${name.slice(prefix.length)}`), path: join(folder, name) }))
    .sort((a, b) => (a.zxid < b.zxid ? -1 : 1))
}

/** A log is made before the first transaction is in it: the newest may hold none. */
function lastIn(paths: string[]): { zxid: bigint; at: number } | undefined {
  for (const path of paths.reverse()) {
    const last = lastTransaction(readFileSync(path))
    if (last) return last
  }
  return undefined
}

const headerBytes = 16
const beforeText = 12
/** Client (8 bytes) and number of the request (4) come first. */
const zxidAt = 12
const timeAt = 20

/**
 * The last whole transaction of a log as FileTxnLog writes it: a checksum of 8 bytes, a length of 4, the transaction, an
 * end mark. What follows is room that the file has been given, full of zeros.
 */
function lastTransaction(bytes: Buffer): { zxid: bigint; at: number } | undefined {
  let last: { zxid: bigint; at: number } | undefined
  for (let at = headerBytes; at + beforeText <= bytes.length; ) {
    const length = bytes.readInt32BE(at + 8)
    const start = at + beforeText
    if (length < timeAt + 8 || start + length + 1 > bytes.length) break
    last = {
      zxid: bytes.readBigInt64BE(start + zxidAt),
      at: Number(bytes.readBigInt64BE(start + timeAt)),
    }
    at = start + length + 1
  }
  return last
}

function epochIn(path: string): number | undefined {
  try {
    const epoch = Number(readFileSync(path, 'utf8').trim())
    return Number.isInteger(epoch) && epoch >= 0 ? epoch : undefined
  } catch {
    return undefined
  }
}
