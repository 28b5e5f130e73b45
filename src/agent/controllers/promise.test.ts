import { expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  box,
  ensembles,
  only,
  recover,
  replace,
  settle,
  start,
  useWorld,
  world,
} from '../../../test/disorder/recovery.ts'
import { systemClock, until } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'
import type { Recovery } from './recover.ts'

useWorld()

const soon = (check: () => boolean) =>
  until(systemClock, { everyMs: 2, timeoutMs: 4000 }, () => check() || undefined)

test('a machine that looks at the disks for a recovery of its own and promises another one meanwhile keeps its promise', async () => {
  rmSync(join(box(3).dir, 'zookeeper/data/version-2'), { recursive: true })
  only(1, 2, 3)
  const gate = Promise.withResolvers<void>()
  box(2).hold = (step) => (step === 'answer of 10.0.0.3' ? gate.promise : undefined)
  const second = recover(2)
  await soon(() => box(2).steps.includes('answer of 10.0.0.3'))
  const first = recover(1)
  await soon(() => box(1).steps.filter((step) => step === 'ask 10.0.0.2').length > 1)
  // Where the promise is given at once, m1 goes on until there is no way back.
  const isAlone = () => ['alone', 'done'].includes(box(1).place.recovery()?.state ?? '') || undefined
  await until(systemClock, { everyMs: 2, timeoutMs: 300 }, isAlone)
  gate.resolve()
  const ended = await Promise.all([first, second])
  expect(ended.filter((each) => each === 'done').length).toBeLessThan(2)
  // Those that were not reached come back, and m1 is out of their sight.
  world.cut = [2, 3, 4, 5].map((id) => [1, id])
  for (const id of [4, 5]) {
    box(id).on = true
    start(id)
  }
  await soon(() => box(4).zookeeper && box(5).zookeeper)
  if (ended[0] === 'done') expect(box(2).zookeeper).toBe(false)
  expect(ensembles().length).toBe(1)
})

test.each([
  ['has only begun', 'zk-forming', 'm2: cannot tell of the disk'],
  ['knows nothing of this cluster', 'recover-stranger', 'm2: its agent knows nothing of this cluster'],
])('nobody goes on beside the ZooKeeper of a machine whose agent %s', async (_, code, why) => {
  only(1, 2)
  await soon(() => box(2).zookeeper)
  const tell = async () => {
    throw new MeshboxError({ code, message: 'cannot tell of the disk' })
  }
  const { agent } = box(2)
  if (agent) box(2).agent = { ...agent, tell }
  expect(await recover(1)).toContain(why)
  expect(box(1).place.recovery()?.state).toBe('withdrawn')
})

test.each([false, true])(
  'a promise to a machine that knows nothing of it any more is told of, and ends by the command that is shown (it has only begun: %p)',
  async (isForming) => {
    only(1, 2)
    const { agent } = box(1)
    agent?.begin(false)
    await soon(() => box(2).place.recovery() !== undefined)
    expect(box(2).agent?.keeps()).toMatchObject({ from: 'm1', forgotten: false })
    box(1).kill()
    // It has joined again, with an empty disk.
    replace(1)
    const { agent: anew } = box(1)
    const tell = async () => {
      throw new MeshboxError({ code: 'recover-stranger', message: 'cannot tell of the disk' })
    }
    if (anew && isForming) box(1).agent = { ...anew, tell }
    await soon(() => box(2).agent?.keeps()?.forgotten === true)
    expect(box(2).agent?.keeps()).toEqual({
      programs: ['zookeeper', 'mesos-master'],
      from: 'm1',
      forgotten: true,
      leftOut: false,
    })
    for (const id of [3, 4]) {
      box(id).on = true
      start(id)
    }
    expect(await recover(2)).toContain('are a majority, and hold data')
    await soon(() => ensembles().length > 0)
    expect(ensembles().map((voters) => voters.map(({ id }) => id))).toEqual([[2, 3, 4]])
    expect(box(3).place.recovery()).toBeUndefined()
    expect(box(2).agent?.keeps()).toBeUndefined()
  },
)

test('an agent that hangs holds up nobody for as long as a promise may take', async () => {
  only(1, 2)
  await soon(() => box(2).zookeeper)
  const promises: unknown[] = []
  const tell: Recovery['tell'] = async ({ promise }) => {
    if (promise) promises.push(promise)
    throw new DOMException('The operation timed out.', 'TimeoutError')
  }
  const { agent } = box(2)
  if (agent) box(2).agent = { ...agent, tell }
  world.isMissed = true
  expect(await recover(1)).toContain('m2: its agent takes connections, and does not answer')
  expect(promises).toEqual([])
})

test('a machine whose gossip has not found the one that asks is asked until it has', async () => {
  only(1, 2)
  world.unheard = [[2, 1]]
  const ended = recover(1)
  await soon(() => box(1).steps.filter((step) => step === 'ask 10.0.0.2').length > 4)
  world.unheard = []
  expect(await ended).toBe('done')
})

