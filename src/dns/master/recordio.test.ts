import { expect, test } from 'bun:test'
import { eventType, openRecords, type StreamRecord } from './recordio.ts'

test('records are found wherever the stream is broken', () => {
  const records = [
    '{"type":"SUBSCRIBED","subscribed":{}}',
    '{"type":"HEARTBEAT"}',
    `{"type":"TASK_ADDED","x":"${'é'.repeat(900)}"}`,
  ]
  const stream = Buffer.from(records.map((text) => `${Buffer.byteLength(text)}\n${text}`).join(''))
  for (const size of [1, 5, 64, 5000]) {
    const take = openRecords()
    const found: StreamRecord[] = []
    for (let at = 0; at < stream.length; at += size) found.push(...take(stream.subarray(at, at + size)))
    expect(found.map(({ head }) => eventType(head))).toEqual(['SUBSCRIBED', 'HEARTBEAT', 'TASK_ADDED'])
    expect(found.map(({ whole }) => whole)).toEqual(records)
  }
})

test('of a very long record its beginning is kept', () => {
  const long = `{"type":"SUBSCRIBED","x":"${'x'.repeat(2_000_000)}"}`
  const stream = Buffer.from(`${long.length}\n${long}20\n{"type":"HEARTBEAT"}`)
  for (const size of [999, stream.length]) {
    const take = openRecords()
    const found: StreamRecord[] = []
    for (let at = 0; at < stream.length; at += size) found.push(...take(stream.subarray(at, at + size)))
    expect(found).toEqual([
      { head: long.slice(0, 256), whole: undefined },
      { head: '{"type":"HEARTBEAT"}', whole: '{"type":"HEARTBEAT"}' },
    ])
  }
})

test.each(['<html>\n', '-5\n', 'x'.repeat(40)])('what is no RecordIO is refused: %s', (text) => {
  expect(() => openRecords()(Buffer.from(text))).toThrow('event stream')
})
