import { describe, expect, test } from 'bun:test'
import { systemClock } from '../../clock.ts'
import type { Znode } from '../../config/zookeeper/session.ts'
import { silentLog } from '../../log.ts'
import type { TokenRecord } from './token.ts'
import { openTokens } from './tokens.ts'

const keyA = new Uint8Array(32).fill(1)
const keyB = new Uint8Array(32).fill(2)

/** Znodes that several machines see. */
function zookeeper() {
  const znodes = new Map<string, Znode>()
  const watches = new Set<() => void>()
  const told = () => {
    for (const watch of watches) watch()
  }
  const session = {
    ensure: async () => {},
    read: async (path: string) => znodes.get(path),
    async create(path: string, data: Buffer | string) {
      znodes.set(path, { data: Buffer.from(data), version: 0 })
      told()
      return path
    },
    async write(path: string, data: Buffer | string, version = 0) {
      znodes.set(path, { data: Buffer.from(data), version: version + 1 })
      return version + 1
    },
    async remove(path: string) {
      znodes.delete(path)
      told()
    },
    followChildren(root: string, see: (names: string[]) => void) {
      const watch = () => see([...znodes.keys()].map((path) => path.slice(root.length + 1)))
      watches.add(watch)
      watch()
      return () => watches.delete(watch)
    },
  }
  return { session, znodes, told }
}

function machine(session: ReturnType<typeof zookeeper>['session'], ring: Uint8Array[]) {
  let now = 1000
  let kept: TokenRecord[] = []
  const listeners = new Set<() => void>()
  const tokens = openTokens({
    session,
    root: '/tokens',
    keys: {
      bytes: () => ring,
      onChange(see) {
        listeners.add(see)
        return () => listeners.delete(see)
      },
    },
    kept: { recall: () => kept, remember: (all) => (kept = all) },
    clock: { ...systemClock, now: () => now },
    random: (bytes) => crypto.getRandomValues(bytes),
    log: silentLog,
  })
  return {
    tokens,
    kept: () => kept,
    pass: (ms: number) => (now += ms),
    change(next: Uint8Array[]) {
      ring = next
      for (const see of listeners) see()
    },
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a token', () => {
  test('that one machine makes is good on each, until it runs out or is revoked', async () => {
    const { session } = zookeeper()
    const [a, b] = [machine(session, [keyA]), machine(session, [keyA])]
    const { token, record } = await a.tokens.create({ scope: 'change', who: 'me@a', expires: 5000 })
    const other = await b.tokens.create({ scope: 'read', who: 'me@b' })
    await settled()
    for (const { tokens } of [a, b]) {
      expect(tokens.check(token)).toBe('change')
      expect(tokens.check(other.token)).toBe('read')
      expect(tokens.check(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).toBeUndefined()
      expect(tokens.check('')).toBeUndefined()
    }
    await b.tokens.revoke(other.record.id)
    await settled()
    expect(a.tokens.check(other.token)).toBeUndefined()
    expect(a.tokens.list().map(({ id }) => id)).toEqual([record.id])
    a.pass(4000)
    expect(a.tokens.check(token)).toBeUndefined()
    expect(b.tokens.check(token)).toBe('change')
    expect(b.tokens.revoke('00000000')).rejects.toMatchObject({ code: 'token-unknown' })
  })

  test('is kept as a hash alone, in ZooKeeper and on the machine', async () => {
    const { session, znodes } = zookeeper()
    const a = machine(session, [])
    const { token } = await a.tokens.create({ scope: 'read', who: 'me@a' })
    await settled()
    const secret = token.slice(13)
    expect(secret.length).toBe(43)
    for (const { data } of znodes.values()) expect(data.toString()).not.toContain(secret)
    expect(JSON.stringify(a.kept())).not.toContain(secret)
    expect(a.kept()).toHaveLength(1)
  })

  test('is not made by writing to ZooKeeper without the key', async () => {
    const { session, znodes, told } = zookeeper()
    const a = machine(session, [keyA])
    const stranger = machine(zookeeper().session, [])
    const forged = await stranger.tokens.create({ scope: 'change', who: 'them' })
    const { id } = forged.record
    znodes.set(`/tokens/${id}`, { data: Buffer.from(JSON.stringify(forged.record)), version: 0 })
    const { token, record } = await a.tokens.create({ scope: 'read', who: 'me@a' })
    const letter = znodes.get(`/tokens/${record.id}`)
    if (letter) znodes.set('/tokens/11111111', letter)
    told()
    await settled()
    expect(a.tokens.check(forged.token)).toBeUndefined()
    expect(a.tokens.list()).toHaveLength(1)
    expect(a.tokens.check(token)).toBe('read')
  })

  test('outlives the key under which it was made', async () => {
    const { session } = zookeeper()
    const a = machine(session, [keyA])
    const { token } = await a.tokens.create({ scope: 'read', who: 'me@a' })
    a.change([keyB, keyA])
    await settled()
    await settled()
    a.change([keyB])
    const late = machine(session, [keyB])
    await settled()
    await settled()
    expect(late.tokens.check(token)).toBe('read')
  })
})
