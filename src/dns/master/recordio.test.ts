import { expect, test } from 'bun:test'
import { eventType, openRecords } from './recordio.ts'

test('records are found wherever the stream is broken', () => {
  const records = [
    '{"type":"SUBSCRIBED","subscribed":{}}',
    '{"type":"HEARTBEAT"}',
    `{"type":"TASK_ADDED","x":"${'é'.repeat(900)}"}`,
  ]
  const stream = Buffer.from(records.map((text) => `${Buffer.byteLength(text)}\n${text}`).join(''))
  for (const size of [1, 5, 64, 5000]) {
    const take = openRecords()
    const types: (string | undefined)[] = []
    for (let at = 0; at < stream.length; at += size)
      types.push(...take(stream.subarray(at, at + size)).map(eventType))
    expect(types).toEqual(['SUBSCRIBED', 'HEARTBEAT', 'TASK_ADDED'])
  }
})

test.each(['<html>\n', '-5\n', 'x'.repeat(40)])('what is no RecordIO is refused: %s', (text) => {
  expect(() => openRecords()(Buffer.from(text))).toThrow('event stream')
})
