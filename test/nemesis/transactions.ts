import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { entryAt, headerBytes } from '../../src/supervisor/ensemble/txn-log.ts'
import { versionsIn } from '../../src/supervisor/ensemble/versions.ts'

/** A znode that was made or written, as the servers of the ensemble have it in their logs. */
export type ZnodeWrite = {
  zxid: bigint
  /** Whose request it was, as hex. */
  session: string
  path: string
  /** That it has from then on. */
  version: number
  data: string
}

export type Transaction = {
  zxid: bigint
  /** Of all that stands in the log. */
  sum: number
  writes: ZnodeWrite[]
}

/** What the logs of all machines have said so far. */
export type Transactions = {
  /** Reads what has been appended since. */
  collect(): Promise<void>
  /** Ids that stand for another transaction on another disk. */
  faults: string[]
  /** How many were seen, and how many of them on more than one disk. */
  counts(): { seen: number; compared: number; epochs: number }
  /** The writes of one znode that have come to stay, in their order. */
  chain(path: string): ZnodeWrite[]
  /** Which machine's znode, by its id, each session has made. */
  owners(nodes: string): Map<string, string>
}

type Machine = { name: string; dataDir: string }

/** @param wanted whether the writes of a znode are kept */
export function followTransactions(machines: Machine[], wanted: (path: string) => boolean): Transactions {
  const read = new Map<string, number>()
  const asOf = new Map<string, number>()
  const known = new Map<bigint, { on: Set<string>; sum: number }>()
  const writes: ZnodeWrite[] = []
  const faults: string[] = []

  function take(name: string, { zxid, sum, writes: made }: Transaction): void {
    const before = known.get(zxid)
    if (!before) {
      known.set(zxid, { on: new Set([name]), sum })
      writes.push(...made.filter(({ path }) => wanted(path)))
      return
    }
    if (before.sum !== sum)
      faults.push(`transaction ${zxid.toString(16)} is one on ${[...before.on]}, and another on ${name}`)
    before.on.add(name)
  }

  async function follow(name: string, path: string): Promise<void> {
    await using file = await open(path, 'r')
    const { ino, mtimeMs } = await file.stat()
    // A disk that was lost begins anew with files of the same names.
    const key = `${path} ${ino}`
    if (asOf.get(key) === mtimeMs) return
    asOf.set(key, mtimeMs)
    let size = windowBytes
    for (;;) {
      const at = read.get(key) ?? headerBytes
      const bytes = Buffer.alloc(size)
      const { bytesRead } = await file.read(bytes, 0, size, at)
      let used = 0
      for (const { transaction, end } of transactionsIn(bytes.subarray(0, bytesRead))) {
        take(name, transaction)
        used = end
      }
      read.set(key, at + used)
      // Nothing there, or one that is larger than what was read.
      if (bytesRead < size) return
      if (used === 0) {
        if (size >= mostBytes || bytes.every((byte) => byte === 0)) return
        size *= 2
      }
    }
  }

  return {
    faults,
    async collect() {
      // Purged, or lost with its disk.
      for (const { name, dataDir } of machines)
        for (const { path } of versionsIn(join(dataDir, 'state/zookeeper/data/version-2'), 'log.'))
          await follow(name, path).catch(() => {})
    },
    counts: () => ({
      seen: known.size,
      compared: [...known.values()].filter(({ on }) => on.size > 1).length,
      epochs: new Set([...known.keys()].map((zxid) => zxid >> 32n)).size,
    }),
    chain: (path) => lasting(writes.filter((write) => write.path === path)),
    owners: (nodes) =>
      new Map(
        writes
          .filter(({ path }) => path.startsWith(`${nodes}/`))
          .map(({ session, path }) => [session, path.slice(nodes.length + 1)]),
      ),
  }
}

const windowBytes = 256 << 10
const mostBytes = 16 << 20

/**
 * A leader that dies may leave writes in logs that never were committed: a later leader then writes the same version
 * anew. So of two writes of one version the later one has come to stay, and whatever followed the other has not.
 */
export function lasting(writes: ZnodeWrite[]): ZnodeWrite[] {
  const chain: ZnodeWrite[] = []
  for (const write of writes.toSorted((a, b) => (a.zxid < b.zxid ? -1 : 1))) {
    while ((chain.at(-1)?.version ?? -1) >= write.version) chain.pop()
    chain.push(write)
  }
  return chain
}

/** Up to what is not written whole; `end` is how much of the bytes was read with each. */
function* transactionsIn(bytes: Buffer): Generator<{ transaction: Transaction; end: number }> {
  for (let at = 0; ; ) {
    const entry = entryAt(bytes, at)
    if (entry.kind !== 'transaction') return
    const whole = bytes.subarray(at, at + entry.bytes)
    const content = whole.subarray(12, -1)
    at += entry.bytes
    const session = content.readBigUInt64BE(0).toString(16)
    const { zxid } = entry
    const writes = writesIn(content.readInt32BE(28), content.subarray(32))
    const sum = Bun.hash.crc32(whole)
    yield {
      transaction: { zxid, sum, writes: writes.map((write) => ({ zxid, session, ...write })) },
      end: at,
    }
  }
}

const create = new Set([1, 15, 19, 20, 21])
const setData = 5
const multi = 14

/** What a transaction of that type makes or sets, as ZooKeeper's jute records have it: CreateTxn, SetDataTxn, MultiTxn. */
function writesIn(type: number, record: Buffer): Pick<ZnodeWrite, 'path' | 'version' | 'data'>[] {
  if (type === multi) {
    const all: Pick<ZnodeWrite, 'path' | 'version' | 'data'>[] = []
    let at = 4
    for (let left = record.readInt32BE(0); left > 0; left--) {
      const [part, next] = field(record, at + 4)
      all.push(...writesIn(record.readInt32BE(at), part))
      at = next
    }
    return all
  }
  if (type !== setData && !create.has(type)) return []
  const [path, behindPath] = field(record, 0)
  const [data, behindData] = field(record, behindPath)
  const version = type === setData ? record.readInt32BE(behindData) : 0
  return [{ path: path.toString(), data: data.toString(), version }]
}

/** A string or a buffer: its length comes before it, -1 for none. */
function field(record: Buffer, at: number): [content: Buffer, next: number] {
  const from = at + 4
  const to = from + Math.max(0, record.readInt32BE(at))
  return [record.subarray(from, to), to]
}
