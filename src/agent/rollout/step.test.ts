import { expect, test } from 'bun:test'
import { change, own, service, world } from '../../../test/disorder/holder.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'
import type { Part } from '../plan/part.ts'
import { judge } from './judge.ts'
import { abort, begin, grant, halt, pause, withdraw } from './moves.ts'
import { next } from './next.ts'
import type { Rollout } from './rollout.ts'

const other = { id: 'id-b', name: 'b' }

test('a machine with the permit changes, and gives its word when all has been ready for a while', async () => {
  const { at, word, stands } = world()
  expect(await word()).toEqual({ ...own, step: 1, kind: 'done' })
  expect(at.begun).toBe(1)
  expect(stands().permit).toBeUndefined()
  // Whoever reads the word reads of a machine on which nothing waits any more.
  expect(at.said).toEqual([0])
})

test('it does not begin while another member does not serve', async () => {
  const { at, stepper, word } = world()
  at.hindrance = 'ZooKeeper to serve at b'
  while (at.looks < 5) await Bun.sleep(1)
  expect([at.begun, stepper.waits()]).toEqual([0, 'ZooKeeper to serve at b'])
  at.hindrance = undefined
  expect(await word()).toMatchObject({ kind: 'done' })
})

test('it begins although one that does not answer has made its look at the others last', async () => {
  const { at, word } = world()
  at.lookMs = 3000
  expect(await word()).toMatchObject({ kind: 'done' })
})

test('it claims nothing after a look that is too old to count, and tells for what it waits', async () => {
  const { at, stepper, stands, word } = world()
  at.lookMs = 60_000
  while (at.looks < 5) await Bun.sleep(1)
  expect([at.begun, stands().permit?.begun]).toEqual([0, []])
  expect(stepper.waits()).toBe('a look at all others that is not old already')
  at.lookMs = 0
  expect(await word()).toMatchObject({ kind: 'done' })
})

test('one whose program ends again and again goes back to what ran before, and says why', async () => {
  const { at, word, isTrying, stands } = world()
  at.fares = service('failed', { reason: 'ended with exit code 1' })
  expect(await word()).toMatchObject({
    kind: 'failed',
    reason: 'zookeeper does not run: ended with exit code 1; it is as before',
  })
  expect([at.begun, at.takenBack, isTrying(), stands().state]).toEqual([1, 1, false, 'halted'])
})

test('one whose program is not ready in time goes back; what it waited for is told', async () => {
  const { at, word } = world()
  at.fares = service('starting', { reason: 'no client session yet' })
  expect((await word())?.reason).toBe(
    'not ready in time: zookeeper is starting: no client session yet; it is as before',
  )
})

test('an agent that was killed in between goes on with what is tried, and does not begin anew', async () => {
  const { at, word } = world({ tries: { excused: [] } })
  expect(await word()).toMatchObject({ kind: 'done' })
  expect(at.begun).toBe(0)
})

test('what did not run before is no fault of the step, for an agent that is killed in between too', async () => {
  const ill = service('failed', { name: 'marathon' })
  for (const how of [{}, { tries: { excused: ['marathon'] } }]) {
    const one = world(how)
    one.at.beside = [ill]
    expect(await one.word()).toEqual({ ...own, step: 1, kind: 'done', excused: ['marathon'] })
  }
  const fell = world({
    point() {
      if (fell.at.begun > 0) fell.at.beside = [ill]
    },
  })
  expect(await fell.word()).toMatchObject({ kind: 'failed' })
})

test('one that has no ZooKeeper any more, by what it tries, goes back, and gives its word when it has', async () => {
  const { at, set, stands, word } = world({ connected: false, tries: { excused: [] } })
  at.fares = service('failed', { reason: 'ended with exit code 1' })
  for (let turn = 0; turn < 2000 && at.takenBack === 0; turn++) await Bun.sleep(1)
  expect([at.takenBack, stands().past]).toEqual([1, []])
  at.connected = true
  set(stands())
  expect(await word()).toMatchObject({ kind: 'failed', reason: expect.stringContaining('it is as before') })
  expect([at.begun, at.takenBack]).toEqual([0, 1])
})

test('an agent that was killed between going back and its word says that it has failed, and does not try it again', async () => {
  const { at, word, hasFailed } = world({ failed: 'zookeeper does not run' })
  expect(await word()).toMatchObject({ kind: 'failed', reason: 'zookeeper does not run; it is as before' })
  expect([at.begun, at.takenBack, hasFailed()]).toEqual([0, 0, false])
})

