import { expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../clock.ts'
import { sealLetter } from '../../config/secret/letter.ts'
import type { Znode } from '../../config/zookeeper/session.ts'
import { MeshboxError } from '../../error.ts'
import { hashOf, type Role, readToken } from './token.ts'
import { openJoinTokens } from './tokens.ts'

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes)
const key = random(new Uint8Array(32))

/** A cluster: znodes with versions, and machines that keep tokens in them. */
function cluster() {
  const znodes = new Map<string, Znode>()
  let now = 1_000_000
  const clock: Clock = { ...systemClock, now: () => now }
  const session = {
    ensure: async () => {},
    children: async () => [...znodes.keys()].map((path) => path.slice(path.lastIndexOf('/') + 1)),
    read: async (path: string) => znodes.get(path),
    async create(path: string, data: Buffer | string) {
      znodes.set(path, { data: Buffer.from(data), version: 0, owner: '0' })
      return path
    },
    async write(path: string, data: Buffer | string, version?: number) {
      const there = znodes.get(path)
      if (!there || there.version !== version)
        throw new MeshboxError({ code: 'zk-bad-version', message: 'somebody was faster' })
      znodes.set(path, { ...there, data: Buffer.from(data), version: version + 1 })
      return version + 1
    },
    async remove(path: string) {
      znodes.delete(path)
    },
  }
  const machine = (by: string, keys = [key]) =>
    openJoinTokens({ session, root: '/t', keys: () => keys, by, clock, random })
  return { machine, znodes, later: (ms: number) => (now += ms) }
}

const claimed = (text: string, name: string, role: Role = 'worker') => {
  const { id, secret } = readToken(text, 'the test')
  return { id, secret, role, name, address: '10.0.0.9', claim: name }
}

test('made on one machine, it is redeemed on any, by one machine alone', async () => {
  const { machine } = cluster()
  const [a, b] = [machine('a'), machine('b')]
  const { token, record } = await a.create({ role: 'worker', livesMs: 60_000 })
  await b.redeem(claimed(token, 'w1'))
  await a.redeem(claimed(token, 'w1'))
  await expect(a.redeem(claimed(token, 'w2'))).rejects.toThrow(
    `cannot join: the token ${record.id} was used already, by w1 (10.0.0.9) on 1970-01-01 00:16:40`,
  )
  expect(await b.list()).toMatchObject([
    { id: record.id, by: 'a', used: { name: 'w1', address: '10.0.0.9' } },
  ])
})

test('of many machines that redeem it at the same moment, wherever they ask, one gets in', async () => {
  const { machine } = cluster()
  const machines = ['a', 'b', 'c'].map((name) => machine(name))
  const { token } = await machine('a').create({ role: 'worker', livesMs: 60_000 })
  const tries = Array.from({ length: 12 }, (_, index) =>
    machines[index % 3]?.redeem(claimed(token, `w${index}`)),
  )
  const outcomes = await Promise.allSettled(tries)
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'token-used' })
})

test('says why it is worth nothing: it ran out, was revoked, is for the other role', async () => {
  const { machine, later } = cluster()
  const tokens = machine('a')
  const make = async (role: Role) => (await tokens.create({ role, livesMs: 60_000 })).token
  const [worker, controller] = [await make('worker'), await make('controller')]
  await expect(tokens.redeem(claimed(worker, 'm', 'controller'))).rejects.toThrow(
    'is for a worker, and this machine would be a controller',
  )
  await tokens.redeem(claimed(controller, 'm', 'controller'))
  const { id } = readToken(worker, 'the test')
  later(60_000)
  await expect(tokens.redeem(claimed(worker, 'm'))).rejects.toThrow(`the token ${id} ran out on 1970-01-01`)
  await tokens.revoke(id)
  await expect(tokens.redeem(claimed(worker, 'm'))).rejects.toThrow('it was revoked, or never made there')
  await expect(tokens.revoke(id)).rejects.toThrow('there is none of that name')
})

test('what somebody without the key writes into ZooKeeper is none', async () => {
  const { machine, znodes } = cluster()
  const tokens = machine('a')
  const { token, record } = await tokens.create({ role: 'worker', livesMs: 60_000 })
  const own = { ...claimed(token, 'm'), secret: Buffer.alloc(32) }
  const forged = Buffer.from(JSON.stringify({ ...record, hash: hashOf(own.secret) }))
  for (const data of [forged, sealLetter(forged, random(new Uint8Array(32)), ['join token', record.id])]) {
    znodes.set(`/t/${record.id}`, { data, version: 0, owner: '0' })
    await expect(tokens.redeem(own)).rejects.toMatchObject({ code: 'token-unknown' })
    expect(await tokens.list()).toEqual([])
  }
  // Nor does one stand in for another.
  const second = await tokens.create({ role: 'worker', livesMs: 60_000 })
  znodes.set(`/t/${record.id}`, znodes.get(`/t/${second.record.id}`) as Znode)
  await expect(tokens.redeem(claimed(token, 'm'))).rejects.toMatchObject({ code: 'token-unknown' })
})

test('is kept in sight for a week after it ran out, and is none of an open cluster', async () => {
  const { machine, znodes, later } = cluster()
  const tokens = machine('a')
  await tokens.create({ role: 'worker', livesMs: 1000 })
  later(7 * 86_400_000)
  await tokens.create({ role: 'worker', livesMs: 1000 })
  expect(znodes.size).toBe(2)
  later(2000)
  await tokens.create({ role: 'worker', livesMs: 1000 })
  expect(znodes.size).toBe(2)
  await expect(machine('b', []).create({ role: 'worker', livesMs: 1000 })).rejects.toThrow(
    'this cluster is open',
  )
})
