import { expect, test } from 'bun:test'
import { logsFrom, wholeRecords } from './transactions.ts'

function record(text: string): Buffer {
  const plain = Buffer.from(text)
  const head = Buffer.alloc(12)
  head.writeBigUInt64BE(BigInt(Bun.hash.adler32(plain)))
  head.writeUInt32BE(plain.length, 8)
  return Buffer.concat([head, plain, Buffer.from('B')])
}
const head = Buffer.concat([Buffer.from('ZKLG'), Buffer.alloc(12)])
const log = Buffer.concat([head, record('one'), record('two')])

test('of a log the whole transactions are kept, not the room behind them', () => {
  expect(wholeRecords(Buffer.concat([log, Buffer.alloc(1000)]))).toEqual(log)
  expect(wholeRecords(log)).toEqual(log)
  expect(wholeRecords(head)).toEqual(head)
})

test('half a transaction is left out, however much of it is there', () => {
  const next = record('a third one')
  for (let length = 0; length < next.length; length++) {
    const torn = Buffer.concat([log, next.subarray(0, length), Buffer.alloc(100)])
    expect(wholeRecords(torn)).toEqual(log)
    expect(wholeRecords(torn.subarray(0, log.length + length))).toEqual(log)
  }
})

test('what is no log has nothing in it', () => {
  expect(wholeRecords(Buffer.alloc(100)).length).toBe(0)
})

test('the log that a snapshot was made in counts, and those after it', () => {
  expect(logsFrom([1n, 5n, 9n], 6n)).toEqual([5n, 9n])
  expect(logsFrom([1n, 5n, 9n], 9n)).toEqual([9n])
  expect(logsFrom([5n, 9n], 3n)).toEqual([5n, 9n])
  expect(logsFrom([], 3n)).toEqual([])
})