test('one that has read no rollout yet when what it tries costs it ZooKeeper judges it all the same', async () => {
  const { at, stepper } = world({ unread: true, tries: { excused: [] } })
  await Bun.sleep(5)
  at.fares = service('failed', { reason: 'ended with exit code 1' })
  at.connected = false
  for (let turn = 0; turn < 2000 && at.takenBack === 0; turn++) await Bun.sleep(1)
  await stepper.stop()
  expect(at.takenBack).toBe(1)
})

test('what the full disk does not let it write down is tried again, and ends nothing else', async () => {
  const { at, set, stands, isTrying, stepper } = world({ tries: { excused: [] } })
  at.isDiskFull = true
  set(withdraw(stands(), 'a'))
  await Bun.sleep(5)
  expect(isTrying()).toBe(true)
  at.isDiskFull = false
  for (let turn = 0; turn < 2000 && isTrying(); turn++) await Bun.sleep(1)
  await stepper.stop()
  expect(isTrying()).toBe(false)
})

test('what is tried for a change of controllers is not judged by the programs of this machine alone', async () => {
  const { at, stepper, isTrying } = world({ connected: false, tries: {} })
  at.fares = service('failed')
  await Bun.sleep(20)
  await stepper.stop()
  expect([at.takenBack, isTrying()]).toEqual([0, true])
})

test('one that finds ZooKeeper while it judges by itself asks for its permit before it takes anything back', async () => {
  let polls = 0
  const one = world({
    ...{ connected: false, tries: { excused: [] } },
    point() {
      if (polls++ !== 3) return
      one.at.connected = true
      // By the word of an operator its permit is over: what it tries is what runs from then on.
      one.set(withdraw(one.stands(), 'a'))
    },
  })
  one.at.fares = service('starting')
  for (let turn = 0; turn < 2000 && one.isTrying(); turn++) await Bun.sleep(1)
  await one.stepper.stop()
  expect([polls, one.at.takenBack, one.isTrying()]).toEqual([4, 0, false])
})

test('a word that may not have been taken is said again; nothing is done twice for it', async () => {
  for (const loss of ['before', 'after'] as const)
    for (const kind of ['done', 'failed'] as const) {
      const { at, word } = world()
      at.losses.push('none', loss) // the claim is taken
      if (kind === 'failed') at.fares = service('failed')
      expect(await word()).toMatchObject({ kind })
      expect(at.begun).toBe(1)
    }
})

test('what cannot be planned, or be had, is not done', async () => {
  const unplanned = world()
  unplanned.at.applied = false
  expect((await unplanned.word())?.reason).toContain('not ready in time: the plan')
  const lacking = world()
  lacking.at.busy = { kind: 'failed', why: 'mesos-master 1.11 cannot be had' }
  expect((await lacking.word())?.reason).toContain('mesos-master 1.11 cannot be had')
})

test('a step that is given again, by a ZooKeeper that was made anew without the last one, is done again', async () => {
  const one = world()
  await one.spoken()
  const newer = { kind: 'document' as const, version: 2, digest: 'y' }
  one.at.document = newer
  one.wait()
  one.set(grant(begin(undefined, newer), [own]))
  expect(await one.word()).toEqual({ ...own, step: 1, kind: 'done' })
  expect(one.at.begun).toBe(2)
})

test('one that has come back without its disk says that the step has failed, and does nothing', async () => {
  const before = { ...own, id: 'id-before', address: '10.0.0.1' }
  const { at, word } = world({ holder: before })
  expect(await word()).toMatchObject({ id: 'id-before', kind: 'failed' })
  expect(at.begun).toBe(0)
})

test('a permit for a document that is no more the newest, or for a rollout that was aborted, is given back', async () => {
  const newer = world({ document: { version: 2, digest: 'y' } })
  expect(await newer.word()).toMatchObject({
    kind: 'skipped',
    reason: 'version 2 of the document has come since',
  })
  const aborted = world({ aborted: true })
  expect(await aborted.word()).toMatchObject({ kind: 'skipped' })
  const behind = world({ document: { version: 0, digest: 'z' } })
  expect(await behind.word()).toMatchObject({ kind: 'done' })
  expect([newer.at.begun, aborted.at.begun, behind.at.begun]).toEqual([0, 0, 1])
})

test('a newer document that says the same of programs is the one that the permit is for', async () => {
  const live = world({ document: { version: 2, digest: 'x' } })
  expect(await live.word()).toMatchObject({ kind: 'done' })
  expect(live.at.begun).toBe(1)
})

test('a document that comes while it looks at the others is not tried under the permit of the one before', async () => {
  const one = world({
    point() {
      if (one.at.looks === 1) one.at.document = { version: 2, digest: 'y' }
    },
  })
  expect(await one.word()).toMatchObject({
    kind: 'skipped',
    reason: 'version 2 of the document has come since',
  })
  expect(one.at.begun).toBe(0)
})

