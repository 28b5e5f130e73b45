import { afterEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { followTransactions, lasting } from './transactions.ts'

const made: string[] = []
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true })
})

function machines(...names: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'meshbox-transactions-'))
  made.push(folder)
  return names.map((name) => ({ name, dataDir: join(folder, name) }))
}

const int = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const field = (content: string | Buffer) =>
  Buffer.concat([int(Buffer.byteLength(content)), Buffer.from(content)])
const set = (path: string, data: string, version: number) => ({
  type: 5,
  record: Buffer.concat([field(path), field(data), int(version)]),
})
const multi = (...parts: ReturnType<typeof set>[]) => ({
  type: 14,
  record: Buffer.concat([
    int(parts.length),
    ...parts.map(({ type, record }) => Buffer.concat([int(type), field(record)])),
  ]),
})

/** As it stands in a log: checksum, length, client, request, id, time, type, record, end mark. */
function transaction(zxid: bigint, { type, record }: ReturnType<typeof set>, session = 7n): Buffer {
  const head = Buffer.alloc(28)
  head.writeBigInt64BE(session)
  head.writeBigInt64BE(zxid, 12)
  const content = Buffer.concat([head, int(type), record])
  const before = Buffer.alloc(12)
  before.writeBigUInt64BE(BigInt(Bun.hash.adler32(content)))
  before.writeInt32BE(content.length, 8)
  return Buffer.concat([before, content, Buffer.from('B')])
}

function write({ dataDir }: { dataDir: string }, ...transactions: Buffer[]): void {
  const folder = join(dataDir, 'state/zookeeper/data/version-2')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'log.1'), Buffer.concat([Buffer.alloc(16), ...transactions, Buffer.alloc(999)]))
}

test('a transaction is the same on every disk, or two leaders had the same epoch', async () => {
  const [a, b, c] = machines('a', 'b', 'c') as [{ name: string; dataDir: string }, never, never]
  const all = followTransactions([a, b, c], () => true)
  const one = transaction(0x300000001n, set('/x', 'one', 1))
  write(a, one)
  write(b, one, transaction(0x400000001n, set('/x', 'two', 2)))
  await all.collect()
  expect(all.faults).toEqual([])
  expect(all.counts()).toEqual({ seen: 2, compared: 1, epochs: 2 })
  write(c, transaction(0x300000001n, set('/x', 'other', 1)))
  await all.collect()
  expect(all.faults).toEqual(['transaction 300000001 is one on a,b, and another on c'])
})

test('writes are read as they are appended, also from a disk that was lost since, and those of one transaction', async () => {
  const [a] = machines('a') as [{ name: string; dataDir: string }]
  const all = followTransactions([a], (path) => path === '/x')
  const first = transaction(1n, multi(set('/y', 'history', 0), set('/x', 'one', 1)), 0xabn)
  write(a, first)
  await all.collect()
  write(a, first, transaction(2n, set('/x', 'x'.repeat(300_000), 2)), transaction(3n, set('/x', 'three', 3)))
  await all.collect()
  rmSync(a.dataDir, { recursive: true })
  await all.collect()
  expect(all.chain('/x').map(({ version, data, session }) => [version, data.length, session])).toEqual([
    [1, 3, 'ab'],
    [2, 300_000, '7'],
    [3, 5, '7'],
  ])
  expect(all.chain('/y')).toEqual([])
})

test('what a leader wrote that nobody confirmed has not come to stay', () => {
  const at = (zxid: bigint, version: number) => ({ zxid, version, session: '', path: '/x', data: `${zxid}` })
  // Of the first leader: 1, 2, 3; the next one had seen 1 alone.
  const chain = lasting([at(0x100000001n, 1), at(0x200000001n, 2), at(0x100000002n, 2), at(0x100000003n, 3)])
  expect(chain.map(({ zxid, version }) => [zxid, version])).toEqual([
    [0x100000001n, 1],
    [0x200000001n, 2],
  ])
})
