import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { needsRoot } from '../root.ts'
import { alive, eventually, openStage, type Stage } from './stage.ts'

setDefaultTimeout(60_000)

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.clear())

describe('a program', () => {
  test('is started in a session of its own, with three descriptors and nothing on standard input', async () => {
    await stage.apply(stage.spec('marathon', 'lists-descriptors.sh'))
    await eventually('its output', () => stage.output('marathon').includes('ready'))
    expect(stage.output('marathon')).toStartWith('[0, 1, 2]\nleads its session: True\nstdin: /dev/null\n')
  })

  test('is ready when its probe says so, degraded when it no longer does, and left alone meanwhile', async () => {
    stage.healthy = false
    await stage.apply(stage.spec('marathon', 'serves.sh'))
    const starting = await stage.waitFor('marathon', ({ reason }) => reason === '/ping answers 503')
    expect(starting.state).toBe('starting')
    stage.healthy = true
    const { pid } = await stage.waitFor('marathon', ({ state }) => state === 'ready')
    stage.healthy = false
    expect(await stage.waitFor('marathon', ({ state }) => state === 'degraded')).toMatchObject({
      pid,
      restarts: 0,
    })
    stage.healthy = true
    expect(await stage.waitFor('marathon', ({ state }) => state === 'ready')).toMatchObject({
      pid,
      restarts: 0,
    })
  })

  test('that needs another waits until that is ready, and says for what', async () => {
    stage.healthy = false
    await stage.apply(
      stage.spec('marathon', 'serves.sh', { needs: ['zookeeper'] }),
      stage.spec('zookeeper', 'serves.sh'),
    )
    expect(stage.status('marathon')).toMatchObject({ state: 'waiting', reason: 'for zookeeper' })
    stage.healthy = true
    await stage.waitFor('marathon', ({ state }) => state === 'ready')
    expect(stage.supervisor.status().map(({ name }) => name)).toEqual(['zookeeper', 'marathon'])
  })

  test('that was killed is back with another pid', async () => {
    await stage.apply(stage.spec('marathon', 'serves.sh'))
    const { pid = 0 } = await stage.waitFor('marathon', ({ state }) => state === 'ready')
    process.kill(pid, 'SIGKILL')
    const back = await stage.waitFor('marathon', (status) => status.state === 'ready' && status.pid !== pid)
    expect(back.restarts).toBe(1)
    expect(stage.processes()).toEqual([back.pid ?? 0])
  })

  test('that ends again and again is started ever more rarely, and told with its own last words', async () => {
    await stage.apply(
      stage.spec('marathon', 'exits-at-once.sh', { restart: { firstMs: 20, maxMs: 200, healthyMs: 1e6 } }),
    )
    const { reason, command } = await stage.waitFor(
      'marathon',
      ({ restarts, state }) => restarts >= 4 && state === 'backing-off',
    )
    expect(reason).toMatch(
      /^crash loop \(\d ends in a row\): ended with exit code 7; its last words: F1122 .*Address already in use$/,
    )
    expect(command).toStartWith('ss -ltnp')
  })

  test('that ends five times by its own fault has failed, and says with which last lines', async () => {
    await stage.apply(
      stage.spec('marathon', 'exits-at-once.sh', { restart: { firstMs: 10, maxMs: 20, healthyMs: 1e6 } }),
    )
    const failed = await stage.waitFor('marathon', ({ state }) => state === 'failed')
    expect(failed).toMatchObject({ restarts: 5, byHand: false })
    expect(failed.output?.join()).toContain('Address already in use')
    await stage.supervisor.start(['marathon'])
    await stage.waitFor('marathon', ({ state, restarts }) => state === 'failed' && restarts === 10)
  })

  test('that lacks something elsewhere waits for it, and starts at once when it is there', async () => {
    await stage.apply(stage.spec('marathon', 'serves.sh', { needs: ['zookeeper-quorum'] }))
    expect(stage.status('marathon')).toMatchObject({ state: 'waiting', reason: 'for a ZooKeeper quorum' })
    stage.supervisor.tell('zookeeper-quorum', true)
    const { pid } = await stage.waitFor('marathon', ({ state }) => state === 'ready')
    stage.supervisor.tell('zookeeper-quorum', false)
    expect(stage.status('marathon')).toMatchObject({ state: 'ready', pid })
  })

  test('that leaves a daemon behind when it ends is started again only when that is gone', async () => {
    await stage.apply(stage.spec('marathon', 'daemonizes.sh'))
    await stage.waitFor('marathon', ({ restarts }) => restarts >= 2)
    const daemons = [...stage.output('marathon').matchAll(/daemon (\d+)/g)].map(([, pid]) => Number(pid))
    expect(daemons.slice(0, -1).filter(alive)).toEqual([])
  })

  test('that leaves zombies is ended all the same', async () => {
    await stage.apply(stage.spec('marathon', 'leaves-zombie.py'))
    await eventually('the zombie', () => stage.output('marathon').includes('zombie'))
    await stage.supervisor.stopAll('leave')
    expect(stage.status('marathon').state).toBe('stopped')
    expect(stage.processes()).toEqual([])
  })

  test('that never gets ready is left to its start, and can be stopped', async () => {
    stage.healthy = false
    await stage.apply(stage.spec('marathon', 'serves.sh'))
    await stage.waitFor('marathon', ({ reason }) => reason === '/ping answers 503')
    await Bun.sleep(1000)
    expect(stage.status('marathon')).toMatchObject({ state: 'starting', restarts: 0 })
    await stage.supervisor.stop(['marathon'])
    expect(stage.processes()).toEqual([])
  })

  test('gets its limits: open files, score when memory runs out, user', async () => {
    const root = process.getuid?.() === 0
    const limits = { openFiles: 777, oomScore: 300, ...(root ? { user: 'nobody' } : {}) }
    await stage.apply(stage.spec('marathon', 'serves.sh', { limits }))
    const { pid } = await stage.waitFor('marathon', ({ state }) => state === 'ready')
    const proc = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8')
    // What sets them takes the program's place only then.
    await eventually('its output', () => stage.output('marathon').includes('started'))
    expect(proc('limits')).toMatch(/^Max open files\s+777\s+777/m)
    expect(proc('oom_score_adj').trim()).toBe('300')
    if (!root) return
    expect(proc('status')).toMatch(/^Uid:\s+65534\s/m)
    expect(statSync(join(stage.dir, 'marathon')).uid).toBe(65534)
  })

  test('that eats its memory ends, and has failed with the word for it', async () => {
    await stage.apply(
      stage.spec('zookeeper', 'eats-memory.py', { restart: { firstMs: 10, maxMs: 20, healthyMs: 1e6 } }),
    )
    const { reason, hint } = await stage.waitFor('zookeeper', ({ state }) => state === 'failed')
    expect(reason).toContain('OutOfMemoryError')
    expect(hint).toContain('memory')
  })

  test('that finds a full disk, or its port taken, has failed with what shows by what', async () => {
    const restart = { firstMs: 10, maxMs: 20, healthyMs: 1e6 }
    const held = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
    const env = { STAGE: stage.dir, WANTED: String(held.port) }
    await stage.apply(
      stage.spec('zookeeper', 'has-no-room.sh', { restart }),
      stage.spec('marathon', 'wants-port.py', { restart, env }),
    )
    const full = await stage.waitFor('zookeeper', ({ state }) => state === 'failed')
    const taken = await stage.waitFor('marathon', ({ state }) => state === 'failed')
    held.stop()
    expect(full).toMatchObject({
      reason: expect.stringContaining('No space left on device'),
      hint: expect.stringContaining('once it has room, `meshbox service start zookeeper`'),
      command: 'df -h /dev/full',
    })
    expect(taken.command).toBe(`ss -ltnp 'sport = :${held.port}'`)
    for (const { command = '' } of [full, taken])
      expect(Bun.spawnSync(['sh', '-c', command]).exitCode).toBe(0)
  })

  needsRoot('that the kernel kills for want of memory is told of with what gives it more', async () => {
    const restart = { firstMs: 10_000, maxMs: 10_000, healthyMs: 1e6 }
    await stage.apply(stage.spec('marathon', 'is-killed-for-memory.py', { restart }))
    const killed = await stage.waitFor('marathon', ({ state }) => state === 'backing-off')
    expect(killed).toMatchObject({
      reason: 'killed by the kernel for want of memory',
      hint: expect.stringContaining('the control group that meshbox runs in has too little memory'),
      command: 'ps -eo rss,pid,args --sort=-rss --cols=80 | head',
    })
    const out = Bun.spawnSync(['sh', '-c', killed.command ?? '']).stdout.toString()
    expect(out).toMatch(/^ +RSS +PID COMMAND\n/)
    expect(Math.max(...out.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
    for (const tree of ['memory/', ''])
      Bun.spawnSync(['rmdir', `/sys/fs/cgroup/${tree}meshbox-test-${process.pid}`], { stderr: 'ignore' })
  })

  test('that cannot be started at all says why and is tried again', async () => {
    const spec = stage.spec('marathon', 'nowhere.sh')
    await stage.apply(spec)
    const { reason } = await stage.waitFor('marathon', ({ restarts }) => restarts >= 2)
    expect(reason).toContain('nowhere.sh')
    await stage.apply(stage.spec('marathon', 'serves.sh'))
    await stage.waitFor('marathon', ({ state }) => state === 'ready')
  })

  test('that closes its output is supervised like any other', async () => {
    await stage.apply(stage.spec('marathon', 'closes-output.sh'))
    const { pid } = await stage.waitFor('marathon', ({ state }) => state === 'ready')
    await stage.supervisor.stopAll('leave')
    expect(alive(pid)).toBe(false)
  })
})

describe('a new plan', () => {
  test('that says the same touches nothing', async () => {
    await stage.apply(stage.spec('marathon', 'serves.sh'))
    const { pid } = await stage.waitFor('marathon', ({ state }) => state === 'ready')
    await stage.apply(stage.spec('marathon', 'serves.sh'))
    expect(stage.status('marathon')).toMatchObject({ pid, state: 'ready', restarts: 0 })
  })

  test('with other arguments or files starts the program again, once', async () => {
    await stage.apply(stage.spec('marathon', 'serves.sh'))
    const { pid } = await stage.waitFor('marathon', ({ state }) => state === 'ready')
    const file = { path: `${stage.dir}/flags`, content: 'x', mode: 0o600, write: 'replace' as const }
    await stage.apply(stage.spec('marathon', 'serves.sh', { files: [file] }))
    expect(await Bun.file(file.path).text()).toBe('x')
    const next = await stage.waitFor('marathon', ({ state }) => state === 'ready')
    expect(next.pid).not.toBe(pid)
    expect(stage.processes()).toEqual([next.pid ?? 0])
  })

  test('without the service stops it; one that only holds it back does not', async () => {
    await stage.apply(stage.spec('marathon', 'serves.sh'), stage.spec('zookeeper', 'serves.sh'))
    await stage.restart()
    const held = [{ name: 'marathon' as const, kind: 'missing' as const, reason: 'it is being installed' }]
    await stage.supervisor.apply({ services: [stage.spec('zookeeper', 'serves.sh')], held })
    expect(stage.processes().length).toBe(2)
    await stage.apply(stage.spec('zookeeper', 'serves.sh'))
    expect(stage.processes()).toEqual([stage.status('zookeeper').pid ?? 0])
    await stage.apply()
    expect(stage.processes()).toEqual([])
  })
})

describe('by hand', () => {
  const ready = ({ state }: { state: string }) => state === 'ready'

  test('a stop lasts until a start: through new plans and restarts of the agent', async () => {
    const spec = stage.spec('marathon', 'serves.sh')
    await stage.apply(spec)
    await stage.waitFor('marathon', ready)
    await stage.supervisor.stop(['marathon'])
    const stopped = {
      state: 'stopped',
      byHand: true,
      reason: 'stopped by hand',
      hint: 'meshbox service start marathon',
    }
    expect(stage.status('marathon')).toMatchObject(stopped)
    await stage.apply({ ...spec, env: { ...spec.env, CHANGED: 'yes' } })
    expect(stage.status('marathon')).toMatchObject(stopped)
    await stage.restart()
    await stage.apply(spec)
    expect(stage.status('marathon')).toMatchObject(stopped)
    expect(stage.processes()).toEqual([])
    await stage.supervisor.start(['marathon'])
    expect(await stage.waitFor('marathon', ready)).toMatchObject({ byHand: false, restarts: 0 })
  })

  test('a stop that the agent did not live to finish is finished by the next one', async () => {
    const spec = stage.spec('marathon', 'serves.sh')
    await stage.apply(spec)
    await stage.waitFor('marathon', ready)
    stage.store.run("INSERT INTO stopped_by_hand VALUES ('marathon')")
    await stage.restart()
    await stage.apply(spec)
    expect(stage.status('marathon').state).toBe('stopped')
    expect(stage.processes()).toEqual([])
  })

  test('a restart gives another process, and does not count as an end', async () => {
    await stage.apply(stage.spec('marathon', 'serves.sh'))
    const { pid } = await stage.waitFor('marathon', ready)
    await stage.supervisor.restart(['marathon'])
    const after = await stage.waitFor('marathon', ready)
    expect(after.pid).not.toBe(pid)
    expect(after.restarts).toBe(0)
  })

  test('what needs others is stopped before them, and a name that is not there is refused with those that are', async () => {
    await stage.apply(
      stage.spec('marathon', 'serves.sh', { needs: ['zookeeper'] }),
      stage.spec('zookeeper', 'serves.sh'),
    )
    await stage.waitFor('marathon', ready)
    await expect(stage.supervisor.stop(['marathon', 'nginx'])).rejects.toMatchObject({
      code: 'service-unknown',
      hint: 'here are zookeeper, marathon',
    })
    expect(stage.status('marathon').state).toBe('ready')
    const order: string[] = []
    stage.supervisor.onChange(() => {
      for (const { name, state } of stage.supervisor.status())
        if (state === 'stopped' && !order.includes(name)) order.push(name)
    })
    await stage.supervisor.stop(['zookeeper', 'marathon'])
    expect(order).toEqual(['marathon', 'zookeeper'])
  })
})
