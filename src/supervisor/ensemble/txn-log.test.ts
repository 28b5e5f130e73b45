import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { closeSync, mkdtempSync, openSync, rmSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { entryAt, headerBytes, removeUnbegun, watchLog } from './txn-log.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshbox-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** As FileTxnLog writes it. */
function transaction(zxid: number, size = 400): Buffer {
  const bytes = Buffer.alloc(12 + size + 1, zxid & 0x7f || 1)
  bytes.writeInt32BE(size, 8)
  bytes.writeBigInt64BE(BigInt(zxid), 12 + 12)
  bytes.writeBigInt64BE(7n, 12 + 20)
  bytes[12 + size] = 0x42
  bytes.writeBigUInt64BE(BigInt(Bun.hash.adler32(bytes.subarray(12, 12 + size))))
  return bytes
}

/** A log with the room that it is given. */
function begin(name: string): { path: string; append(...parts: Buffer[]): void } {
  const path = join(folder, name)
  writeFileSync(path, Buffer.concat([Buffer.from('ZKLG'), Buffer.alloc(4 << 20)]))
  let end = headerBytes
  return {
    path,
    append(...parts) {
      const file = openSync(path, 'r+')
      for (const part of parts) end += writeSync(file, part, 0, part.length, end)
      closeSync(file)
    },
  }
}

const many = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => transaction(from + index))

test('an entry is a transaction, the end, or torn', () => {
  const whole = transaction(9)
  expect(entryAt(whole, 0)).toEqual({ kind: 'transaction', zxid: 9n, at: 7, bytes: 413 })
  expect(entryAt(Buffer.alloc(100), 0)).toEqual({ kind: 'end' })
  for (let cut = 1; cut < whole.length; cut++) {
    const part = whole.subarray(0, cut)
    expect(entryAt(Buffer.concat([part, Buffer.alloc(1000)]), 0)).toEqual({ kind: 'end' })
    // What a server does that had no room for the rest of it: all of it again, and more.
    const again = Buffer.concat([part, whole, transaction(10), transaction(11), Buffer.alloc(1000)])
    expect(entryAt(again, 0)).toEqual({ kind: 'torn' })
  }
})

describe('the log of a server that runs', () => {
  test('is well however it grows, also over several files, and in the middle of a write', async () => {
    const first = begin('log.1')
    const watch = watchLog(folder, false)
    expect(await watch.look()).toBeUndefined()
    first.append(...many(1, 3000))
    expect(await watch.look()).toBeUndefined()
    const [half, rest] = [transaction(3001).subarray(0, 100), transaction(3001).subarray(100)]
    first.append(half)
    expect(await watch.look()).toBeUndefined()
    first.append(rest, transaction(3002, 1 << 20))
    expect(await watch.look()).toBeUndefined()
    begin('log.bbb').append(...many(0xbbb, 5))
    for (let looks = 0; looks < 3; looks++) expect(await watch.look()).toBeUndefined()
  })

  test('is torn where a write without room was followed by others', async () => {
    const log = begin('log.1')
    const watch = watchLog(folder, true)
    log.append(...many(1, 10))
    expect(await watch.look()).toBeUndefined()
    log.append(transaction(11).subarray(0, 77))
    expect(await watch.look()).toBeUndefined()
    log.append(...many(11, 3))
    expect(await watch.look()).toBe(`${log.path} is torn at byte ${headerBytes + 10 * 413}`)
  })

  test('is torn also where another one follows it', async () => {
    const watch = watchLog(folder, true)
    const log = begin('log.1')
    log.append(transaction(1), transaction(2).subarray(0, 9), transaction(2))
    begin('log.3').append(transaction(3))
    expect(await watch.look()).toContain('log.1 is torn')
  })
})

test('only the newest log goes, and only when it has not even a header', () => {
  expect(removeUnbegun(folder)).toBeUndefined()
  begin('log.1')
  expect(removeUnbegun(folder)).toBeUndefined()
  writeFileSync(join(folder, 'log.2'), 'ZKLG')
  expect(removeUnbegun(folder)).toBe(join(folder, 'log.2'))
  expect(removeUnbegun(folder)).toBeUndefined()
})

test('what a server finds at its start is what it reads, torn or not', async () => {
  const old = begin('log.1')
  old.append(transaction(1), transaction(2).subarray(0, 50), transaction(2))
  utimesSync(old.path, 1000, 1000)
  const watch = watchLog(folder, true)
  expect(await watch.look()).toBeUndefined()
  const now = begin('log.2')
  now.append(transaction(2))
  expect(await watch.look()).toBeUndefined()
  now.append(transaction(3).subarray(0, 50), transaction(3))
  expect(await watch.look()).toContain('log.2 is torn')
  expect(await watchLog(folder, false).look()).toContain('log.2 is torn')
})
