import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { identify } from '../../src/supervisor/process/proc.ts'
import type { ServiceSpec } from '../../src/supervisor/service/spec.ts'
import { alive, eventually, openStage, type Stage } from './stage.ts'

setDefaultTimeout(60_000)

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.clear())

/** An agent of its own process starts the services and is killed as soon as they run. */
async function startedByKilledAgent(...services: ServiceSpec[]): Promise<number[]> {
  const plan = JSON.stringify({ services, held: [] })
  const agent = Bun.spawn(
    [process.execPath, join(import.meta.dir, 'agent.ts'), plan, join(stage.dir, 'meshbox.db')],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' },
  )
  await eventually('the programs', () => stage.processes().length >= services.length)
  agent.kill('SIGKILL')
  await agent.exited
  return stage.processes()
}

describe('after kill -9 of the agent', () => {
  test('the next one takes its programs over: same pids, no second copy', async () => {
    const services = [stage.spec('zookeeper', 'serves.sh'), stage.spec('marathon', 'ignores-sigterm.sh')]
    const pids = await startedByKilledAgent(...services)
    expect(pids.every(alive)).toBe(true)
    await stage.apply(...services)
    for (const { name } of services) {
      expect(await stage.waitFor(name, ({ state }) => state === 'ready')).toMatchObject({
        adopted: true,
        restarts: 0,
      })
      expect(pids).toContain(stage.status(name).pid ?? 0)
    }
    expect(stage.output('zookeeper').match(/started/g)?.length).toBe(1)
  })

  test('a program that is taken over is watched: when it ends it is started again', async () => {
    const spec = stage.spec('marathon', 'serves.sh')
    const [pid = 0] = await startedByKilledAgent(spec)
    await stage.apply(spec)
    process.kill(pid, 'SIGKILL')
    const back = await stage.waitFor('marathon', (status) => status.state === 'ready' && status.pid !== pid)
    expect(back).toMatchObject({ adopted: false, restarts: 1 })
  })

  test('one that has become a zombie, for nobody asks how it ended, counts as ended', async () => {
    const spec = stage.spec('marathon', 'serves.sh')
    const plan = JSON.stringify({ services: [spec], held: [] })
    const halted = Bun.spawn(
      [process.execPath, join(import.meta.dir, 'agent.ts'), plan, join(stage.dir, 'meshbox.db')],
      { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' },
    )
    try {
      await eventually('the program', () => stage.processes().length === 1)
      halted.kill('SIGSTOP')
      const [pid = 0] = stage.processes()
      await stage.apply(spec)
      await stage.waitFor('marathon', ({ state }) => state === 'ready')
      process.kill(pid, 'SIGKILL')
      const back = await stage.waitFor('marathon', (status) => status.state === 'ready' && status.pid !== pid)
      expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ')
      expect(back.restarts).toBe(1)
      await stage.supervisor.stopAll('stop')
      expect(stage.processes()).toEqual([])
    } finally {
      halted.kill('SIGKILL')
      await halted.exited
    }
  })

  test('one that is taken over and stopped ends at once, not after the grace', async () => {
    const spec = stage.spec('marathon', 'serves.sh', { stop: [{ signal: 'SIGTERM', graceMs: 50_000 }] })
    const [pid] = await startedByKilledAgent(spec)
    await stage.apply(spec)
    await stage.supervisor.stopAll('leave')
    expect(alive(pid)).toBe(false)
  })

  test('one that should run otherwise by now is started again', async () => {
    const [pid] = await startedByKilledAgent(stage.spec('marathon', 'serves.sh'))
    const changed = stage.spec('marathon', 'serves.sh', { env: { STAGE: stage.dir, MORE: '1' } })
    await stage.apply(changed)
    const { pid: next } = await stage.waitFor('marathon', ({ state }) => state === 'ready')
    expect(alive(pid)).toBe(false)
    expect(stage.processes()).toEqual([next ?? 0])
  })

  test('one that the plan no longer has is stopped', async () => {
    const [pid] = await startedByKilledAgent(stage.spec('marathon', 'serves.sh'))
    await stage.apply()
    expect(alive(pid)).toBe(false)
  })

  test.each(['finished', 'unfinished'])(
    'what a program left of its session when it ended unseen is cleared away (record %s)',
    async (kind) => {
      const spec = stage.spec('marathon', 'forks.sh')
      const [leader = 0] = await startedByKilledAgent(spec)
      await eventually('its child', () => stage.processes().length === 2)
      if (kind === 'unfinished') stage.store.run('UPDATE programs SET pid = NULL')
      const child = stage.processes().find((pid) => pid !== leader)
      process.kill(leader, 'SIGKILL')
      await eventually('its end', () => !alive(leader))
      await stage.apply(spec)
      await stage.waitFor('marathon', ({ state, restarts }) => state === 'ready' && restarts === 1)
      expect(alive(child)).toBe(false)
    },
  )
})

describe('the record of a start', () => {
  test('that was never finished leads to the program by the token in its environment', async () => {
    const spec = stage.spec('marathon', 'starts-executor.sh')
    const pids = await startedByKilledAgent(spec)
    await eventually('the executor', () => stage.processes().length === 2)
    stage.store.run('UPDATE programs SET pid = NULL')
    await stage.apply(spec)
    const { pid, adopted } = await stage.waitFor('marathon', ({ state }) => state === 'ready')
    expect(adopted).toBe(true)
    expect(pids).toContain(pid ?? 0)
    expect(stage.processes().length).toBe(2)
  })

  test('of a start that never happened is no hindrance', async () => {
    const spec = stage.spec('marathon', 'serves.sh')
    stage.store.run(`INSERT INTO programs VALUES ('marathon', 'token', 'digest', 0, 0, NULL, '', '', '[]')`)
    await stage.apply(spec)
    expect(await stage.waitFor('marathon', ({ state }) => state === 'ready')).toMatchObject({
      adopted: false,
    })
  })

  const strangers: [string, string][] = [
    ['has the pid but started at another time', "start_time = '1'"],
    ['has the pid in another boot of the machine', "boot_id = 'another'"],
    ['has pid and time, but neither the mark nor the command line', "digest = 'd'"],
  ]
  test.each(strangers)('is not believed when a stranger %s', async (_, change) => {
    const stranger = Bun.spawn(['sleep', '1000'], { detached: true })
    const { startTime, bootId } = identify(stranger.pid) ?? {}
    try {
      const spec = stage.spec('marathon', 'serves.sh')
      await stage.apply(spec)
      const { pid } = await stage.waitFor('marathon', ({ state }) => state === 'ready')
      await stage.supervisor.stopAll('leave')
      await stage.restart()
      stage.store.run(
        `INSERT INTO programs VALUES ('marathon', 't', 'd', 0, 0, ${stranger.pid}, '${startTime}', '${bootId}', '["x"]')`,
      )
      stage.store.run(`UPDATE programs SET ${change}`)
      await stage.apply(spec)
      const next = await stage.waitFor('marathon', ({ state }) => state === 'ready')
      expect(next.adopted).toBe(false)
      expect([pid, stranger.pid]).not.toContain(next.pid ?? 0)
      expect(alive(stranger.pid)).toBe(true)
    } finally {
      stranger.kill('SIGKILL')
      await stranger.exited
    }
  })

  test('that cannot be written keeps the program from being started; what runs is left alone', async () => {
    const running = stage.spec('zookeeper', 'serves.sh')
    await stage.apply(running)
    const { pid } = await stage.waitFor('zookeeper', ({ state }) => state === 'ready')
    stage.store.run('PRAGMA query_only = ON')
    await stage.apply(running, stage.spec('marathon', 'serves.sh'))
    const { reason, hint } = await stage.waitFor('marathon', ({ restarts }) => restarts >= 2)
    expect(reason).toContain('cannot write down the start of marathon')
    expect(hint).toContain('disk')
    expect(stage.processes()).toEqual([pid ?? 0])
    stage.store.run('PRAGMA query_only = OFF')
    await stage.waitFor('marathon', ({ state }) => state === 'ready')
  })
})