test('controllers that were not reached, and are a majority when they come back, learn that they are of the ensemble no more', async () => {
  only(1, 2)
  expect(await recover(1)).toBe('done')
  const late = [3, 4, 5]
  // As long as they are apart, nobody can tell them.
  world.cut = late.flatMap((id) => [[id, 1] as [number, number], [id, 2] as [number, number]])
  for (const id of late) {
    box(id).on = true
    start(id)
  }
  await soon(() => ensembles().length > 1)
  expect(ensembles().map((voters) => voters.map(({ id }) => id))).toEqual([[1], late])
  world.cut = []
  await soon(() => late.every((id) => !box(id).zookeeper && !box(id).master))
  expect(ensembles().map((voters) => voters.map(({ id }) => id))).toEqual([[1]])
  expect(late.map((id) => box(id).agent?.keeps()?.from)).toEqual(['m1', 'm1', 'm1'])
  // So they are after a restart, and until they see the ensemble that there is.
  for (const id of late) start(id)
  expect(late.map((id) => box(id).zookeeper)).toEqual([false, false, false])
  settle()
  expect(late.map((id) => [box(id).place.controller(), box(id).place.recovery()])).toEqual(
    late.map(() => [false, undefined]),
  )
  expect(box(1).place.controller()).toBe(true)
})

/** m1 goes on alone, m2 was off; later m1 is lost for good, and m2 is there. */
async function recoveredTwice(): Promise<void> {
  only(1, 3)
  expect(await recover(1)).toBe('done')
  settle()
  box(1).on = false
  box(1).kill()
  box(2).on = true
  start(2)
  await soon(() => box(2).agent?.keeps()?.leftOut === true)
}

test('a disk that was left out by a recovery becomes the ensemble by somebody’s word alone, and stays it beside those that know the first one', async () => {
  await recoveredTwice()
  expect(await recover(2)).toContain('m1 does not answer')
  // It knows nothing of the ensemble that there was, and would have none beside it.
  expect(await recover(2, true)).toContain('m3: cannot recover the controllers: 10.0.0.2 is no controller')
  box(3).on = false
  expect(await recover(2, true)).toBe('done')
  box(3).on = true
  await soon(() => box(2).steps.includes('look at 10.0.0.3:7947'))
  expect(ensembles().map((voters) => voters.map(({ id }) => id))).toEqual([[2]])
  expect(box(2).place.recovery()?.state).toBe('done')
  // Against that word the first one is back.
  box(1).on = true
  start(1)
  await soon(() => !box(1).zookeeper && !box(1).master && box(1).agent?.keeps()?.leftOut === true)
  expect(ensembles().map((voters) => voters.map(({ id }) => id))).toEqual([[2]])
})

test('nobody makes a second ensemble of a disk that was left out while the first one serves out of its sight', async () => {
  only(1, 3)
  expect(await recover(1)).toBe('done')
  world.cut = [[1, 2]]
  box(2).on = true
  start(2)
  await soon(() => box(2).agent?.keeps()?.leftOut === true)
  expect(await recover(2, true)).toContain('ZooKeeper serves others: nothing is lost')
  expect(ensembles().map((voters) => voters.map(({ id }) => id))).toEqual([[1]])
})

test('who tells of a recovery and does not answer keeps nobody from hearing it from another one', async () => {
  only(1, 2)
  expect(await recover(1)).toBe('done')
  settle()
  const { agent } = box(1)
  const tell: Recovery['tell'] = async () => {
    throw new MeshboxError({ code: 'recover-stranger', message: 'cannot tell of the disk' })
  }
  if (agent) box(1).agent = { ...agent, tell }
  // It was off for long: none of those that it knows is a controller any more.
  box(4).looksAt = [4, 5]
  box(4).on = true
  start(4)
  await soon(() => box(4).place.recovery()?.state === 'promised')
  expect(box(4).agent?.keeps()).toMatchObject({ from: 'm1', leftOut: true, forgotten: false })
  expect(box(4).looksAt).toEqual([1])
  settle()
  expect(box(4).place.controller()).toBe(false)
})

test('a machine that becomes a worker while it is told that it is no controller is kept from nothing when it is one again', async () => {
  only(1, 2)
  expect(await recover(1)).toBe('done')
  const gate = Promise.withResolvers<void>()
  box(3).hold = (step) => (step === 'answer of 10.0.0.1' ? gate.promise : undefined)
  box(3).on = true
  start(3)
  await soon(() => box(3).steps.includes('answer of 10.0.0.1'))
  settle()
  expect(box(3).place.controller()).toBe(false)
  gate.resolve()
  const bound = () => box(3).place.recovery()
  expect(await until(systemClock, { everyMs: 2, timeoutMs: 200 }, bound)).toBeUndefined()
  // Nor where it was written down so by an agent before this one.
  const from = { name: 'm1', address: '10.0.0.1' }
  box(3).place.recover({ id: 'x', from, state: 'promised' })
  await soon(() => bound() === undefined)
  expect(box(3).place.halted()).toEqual([])
})

test('of two ensembles that were made apart from each other none ends when they meet, for nobody knows which one is wanted', async () => {
  only(1, 3, 4)
  rmSync(join(box(4).dir, 'zookeeper/data/version-2'), { recursive: true })
  world.cut = [[1, 3]]
  box(4).on = false
  expect([await recover(1), await recover(3)]).toEqual(['done', 'done'])
  world.cut = []
  box(4).on = true
  start(4)
  await soon(() => box(4).agent?.keeps()?.leftOut === true)
  expect(ensembles().map((voters) => voters.map(({ id }) => id))).toEqual([[1], [3]])
})
