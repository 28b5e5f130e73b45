import { expect, test } from 'bun:test'
import type { Clock } from '../../clock.ts'
import { checkSettings } from '../../config/document/check.ts'
import { silentLog } from '../../log.ts'
import type { Node } from '../nodes/node.ts'
import type { Part } from '../plan/part.ts'
import { abort, begin, finish, grant, halt, speak } from './moves.ts'
import { openRolling } from './rolling.ts'
import type { Rollout } from './rollout.ts'

const [one, two] = [
  { version: 1, digest: 'd1' },
  { version: 2, digest: 'd2' },
]
const ofDocument = begin(undefined, { kind: 'document', ...one })
const ofControllers = begin(undefined, { kind: 'controllers', id: 'x', text: 'the controllers become a, b' })

const node = (name: string, roles: Node['roles'], more: Partial<Node> = {}): Node => ({
  ...{ name, address: `at-${name}`, api: '', roles, version: '1', document: 1, programs: 'd1', ready: true },
  ...{ dns: 'ready', problems: [], services: [], ...more },
})
const waiting = { waits: ['mesos-agent'], services: [{ name: 'mesos-agent', state: 'ready', address: '' }] }

function configuration() {
  const checked = checkSettings({})
  if (checked.kind === 'valid') return checked.config
  throw new Error('the defaults are not valid')
}

/** This machine (`a`) among others, with all that surrounds its part in rollouts, in a time of its own. */
function machine(
  first: Rollout | undefined,
  nodes: Node[],
  { isController = true, waits = [] }: { isController?: boolean; waits?: Part[] } = {},
) {
  let stands = first
  let now = 0
  let trial: { step: number; isApplied(): boolean; keep(): void; takeBack(): void } | undefined
  const timers = new Map<() => void, number>()
  const listeners = new Set<() => void>()
  const at = {
    connected: true,
    /** By gossip. */
    alive: [] as string[],
    document: one,
    inZooKeeper: one,
    refuses: false,
    /** Each text is its own digest. */
    history: [] as { version: number; text: string }[],
    waits,
    begun: 0,
    said: 0,
    meanwhile() {},
    rollout: () => stands,
    set(rollout: Rollout) {
      stands = rollout
      for (const see of listeners) see()
    },
  }
  const settle = async () => {
    for (let turn = 0; turn < 60; turn++) await Promise.resolve()
  }
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((wake, fail) => {
        if (signal?.aborted) return fail(signal.reason)
        clock.after(ms, wake)
        signal?.addEventListener('abort', () => fail(signal.reason))
      }),
    after(ms, run) {
      timers.set(run, now + ms)
      return () => timers.delete(run)
    },
  }
  const rolling = openRolling({
    rollouts: {
      seen: () => stands,
      problem: () => undefined,
      onChange(see) {
        listeners.add(see)
        return () => listeners.delete(see)
      },
      async change(move) {
        const moved = await move(stands)
        if (moved) at.set(moved)
        return moved
      },
      stop() {},
    },
    ...{ node: 'id-a', name: 'a', address: 'at-a' },
    masters: { master: () => ({ scheme: 'http', authorization: async () => undefined }) },
    membership: {
      document: () => at.document,
      programs: () => at.document.digest,
      latest: () => at.inZooKeeper.version,
      newest: () => ({ ...at.document, text: '' }),
      async read() {
        if (!at.refuses) at.document = at.inZooKeeper
      },
      cluster: () => ({ id: crypto.randomUUID(), simulated: false, bornAt: '', servers: [] }),
    },
    history: async () => at.history,
    digestOf: (text) => text,
    config: configuration,
    planner: {
      waits: () => (trial ? [] : at.waits),
      trial: () => trial,
      failure: () => undefined,
      begin(step) {
        at.begun++
        const keep = () => {
          trial = undefined
          at.waits = []
        }
        trial = { step, isApplied: () => true, keep, takeBack: keep }
        return trial
      },
    },
    async nodes() {
      at.meanwhile()
      return new Map(
        nodes.map((each) => [
          `id-${each.name}`,
          each.name === 'a'
            ? { ...each, document: at.document.version, programs: at.document.digest, waits: at.waits }
            : each,
        ]),
      )
    },
    onNodes: () => () => {},
    isController: () => isController,
    supervisor: { status: () => [] },
    busy: () => undefined,
    async say() {
      at.said++
    },
    isConnected: () => at.connected,
    isAlive: (id) => at.alive.includes(id),
    reconcile() {},
    clock,
    log: silentLog,
    onChange() {},
  })
  return {
    ...{ at, rolling },
    async pass(ms: number) {
      for (const end = now + ms; now < end; now += 250) {
        for (const [run, due] of [...timers])
          if (due <= now) {
            timers.delete(run)
            run()
          }
        await settle()
      }
    },
  }
}

