import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDisk } from './disk.ts'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'meshbox-disk-'))
  mkdirSync(join(data, 'version-2'))
})
afterEach(() => rmSync(data, { recursive: true }))

const write = (name: string, content: string | Buffer) =>
  writeFileSync(join(data, 'version-2', name), content)

/** As FileTxnLog has it, with room behind. */
function log(transactions: [zxid: bigint, at: number][], cut = 0): Buffer {
  const header = Buffer.alloc(16)
  header.write('ZKLG')
  const parts = transactions.map(([zxid, at]) => {
    const bytes = Buffer.alloc(12 + 40 + 1)
    bytes.writeInt32BE(40, 8)
    bytes.writeBigInt64BE(zxid, 12 + 12)
    bytes.writeBigInt64BE(BigInt(at), 12 + 20)
    bytes[52] = 0x42
    bytes.writeBigUInt64BE(BigInt(Bun.hash.adler32(bytes.subarray(12, 52))))
    return bytes
  })
  const whole = Buffer.concat([header, ...parts])
  return cut > 0 ? whole.subarray(0, whole.length - cut) : Buffer.concat([whole, Buffer.alloc(500)])
}

test('a disk that was never used holds nothing', () => {
  expect(readDisk(data)).toBeUndefined()
  expect(readDisk(join(data, 'nowhere'))).toBeUndefined()
})

test('the last transaction is the last whole one of the newest log, its epoch that of the last leader', () => {
  write('snapshot.100000002', '')
  write('log.100000001', log([[0x100000001n, 5]]))
  write(
    'log.100000003',
    log([
      [0x100000003n, 6],
      [0x200000001n, 7],
    ]),
  )
  write('currentEpoch', '2\n')
  expect(readDisk(data)).toEqual({ zxid: '200000001', epoch: 2, at: 7 })
})

test('one that was cut off in the middle of a write ends with the one before', () => {
  write(
    'log.100000001',
    log(
      [
        [0x100000001n, 5],
        [0x100000002n, 6],
      ],
      10,
    ),
  )
  expect(readDisk(data)).toEqual({ zxid: '100000001', epoch: undefined, at: 5 })
})

test('a log that holds nothing yet leaves the word to the one before, or to a snapshot', () => {
  write('log.100000001', log([[0x100000004n, 5]]))
  write('log.100000005', log([]))
  expect(readDisk(data)?.zxid).toBe('100000004')
  write('snapshot.100000009', '')
  write('currentEpoch', '-1\n')
  expect(readDisk(data)).toEqual({ zxid: '100000009', epoch: undefined, at: undefined })
})
