import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  begin,
  born,
  box,
  ensembles,
  listOf,
  only,
  over,
  recover,
  registryOf,
  settle,
  start,
  useWorld,
  world,
} from '../../../test/disorder/recovery.ts'
import { systemClock, until } from '../../clock.ts'

useWorld()

const recorded = (id: number) =>
  (JSON.parse(box(id).znodes['/c']?.text ?? '') as typeof born).servers.map((server) => server.id)
const copies = ({ dir }: { dir: string }) => readdirSync(dir).filter((name) => name.startsWith('zookeeper.'))

test('one disk becomes the ensemble once the others have promised, and they are workers when they see it', async () => {
  only(1, 2)
  expect(await recover(1)).toBe('done')
  expect(box(1).agent?.report()).toMatchObject({
    kept: [1, 2].map((id) => `m${id}:${join(world.dir, `m${id}`)}/zookeeper.kept-100000005`),
    unreached: ['m3', 'm4', 'm5'],
  })
  expect([recorded(1), recorded(2)]).toEqual([[1], [1, 2, 3, 4, 5]])
  // Its own master runs by a quorum of one, and no other beside it.
  expect(world.boxes.map(({ zookeeper, master }) => [zookeeper, master]).slice(0, 2)).toEqual([
    [true, true],
    [false, false],
  ])
  settle()
  expect([box(2).place.controller(), box(2).place.recovery()]).toEqual([false, undefined])
  expect([...world.served]).toEqual(['1'])
})

test.each([
  ['reach', []],
  ['do not reach', [[1, 2]]],
] as [string, [number, number][]][])(
  'of two at once that %s each other one at most goes on',
  async (_, apart) => {
    rmSync(join(box(3).dir, 'zookeeper/data/version-2'), { recursive: true })
    only(1, 2, 3)
    world.cut = apart
    const ended = await Promise.all([recover(1), recover(2)])
    expect(ended.filter((each) => each === 'done').length).toBeLessThan(2)
    ensembles()
    for (const each of ended)
      expect(each).toMatch(/^done$|are being recovered from m[12] already|ZooKeeper serves/)
    expect([...world.served].filter((list) => list !== '1,2,3,4,5').length).toBeLessThan(2)
    // What nobody goes on with binds nobody.
    const isFree = () => box(3).zookeeper || ended.includes('done') || undefined
    expect(await until(systemClock, { everyMs: 2, timeoutMs: 2000 }, isFree)).toBe(true)
  },
)

test('killed at any step, the same command goes on, and there is never a second ensemble', async () => {
  only(1, 2)
  box(1).steps = []
  expect(await recover(1)).toBe('done')
  const { steps } = box(1)
  expect(steps).toContain('write /c')
  for (let at = 0; at < steps.length; at++) {
    begin()
    box(1).killAt = at
    only(1, 2)
    const { agent } = box(1)
    agent?.begin(false)
    const ended = await until(systemClock, { everyMs: 2, timeoutMs: 8000 }, () =>
      box(1).agent === undefined || agent?.report().state !== 'running' ? true : undefined,
    )
    expect([steps[at], ended]).toEqual([steps[at], true])
    box(1).killAt = undefined
    start(1)
    // Another machine may not take what this one has begun for its own.
    if (box(1).place.recovery()?.state === 'alone')
      expect([steps[at], await recover(2)]).toEqual([steps[at], expect.stringContaining('from m1')])
    const again = await recover(1)
    expect([steps[at], again]).toEqual([steps[at], expect.stringMatching(/^done$|ZooKeeper serves/)])
    expect([steps[at], recorded(1), box(1).master]).toEqual([steps[at], [1], true])
    settle()
    expect([steps[at], box(2).place.controller()]).toEqual([steps[at], false])
    expect([steps[at], [...world.served]]).toEqual([steps[at], ['1']])
  }
}, 60_000)