test('a machine gives permits, does its own step, says its word, and ends the rollout', async () => {
  const { at, pass } = machine(undefined, [node('a', ['controller', 'worker'])], { waits: ['mesos-agent'] })
  await pass(8000)
  expect(at.rollout()).toMatchObject({ state: 'done', past: [{ name: 'a', kind: 'done', step: 1 }] })
  expect([at.begun, at.said]).toEqual([1, 1])
})

test('a change begins with the version to go back to: the newest that says what was proven', async () => {
  const { at, pass } = machine(finish(ofDocument), [node('a', ['controller'])])
  const live = { version: 2, text: 'd1' }
  at.document = { version: 4, digest: 'd2' }
  at.inZooKeeper = at.document
  // A live one has come after the change, too, before anybody began.
  at.history = [{ version: 4, text: 'd2' }, { version: 3, text: 'd2' }, live, { version: 1, text: 'd1' }]
  at.waits = ['mesos-agent']
  await pass(1500)
  expect(at.rollout()).toMatchObject({ change: { version: 4 }, sound: { version: 2, digest: 'd1' } })
})

test('who only works gives no permits where there are controllers, and who is second waits for the first', async () => {
  const b = node('b', ['worker'], waiting)
  const worker = machine(undefined, [node('a', ['worker']), b], { isController: false })
  await worker.pass(10_000)
  expect(worker.at.rollout()).toBeUndefined()
  const second = machine(undefined, [node('0', ['controller']), node('a', ['controller']), b])
  await second.pass(2500)
  expect(second.at.rollout()).toBeUndefined()
  await second.pass(10_000)
  expect(second.at.rollout()?.permit?.machines).toMatchObject([{ name: 'b' }])
})

test('who slept reads the document anew, and does not begin what is over', async () => {
  const over = finish(begin(undefined, { kind: 'document', ...two }))
  const { at, pass } = machine(over, [node('a', ['controller']), node('b', ['worker'], waiting)])
  at.inZooKeeper = two
  await pass(5000)
  expect(at.rollout()).toEqual(over)
})

test('who cannot take the newest document decides nothing by the one before, unless nobody can take it', async () => {
  const newer = { document: two.version, programs: two.digest }
  const others = [node('b', ['controller'], newer), node('c', ['worker'], { ...newer, ...waiting })]
  const ofTwo = begin(undefined, { kind: 'document', ...two })
  for (const stands of [ofTwo, halt(ofTwo, 'c failed'), grant(ofTwo, [{ id: 'id-c', name: 'c' }])]) {
    const { at, pass } = machine(stands, [node('a', ['controller']), ...others])
    at.refuses = true
    at.inZooKeeper = two
    await pass(20_000)
    expect(at.rollout()).toEqual(stands)
  }
  const { at, pass } = machine(ofDocument, [node('a', ['controller']), node('c', ['worker'], waiting)])
  at.refuses = true
  at.inZooKeeper = two
  await pass(5000)
  expect(at.rollout()?.permit?.machines).toMatchObject([{ name: 'c' }])
})

test('a change of controllers is not aborted, one that is over stays as it is', async () => {
  const { at, rolling } = machine(ofControllers, [])
  await expect(rolling.steer({ word: 'abort' })).rejects.toThrow('cannot abort a change of controllers')
  expect(at.rollout()).toEqual(ofControllers)
  at.set(abort(ofControllers))
  expect(await rolling.steer({ word: 'abort' })).toMatchObject({ state: 'aborted' })
})

test('who pauses before there ever was a rollout has proven nothing of what stands there', async () => {
  const { at, rolling } = machine(undefined, [])
  expect(await rolling.steer({ word: 'pause' })).toMatchObject({ state: 'done', paused: true })
  expect(at.rollout()?.sound).toBeUndefined()
})