test('one that has not begun gives its permit back when the rollout is paused or has halted, and changes nothing', async () => {
  const ways = [
    { way: pause, reason: 'the rollout was paused' },
    { way: (one: Rollout) => halt(one, 'b failed'), reason: 'the rollout has halted' },
    { way: abort, reason: 'the rollout was aborted' },
  ]
  for (const { way, reason } of ways) {
    const hindered = world()
    hindered.at.hindrance = 'ZooKeeper to serve at b'
    while (hindered.at.looks < 3) await Bun.sleep(1)
    hindered.set(way(hindered.stands()))
    expect(await hindered.word()).toMatchObject({
      kind: 'skipped',
      reason: `${reason} while it waited for ZooKeeper to serve at b`,
    })
    // As late as between its last look at the others and its claim.
    const late = world({
      point() {
        if (late.at.looks === 1) late.set(way(late.stands()))
      },
    })
    expect(await late.word()).toMatchObject({ kind: 'skipped', reason })
    const begun = world({ tries: { excused: [] } })
    begun.set(way(begun.stands()))
    expect(await begun.word()).toMatchObject({ kind: 'done' })
    expect([hindered.at.begun, late.at.begun]).toEqual([0, 0])
  }
})

test('what is tried under a permit that was taken away by an operator is what runs from then on', async () => {
  const { set, stands, isTrying, stepper } = world({ tries: { excused: [] } })
  set(withdraw(stands(), 'a'))
  expect(isTrying()).toBe(false)
  await stepper.stop()
})

test('asleep at whatever point of its step, for longer than any session: nobody else gets a permit before its word', async () => {
  let points = 0
  await world({ point: () => points++ }).word()
  // What is thrown while a machine acts it takes for a fault of its own: they are told of at the end.
  const faults: object[] = []
  const b = {
    id: 'id-b',
    name: 'b',
    address: '',
    controller: true,
    version: 1,
    digest: change.digest,
    leads: [],
    refuses: false,
    ready: true,
  }
  const machines = [{ ...b, waits: ['zookeeper'] as Part[], serves: ['zookeeper'] as Part[] }]
  const limits = { maxUnavailable: 1, canary: true, wordMs: 10_000 }

  /** Its session is over, and whoever decides has waited for long; somebody even says that it may go on. */
  function decide(asleepAt: number, { stands, set }: ReturnType<typeof world>): void {
    for (const waitedMs of [0, 60_000])
      try {
        const decided = next(stands(), { document: change, machines, lacks: [], limits, waitedMs })
        if (decided.kind !== 'write') continue
        const { permit } = decided.rollout
        if (!Bun.deepEquals(permit?.machines, [own])) faults.push({ asleepAt, permit })
        set({ ...decided.rollout, state: 'running' })
      } catch (error) {
        faults.push({ asleepAt, error })
      }
  }

  for (let asleepAt = 0; asleepAt < points; asleepAt++) {
    let count = 0
    const sleeper = world({
      point() {
        if (count++ !== asleepAt || sleeper.stands().past.length > 0) return
        sleeper.jump(60_000)
        const { at } = sleeper
        const began = at.begun
        decide(asleepAt, sleeper)
        // While it slept another member fell: it must be seen before anything is begun.
        if (began > 0) return
        at.hindrance = 'ZooKeeper to serve at b'
        setTimeout(() => {
          if (at.begun > 0) faults.push({ asleepAt, begun: at.begun })
          at.hindrance = undefined
        }, 20)
      },
    })
    const word = await sleeper.word()
    expect({ asleepAt, word }).toEqual({ asleepAt, word: { ...own, step: 1, kind: 'done' } })
  }
  expect(faults).toEqual([])
  expect(points).toBeGreaterThan(10)
})

test('a machine has no part in the permits of others', async () => {
  const { at, set, stands, stepper } = world()
  const { permit: _, ...free } = stands()
  set(grant({ ...free, step: 1 }, [other]))
  await Bun.sleep(20)
  await stepper.stop()
  expect(at.begun).toBe(0)
})

test('the programs of a machine are judged by their states and by how often they have ended since', () => {
  const before = new Map([['zookeeper' as const, 1]])
  const kinds = (...services: ServiceStatus[]) => judge(services, before).kind
  expect(kinds(service('ready'))).toBe('ready')
  expect(kinds(service('stopped', { byHand: true }))).toBe('ready')
  expect(kinds(service('starting'))).toBe('coming')
  expect(kinds(service('backing-off', { restarts: 3 }))).toBe('coming')
  expect(kinds(service('backing-off', { restarts: 4 }))).toBe('failed')
  expect(kinds(service('failed'))).toBe('failed')
  expect(kinds(service('ready', { restarts: 4 }))).toBe('ready')
})