describe('it is refused, and all runs as before,', () => {
  afterEach(() => {
    for (const each of world.boxes.filter(({ on }) => on))
      expect([each.id, recorded(each.id), listOf(each).length]).toEqual([each.id, [1, 2, 3, 4, 5], 5])
  })
  const runAgain = (...ids: number[]) =>
    until(systemClock, { everyMs: 2, timeoutMs: 4000 }, () =>
      ids.every((id) => box(id).zookeeper && box(id).master) ? true : undefined,
    )

  test('when the majority is back before the end', async () => {
    only(1, 2)
    const { agent } = box(1)
    agent?.begin(false)
    await until(systemClock, { everyMs: 1, timeoutMs: 4000 }, () => (box(2).zookeeper ? undefined : true))
    for (const id of [3, 4, 5]) {
      box(id).on = true
      start(id)
    }
    await over(agent)
    expect(agent?.report().failure?.message).toMatch(/ZooKeeper serves|are a majority/)
    expect(await runAgain(1, 2)).toBe(true)
    expect([...world.served]).toEqual(['1,2,3,4,5'])
  })

  test('when one that is reached cannot keep a copy, or this one cannot', async () => {
    only(1, 2)
    for (const [id, why] of [
      [2, 'm2: '],
      [1, 'cp'],
    ] as const) {
      // Nor can be written down that it is over.
      const { memory } = box(1)
      const { remember } = memory
      memory.remember = (topic, value) => {
        if (JSON.stringify(value).includes('withdrawn')) throw new Error('the disk is full')
        remember(topic, value)
      }
      const odd = join(box(id).dir, 'zookeeper/data/version-2/odd')
      Bun.spawnSync(['mkfifo', odd])
      expect(await recover(1)).toMatch(why)
      expect(await runAgain(1, 2)).toBe(true)
      rmSync(odd)
      expect(copies(box(id))).toEqual([])
      for (const name of copies(box(1))) rmSync(join(box(1).dir, name), { recursive: true })
    }
  })

  test('when one that is not reached runs its ZooKeeper all the same, or gossip finds it alive', async () => {
    only(1, 2)
    box(2).kill()
    expect(await recover(1)).toContain('m2: it does not answer, and gossip finds it alive')
    world.isMissed = true
    expect(await recover(1)).toContain('m2: its agent does not answer, and its ZooKeeper runs')
  })

  test('when those that hold data are a majority', async () => {
    only(1, 2, 3)
    world.cut = [[2, 3]]
    expect(await recover(1)).toMatch(/ZooKeeper serves|are a majority, and hold data/)
  })
})

test('a machine promises nothing to one that does not ask for it, and nothing while ZooKeeper serves', async () => {
  only(1, 2)
  const promise = { id: 'x', from: { name: 'm1', address: '10.0.0.1' }, gone: true }
  expect(box(2).agent?.tell({ cluster: born.id, promise })).rejects.toThrow('m1 does not ask for it')
  only(1, 2, 3)
  expect(box(2).agent?.tell({ cluster: born.id, promise })).rejects.toThrow('ZooKeeper serves')
  expect(existsSync(`${box(2).dir}/zookeeper.kept-100000005`)).toBe(false)
})

describe('a promise to a machine that is gone', () => {
  async function promised(): Promise<void> {
    only(1, 2)
    const { agent } = box(1)
    agent?.begin(false)
    await until(systemClock, { everyMs: 1, timeoutMs: 4000 }, () =>
      box(2).place.recovery() ? true : undefined,
    )
    box(1).kill()
    box(1).on = false
    box(1).zookeeper = false
  }

  test('stands until an operator says that it is off for good', async () => {
    await promised()
    expect(await recover(2)).toContain('m1 does not answer')
    expect(await recover(2, true)).toBe('done')
    expect(recorded(2)).toEqual([2])
  })

  test('ends where the others make a majority again without it', async () => {
    await promised()
    for (const id of [3, 4, 5]) {
      box(id).on = true
      start(id)
    }
    const runs = await until(
      systemClock,
      { everyMs: 2, timeoutMs: 4000 },
      () => box(2).zookeeper || undefined,
    )
    expect(runs).toBe(true)
    expect([...world.served]).toEqual(['1,2,3,4,5'])
  })
})

