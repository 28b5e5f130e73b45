import { expect, test } from 'bun:test'
import { membersOf } from './election.ts'
import { littleEndian } from './master/api/v1.ts'
import { readInfo } from './master/elect.ts'

test('the smallest number leads; other znodes are no members', () => {
  const names = [
    'json.info_0000000012',
    'log_replicas',
    'json.info_0000000009',
    'info_0000000001',
    'json.info_x',
  ]
  expect(membersOf(names, 'json.info_').map(({ sequence }) => sequence)).toEqual([9, 12])
  expect(membersOf(['0000000003', 'x'], '')).toEqual([{ name: '0000000003', sequence: 3 }])
})

test("a master's znode is read, and a stranger's is not", () => {
  const data =
    '{"address":{"hostname":"a","ip":"127.0.0.1","port":5050},"hostname":"a","id":"i","ip":16777343,"pid":"master@127.0.0.1:5050","port":5050}'
  expect(readInfo(data)).toEqual({
    id: 'i',
    pid: 'master@127.0.0.1:5050',
    hostname: 'a',
    ip: '127.0.0.1',
    port: 5050,
  })
  expect([readInfo('{'), readInfo('{}')]).toEqual([undefined, undefined])
  expect([littleEndian('127.0.0.1'), littleEndian('::1')]).toEqual([16777343, 0])
})
