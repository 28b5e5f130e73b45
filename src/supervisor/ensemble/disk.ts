import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { entryAt, headerBytes } from './txn-log.ts'
import { versionsIn } from './versions.ts'

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

/** A log is made before the first transaction is in it: the newest may hold none. */
function lastIn(paths: string[]): { zxid: bigint; at: number } | undefined {
  for (const path of paths.reverse()) {
    const last = lastTransaction(readFileSync(path))
    if (last) return last
  }
  return undefined
}

/** The last whole transaction that its server would read. */
function lastTransaction(bytes: Buffer): { zxid: bigint; at: number } | undefined {
  let last: { zxid: bigint; at: number } | undefined
  for (let at = headerBytes; ; ) {
    const entry = entryAt(bytes, at)
    if (entry.kind !== 'transaction') return last
    last = { zxid: entry.zxid, at: entry.at }
    at += entry.bytes
  }
}

function epochIn(path: string): number | undefined {
  try {
    const epoch = Number(readFileSync(path, 'utf8').trim())
    return Number.isInteger(epoch) && epoch >= 0 ? epoch : undefined
  } catch {
    return undefined
  }
}