test('nobody goes on without a machine that lives, as far as anybody can know', async () => {
  const open = grant(ofDocument, [{ id: 'id-b', name: 'b' }])
  const goOn = { word: 'resume', without: 'b' } as const
  const { at, rolling } = machine(open, [node('b', ['worker'])])
  await expect(rolling.steer(goOn)).rejects.toThrow('cannot go on without b: it is in touch with ZooKeeper')
  await expect(rolling.steer({ ...goOn, without: 'c' })).rejects.toThrow('its word is not waited for')
  const off = machine(open, [])
  off.at.connected = false
  await expect(off.rolling.steer(goOn)).rejects.toThrow('nobody knows now')
  off.at.connected = true
  off.at.alive = ['id-b']
  await expect(off.rolling.steer(goOn)).rejects.toThrow('gossip finds it alive')
  expect([at.rollout(), off.at.rollout()]).toEqual([open, open])
  off.at.alive = []
  expect(await off.rolling.steer(goOn)).toMatchObject({ past: [{ name: 'b', kind: 'skipped' }] })
  expect(off.at.rollout()?.permit).toBeUndefined()
})

test('one that was aborted says that it waits for a machine, and goes no further by the word that it is off', async () => {
  const aborted = abort(grant(ofDocument, [{ id: 'id-b', name: 'b' }]))
  const { at, rolling, pass } = machine(aborted, [node('a', ['controller'])])
  await pass(1000)
  expect(rolling.status()?.waits).toBe('the word of b')
  await pass(2000 * configuration().rollout.stepTimeout + 2000)
  expect(at.rollout()?.why).toContain('b has not said')
  await rolling.steer({ word: 'resume', without: 'b' })
  expect(at.rollout()).toMatchObject({ state: 'aborted', past: [{ name: 'b', kind: 'skipped' }] })
  expect(at.rollout()?.permit).toBeUndefined()
})

test('that a machine is off is said of the step that it was off in, and of none that has come since', async () => {
  const b = { id: 'id-b', name: 'b' }
  const open = grant(ofDocument, [b])
  const { at, rolling } = machine(open, [])
  const later = grant(speak(open, 1, 'id-b', { kind: 'done' }) ?? open, [b])
  at.meanwhile = () => at.set(later)
  await expect(rolling.steer({ word: 'resume', without: 'b' })).rejects.toThrow('its word is not waited for')
  expect(at.rollout()).toEqual(later)
})

test('nobody waits for the word of a machine that has left', async () => {
  const a = { id: 'id-a', name: 'a' }
  const open = grant(ofDocument, [a, { id: 'id-b', name: 'b' }])
  const { at, rolling } = machine(open, [], { waits: ['mesos-agent'] })
  await rolling.stop()
  await rolling.leave()
  expect(at.rollout()).toMatchObject({ past: [{ ...a, kind: 'skipped', reason: 'it has left the cluster' }] })
  // Of a change of controllers it may be half of the work.
  for (const other of [grant(ofControllers, [a]), ofDocument]) {
    at.set(other)
    await rolling.leave()
    expect(at.rollout()).toBe(other)
  }
})

test('a change of controllers goes on without a machine that is off for good, be it at its step or not', async () => {
  const server = { clientPort: 2181, quorumPort: 2888, electionPort: 3888 }
  const seats = ['a', 'b', 'c'].map((name, index) => ({
    ...{ node: `id-${name}`, name, server: { id: index + 1, host: `10.0.0.${index + 1}`, ...server } },
    ...(index === 0
      ? { zookeeper: 'votes', master: 'runs', list: [1] }
      : { zookeeper: 'none', master: 'none', list: [] }),
  }))
  const progress = { verb: 'add', seats, former: [1], wanted: [1, 2, 3], proven: false }
  const { at, rolling } = machine({ ...ofControllers, progress }, [])
  await expect(rolling.steer({ word: 'resume', without: 'd' })).rejects.toThrow('its word is not waited for')
  at.alive = ['id-c']
  await expect(rolling.steer({ word: 'resume', without: 'c' })).rejects.toThrow('gossip finds it alive')
  at.alive = []
  await rolling.steer({ word: 'resume', without: 'c' })
  expect(at.rollout()?.progress).toMatchObject({ wanted: [1], back: 'c is off for good' })
})
