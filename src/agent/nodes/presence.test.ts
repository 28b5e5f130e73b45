import { expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../clock.ts'
import type { Znode } from '../../config/zookeeper/session.ts'
import { silentLog } from '../../log.ts'
import type { Node } from './node.ts'
import { openPresence } from './presence.ts'

const own: Node = {
  ...{ name: 'a', address: '10.0.0.1', gossip: '10.0.0.1:7946', api: '10.0.0.1:7947', version: '1' },
  ...{ roles: ['worker'], ready: true, services: [], dns: 'ready', problems: [] },
}

/** A znode, a session that owns what it makes, and timers that fire when told to. */
function world() {
  const timers: { ms: number; run: () => void }[] = []
  const clock: Clock = {
    ...systemClock,
    after(ms, run) {
      const timer = { ms, run }
      timers.push(timer)
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1)
      }
    },
  }
  let znode: Znode | undefined
  let watch = (_: Znode | undefined) => {}
  let said: Node | undefined = own
  const set = (next: Znode | undefined) => {
    znode = next
    watch(next)
  }
  const session = {
    follow(_: string, see: (node: Znode | undefined) => void) {
      watch = see
      see(znode)
      return () => {}
    },
    state: () => 'connected' as const,
    id: () => 'ours',
    ensure: async () => {},
    read: async () => znode,
    remove: async () => set(undefined),
    async create(path: string, data: Buffer | string) {
      set({ data: Buffer.from(data), version: 0, owner: 'ours' })
      return path
    },
    async write(_: string, data: Buffer | string, version = 0) {
      set({ data: Buffer.from(data), version: version + 1, owner: 'ours' })
      return version + 1
    },
  }
  return {
    session,
    clock,
    set,
    describe: () => said,
    say(next: Node | undefined) {
      said = next
    },
    /** Fires what is due within so many milliseconds. */
    async pass(ms: number) {
      for (
        let due = timers.filter((one) => one.ms <= ms);
        due[0];
        due = timers.filter((one) => one.ms <= ms)
      ) {
        timers.splice(timers.indexOf(due[0]), 1)
        due[0].run()
        await Bun.sleep(0)
      }
    },
    read: () => znode && { ...JSON.parse(znode.data.toString()), owner: znode.owner },
  }
}

function open(at: ReturnType<typeof world>, path = '/nodes/id') {
  return openPresence({ ...at, path, log: silentLog, onChange() {} })
}

test('a machine writes what it is once it has something to say, and again when that changes or its znode is gone', async () => {
  const at = world()
  at.say(undefined)
  const presence = open(at)
  await at.pass(1000)
  expect(at.read()).toBeUndefined()
  at.say(own)
  presence.look()
  await at.pass(1000)
  expect(at.read()).toMatchObject({ name: 'a', ready: true, owner: 'ours' })
  at.say({ ...own, ready: false })
  presence.look()
  await at.pass(1000)
  expect(at.read()).toMatchObject({ ready: false })
  at.set(undefined)
  await at.pass(1000)
  expect(at.read()).toMatchObject({ ready: false, owner: 'ours' })
  await presence.stop()
})

test('a znode of the session before is waited for; one that stays belongs to a machine with the same id', async () => {
  const at = world()
  const foreign = { data: Buffer.from(JSON.stringify({ ...own, name: 'copy' })), version: 0, owner: 'theirs' }
  at.set(foreign)
  const presence = open(at)
  await at.pass(1000)
  expect(at.read()).toMatchObject({ owner: 'theirs' })
  expect(presence.problem()).toBeUndefined()
  await at.pass(60_000)
  expect(presence.problem()).toContain('copy (10.0.0.1)')
  at.set(undefined)
  await at.pass(1000)
  expect(at.read()).toMatchObject({ name: 'a', owner: 'ours' })
  expect(presence.problem()).toBeUndefined()
  await presence.stop()
})

test('a machine that leaves takes its znode away, writes it no more, and touches nobody else’s', async () => {
  const at = world()
  const presence = open(at)
  await at.pass(1000)
  expect(at.read()).toMatchObject({ name: 'a', owner: 'ours' })
  presence.look()
  await presence.leave()
  await at.pass(1000)
  expect(at.read()).toBeUndefined()
  const foreign = { data: Buffer.from(JSON.stringify(own)), version: 0, owner: 'theirs' }
  at.set(foreign)
  await presence.leave()
  expect(at.read()).toMatchObject({ owner: 'theirs' })
})
