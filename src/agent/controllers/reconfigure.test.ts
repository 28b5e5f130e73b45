import { describe, expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../clock.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import type { Place } from '../place.ts'
import type { Progress, Seat } from './change.ts'
import { reconfigureTo } from './reconfigure.ts'

const recordId = '00000000-0000-4000-8000-000000000000'
const seat = (id: number, at = id): Seat => ({
  ...{ node: `n${at}`, name: `m${at}`, zookeeper: 'follows', master: 'none', list: [] },
  server: { id, host: `10.0.0.${at}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
})
const growth = (seats: Seat[]): Progress => ({
  ...{ verb: 'add', former: [1], wanted: [1, 2, 3], proven: false, seats },
})

/** What waits for minutes is over at once. */
function hasty(): Clock {
  let now = 0
  return {
    ...systemClock,
    monotonic: () => now,
    async sleep(ms) {
      now += ms
    },
  }
}

/** An ensemble of these servers, as ZooKeeper and the record of the cluster tell it; nothing takes a change of it. */
const depsWith = (...servers: number[]) => ({
  session: {
    async read(path: string) {
      const lines = servers.map((id) => `server.${id}=zk${id}:2888:3888:participant;0.0.0.0:2181\n`)
      const record = { id: recordId, simulated: false, bornAt: '2026-01-01T00:00:00.000Z' }
      const text =
        path === '/c'
          ? JSON.stringify({ ...record, servers: servers.map((id) => seat(id).server) })
          : `${lines.join('')}version=100000003`
      return { data: Buffer.from(text), version: 1 }
    },
  } as unknown as Session,
  place: {
    birth: () => ({ clientPort: 1 }),
    ensemble: () => ({ kind: 'managed', address: '127.0.0.1' }),
    password: () => 'x',
  } as unknown as Place,
  ...{ clusterPath: '/c', clock: hasty() },
})

describe('a new list of servers', () => {
  test('is not taken for the one that is there where a server of it is another machine', async () => {
    const progress = growth([seat(1), seat(2, 4), seat(3, 5)])
    await expect(reconfigureTo(progress, depsWith(1, 2, 3), async () => true)).rejects.toThrow(
      'm4 was to be server 2, and server 2 is at 10.0.0.2',
    )
  })

  test('has nobody vote before each new server takes clients, be it that a majority of the list does', async () => {
    const progress = growth([seat(1), seat(2), seat(3)])
    const asked = reconfigureTo(progress, depsWith(1), async ({ id }) => id !== 3)
    await expect(asked).rejects.toThrow('the ZooKeeper of m3 takes no client')
  })

  test('that is there already is nothing to ask for', async () => {
    await reconfigureTo(growth([seat(1), seat(2), seat(3)]), depsWith(1, 2, 3), async () => false)
  })
})