test('a disk that is full when there is no way back binds nobody, and the same command goes on', async () => {
  only(1, 2)
  const { memory } = box(1)
  const { remember } = memory
  memory.remember = (topic, value) => {
    if (JSON.stringify(value).includes('"state":"alone"')) throw new Error('the disk is full')
    remember(topic, value)
  }
  expect(await recover(1)).toBe('the disk is full')
  const isFree = () => (box(1).zookeeper && box(2).zookeeper) || undefined
  expect(await until(systemClock, { everyMs: 2, timeoutMs: 4000 }, isFree)).toBe(true)
  memory.remember = remember
  expect(await recover(1)).toBe('done')
})

test('what an earlier run of this agent could not withdraw is begun anew', async () => {
  only(1, 2)
  const from = { name: 'm1', address: '10.0.0.1' }
  box(1).place.recover({ id: 'left', from, state: 'asks' })
  expect(await recover(1)).toBe('done')
})

test("a disk without the masters' log is made the ensemble, and that no master leads is told", async () => {
  only(1, 2)
  rmSync(registryOf(box(1).dir), { recursive: true })
  const rows = await box(1).agent?.look()
  expect(rows?.map(({ disk }) => disk?.registry)).toEqual([false, true, undefined, undefined, undefined])
  expect(await recover(1)).toContain("no mesos-master leads: this disk has no masters' log")
  expect(box(1).agent?.report().failure?.hint).toContain('mesos.master.log_auto_initialize=true')
  expect([recorded(1), box(1).place.recovery()?.state]).toEqual([[1], 'done'])
})

test('the command that goes on says so where it is refused, and makes no second copy of a disk that has served alone', async () => {
  only(1, 2)
  const { agent } = box(1)
  box(1).hold = (step) => (step === 'write /c' ? new Promise(() => {}) : undefined)
  agent?.begin(false)
  await until(
    systemClock,
    { everyMs: 2, timeoutMs: 4000 },
    () => box(1).steps.includes('write /c') || undefined,
  )
  box(1).kill()
  box(1).hold = undefined
  writeFileSync(join(box(1).dir, 'zookeeper/data/version-2/snapshot.100000009'), '')
  start(1)
  box(2).kill()
  expect(await recover(1)).toContain('m2: it does not answer')
  expect(box(1).agent?.report().failure?.hint).toStartWith('the same command goes on')
  start(2)
  expect(await recover(1)).toBe('done')
  expect(box(1).agent?.report().kept).toEqual(
    [1, 2].map((id) => `m${id}:${join(box(id).dir, 'zookeeper.kept-100000005')}`),
  )
  expect([copies(box(1)), copies(box(2))]).toEqual([
    ['zookeeper.kept-100000005'],
    ['zookeeper.kept-100000005'],
  ])
})

test('an agent that ends goes on with nothing, and the next one has not asked', async () => {
  only(1, 2)
  const { agent } = box(1)
  const answer = Promise.withResolvers<void>()
  box(1).hold = (step) =>
    step === 'answer of 10.0.0.2' && box(2).place.recovery() ? answer.promise : undefined
  agent?.begin(false)
  await until(systemClock, { everyMs: 2, timeoutMs: 4000 }, () => box(2).place.recovery() && true)
  agent?.stop()
  answer.resolve()
  await over(agent)
  expect(agent?.report().failure?.message).toContain('the agent of this machine ends')
  expect(box(1).place.recovery()?.state).toBe('asks')
  start(1)
  expect(box(1).place.recovery()?.state).toBe('withdrawn')
})
