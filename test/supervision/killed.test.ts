import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { randomFrom, seed } from '../gossip/seed.ts'
import { openStage, type Stage } from './stage.ts'

setDefaultTimeout(120_000)

const rounds = process.env.MESHBOX_LONG ? 100 : 5

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.clear())

test(`killed at ${rounds} random moments (seed ${seed}), there is never a second copy, and what ran goes on`, async () => {
  const random = randomFrom(seed)
  const services = [
    stage.spec('zookeeper', 'serves.sh'),
    stage.spec('mesos-master', 'serves.sh', { needs: ['zookeeper'] }),
    stage.spec('marathon', 'ignores-sigterm.sh', { needs: ['mesos-master'] }),
  ]
  let before: number[] = []
  for (let round = 0; round < rounds; round++) {
    // Every third plan changes one program, so that kills fall into stops and restarts too.
    const plan = services.map((spec, i) =>
      i === round % 3 && round % 3 === 2 ? { ...spec, env: { ...spec.env, ROUND: String(round) } } : spec,
    )
    const agent = Bun.spawn(
      [
        process.execPath,
        join(import.meta.dir, 'agent.ts'),
        JSON.stringify({ services: plan, held: [] }),
        join(stage.dir, 'meshbox.db'),
      ],
      { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' },
    )
    await Bun.sleep(50 + random() * 500)
    agent.kill('SIGKILL')
    await agent.exited
    const leaders = stage.leaders()
    expect(leaders.length).toBeLessThanOrEqual(services.length)
    expect(new Set(leaders.map(({ folder }) => folder)).size).toBe(leaders.length)
    const zookeeper = leaders.filter(({ folder }) => folder.endsWith('/zookeeper')).map(({ pid }) => pid)
    if (before.length > 0) expect(zookeeper).toEqual(before)
    before = zookeeper
  }
  await stage.apply(...services)
  for (const { name } of services) await stage.waitFor(name, ({ state }) => state === 'ready')
  const pids = services.map(({ name }) => stage.status(name).pid ?? 0)
  expect(
    stage
      .leaders()
      .map(({ pid }) => pid)
      .sort(),
  ).toEqual(pids.sort())
})
