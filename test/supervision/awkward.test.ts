import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import { silentLog } from '../../src/log.ts'
import { openStore } from '../../src/store.ts'
import type { ServiceSpec } from '../../src/supervisor/service/spec.ts'
import { createSupervisor, type Supervisor } from '../../src/supervisor/supervise.ts'
import { makeWallClock } from '../cluster/wall-clock.ts'
import { needsRoot } from '../root.ts'
import { alive, eventually, openStage, type Stage } from './stage.ts'

setDefaultTimeout(60_000)

let stage: Stage
let agents: Bun.Subprocess[]

beforeEach(async () => {
  stage = await openStage()
  agents = []
})
afterEach(async () => {
  for (const agent of agents) {
    agent.kill('SIGKILL')
    await agent.exited
  }
  await stage.clear()
})

const database = () => join(stage.dir, 'agent.db')

/** An agent of its own process, below what comes before its command line. */
function startAgent(script: string, services: ServiceSpec[], { before = [] as string[], env = {} } = {}) {
  const plan = JSON.stringify({ services, held: [] })
  const agent = Bun.spawn([...before, process.execPath, join(import.meta.dir, script), plan, database()], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
    env: { ...process.env, ...env },
  })
  agents.push(agent)
  let said = ''
  void (async () => {
    for await (const text of agent.stdout) said += new TextDecoder().decode(text)
  })()
  return { agent, said: () => said }
}

async function killed(agent: Bun.Subprocess): Promise<void> {
  agent.kill('SIGKILL')
  await agent.exited
}

const starts = (service: ServiceSpec) => stage.output(service.name).match(/started/g)?.length

describe('the record', () => {
  let supervisor: Supervisor | undefined

  afterEach(async () => {
    await supervisor?.detach()
    supervisor = undefined
  })

  test('whose last write was torn by the end of the power still leads to what runs', async () => {
    const services = [stage.spec('zookeeper', 'serves.sh'), stage.spec('marathon', 'serves.sh')]
    const { agent } = startAgent('agent.ts', services)
    await eventually('the programs', () =>
      services.every((each) => existsSync(each.logFile) && starts(each) === 1),
    )
    await killed(agent)
    const pids = stage.processes()
    // The last frame of the log is the identity of the program that was started last; half of it is on the disk.
    const [log, torn] = [`${database()}-wal`, join(stage.dir, 'torn.db')]
    copyFileSync(database(), torn)
    copyFileSync(log, `${torn}-wal`)
    truncateSync(`${torn}-wal`, statSync(log).size - 2000)
    const store = openStore(torn)
    expect(store.query('SELECT count(*) AS count FROM programs WHERE pid IS NULL').get()).toEqual({
      count: 1,
    })
    supervisor = createSupervisor({ store, clock: systemClock, log: silentLog })
    await supervisor.apply({ services, held: [] })
    const found = supervisor.status()
    expect(found.map(({ adopted }) => adopted)).toEqual([true, true])
    expect(found.map(({ pid }) => pid ?? 0).toSorted()).toEqual(pids.toSorted())
    expect(stage.processes().toSorted()).toEqual(pids.toSorted())
  })

  needsRoot('on a disk that is full keeps programs from being started, and is whole afterwards', async () => {
    const disk = join(stage.dir, 'disk')
    mkdirSync(disk)
    expect(Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=400k', 'none', disk]).exitCode).toBe(0)
    const store = openStore(join(disk, 'meshbox.db'))
    try {
      supervisor = createSupervisor({ store, clock: systemClock, log: silentLog })
      const [runs, waits] = [stage.spec('zookeeper', 'serves.sh'), stage.spec('marathon', 'serves.sh')]
      const of = (name: string) => supervisor?.status().find((status) => status.name === name)
      await supervisor.apply({ services: [runs], held: [] })
      await eventually('readiness', () => of('zookeeper')?.state === 'ready')
      const before = stage.processes()
      Bun.spawnSync(['dd', 'if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4096'], { stderr: 'ignore' })
      await supervisor.apply({ services: [runs, waits], held: [] })
      await eventually('its refusals', () => (of('marathon')?.restarts ?? 0) >= 2)
      expect(of('marathon')?.reason).toContain('cannot write down the start of marathon')
      await expect(supervisor.stop(['zookeeper'])).rejects.toThrow(
        'cannot stop zookeeper: that it was wanted',
      )
      expect(stage.processes()).toEqual(before)
      rmSync(join(disk, 'filler'))
      await eventually('room', () => of('marathon')?.state === 'ready')
      expect(store.query('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    } finally {
      await supervisor?.detach()
      store.close()
      Bun.spawnSync(['umount', '--lazy', disk])
    }
  })
})

test('an agent without a free descriptor takes nothing for dead, and starts nothing twice', async () => {
  const services = [stage.spec('zookeeper', 'serves.sh'), stage.spec('marathon', 'serves.sh')]
  const first = startAgent('agent.ts', services)
  await eventually('the programs', () =>
    services.every((each) => existsSync(each.logFile) && starts(each) === 1),
  )
  await killed(first.agent)
  const { agent, said } = startAgent('exhausts.ts', services, { before: ['prlimit', '--nofile=200:200'] })
  await eventually('its last descriptor', () => said().includes('exhausted'))
  const pidOf = (name: string) => stage.leaders().find(({ folder }) => folder.endsWith(`/${name}`))?.pid
  const [zookeeper, marathon] = [pidOf('zookeeper'), pidOf('marathon') ?? 0]
  process.kill(marathon, 'SIGKILL')
  await eventually('its end', () => !alive(marathon))
  await systemClock.sleep(500) // some looks of the agent at both, of which nothing is seen
  expect(stage.leaders().map(({ pid }) => pid)).toEqual([zookeeper ?? 0])
  if (agent.stdin && typeof agent.stdin !== 'number') await agent.stdin.end()
  await eventually('another one', () => pidOf('marathon') !== undefined)
  expect(stage.leaders().length).toBe(2)
  expect({ zookeeper: pidOf('zookeeper'), starts: starts(services[0] as ServiceSpec) }).toEqual({
    zookeeper,
    starts: 1,
  })
})

test('a wall clock that jumps a day on, and two days back, neither delays nor hurries anything', async () => {
  const service = stage.spec('marathon', 'serves.sh', {
    restart: { firstMs: 200, maxMs: 200, healthyMs: 60_000 },
  })
  const clock = makeWallClock(join(stage.dir, 'offset'))
  const { said } = startAgent('agent.ts', [service], { env: { ...clock.env, FAKETIME_NO_CACHE: '1' } })
  const away = () => Math.round((Number(said().trim().split('\n').at(-1)) - Date.now()) / 86_400_000)
  let runs = 1
  await eventually('its start', () => existsSync(service.logFile) && starts(service) === runs)
  for (const days of [1, -1]) {
    clock.jump(days * 86_400)
    await eventually('the jump', () => away() === days)
    const [pid = 0] = stage.processes()
    process.kill(pid, 'SIGKILL')
    // Another jump into the wait before the next start.
    clock.jump(-days * 86_400)
    await eventually('another one', () => starts(service) === runs + 1)
    runs++
  }
  await systemClock.sleep(500) // three waits long
  expect({ starts: starts(service), running: stage.processes().length }).toEqual({ starts: runs, running: 1 })
})
