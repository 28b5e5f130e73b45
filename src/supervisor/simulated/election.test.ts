import { expect, test } from 'bun:test'
import { systemClock, until } from '../../clock.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { joinGroup, membersOf } from './election.ts'
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

/** A folder with what others have put there, and a session `own`; the first creation is lost on its way. */
function folder(others: Record<string, { data: string; owner: string }>) {
  const nodes = new Map(Object.entries(others))
  let see: (names: string[]) => void = () => {}
  let lost = false
  const tell = () => see([...nodes.keys()])
  const session = {
    id: () => 'own',
    ensure: async () => {},
    children: async () => [...nodes.keys()],
    async read(path: string) {
      const node = nodes.get(path.slice(-10))
      return node && { ...node, data: Buffer.from(node.data), version: 0 }
    },
    async create(path: string, data: string) {
      if (!lost) {
        lost = true
        throw new Error('the connection is lost')
      }
      nodes.set(path.slice(-10), { data, owner: 'own' })
      tell()
      return path
    },
    onState: () => () => {},
    followChildren(_: string, listener: typeof see) {
      see = listener
      return () => {}
    },
  }
  return { session: session as unknown as Session, nodes, tell }
}

test('what a process before this one has left is not its own, and what is gone is made again', async () => {
  const { session, nodes, tell } = folder({ '0000000004': { data: 'replica', owner: 'before' } })
  const group = { dir: '/log_replicas', prefix: '' }
  const member = joinGroup(session, group, 'replica', { clock: systemClock, random: () => 0 })
  const joined = (sequence: number) =>
    until(systemClock, { everyMs: 5, timeoutMs: 5000 }, () => member.sequence() === sequence || undefined)
  expect(await joined(5)).toBe(true)
  nodes.clear()
  nodes.set('0000000007', { data: 'other', owner: 'other' })
  tell()
  expect(await joined(8)).toBe(true)
  member.stop()
})
