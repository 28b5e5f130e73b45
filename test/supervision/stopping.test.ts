import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alive, eventually, openStage, type Stage } from './stage.ts'

setDefaultTimeout(60_000)

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.clear())

const printed = (word: string) => Number(new RegExp(`${word} (\\d+)`).exec(stage.output('marathon'))?.[1])

describe('stopping', () => {
  test('takes the child of the program with it', async () => {
    await stage.apply(stage.spec('marathon', 'forks.sh'))
    await eventually('its child', () => alive(printed('child')))
    await stage.supervisor.stopAll('leave')
    expect(stage.status('marathon').state).toBe('stopped')
    expect(stage.processes()).toEqual([])
  })

  test('kills what ignores SIGTERM after its grace', async () => {
    await stage.apply(stage.spec('marathon', 'ignores-sigterm.sh'))
    await eventually('its output', () => stage.output('marathon') !== '')
    const { pid } = stage.status('marathon')
    await stage.supervisor.stopAll('leave')
    expect(alive(pid)).toBe(false)
    expect(stage.processes()).toEqual([])
  })

  test('ends a halted program without waiting for SIGKILL', async () => {
    await stage.apply(stage.spec('marathon', 'serves.sh', { stop: [{ signal: 'SIGTERM', graceMs: 20_000 }] }))
    const { pid = 0 } = await stage.waitFor('marathon', ({ state }) => state === 'ready')
    process.kill(pid, 'SIGSTOP')
    await stage.supervisor.stopAll('leave')
    expect(alive(pid)).toBe(false)
  })

  test('leaves alone what mesos-agent has put into a session of its own', async () => {
    await stage.apply(stage.spec('mesos-agent', 'starts-executor.sh'))
    const executor = () => Number(/executor (\d+)/.exec(stage.output('mesos-agent'))?.[1])
    await eventually('the executor', () => alive(executor()))
    const { pid } = stage.status('mesos-agent')
    await stage.supervisor.stopAll('leave')
    expect(alive(pid)).toBe(false)
    expect(alive(executor())).toBe(true)
  })

  test('finds what any other program has forked off twice', async () => {
    await stage.apply(stage.spec('marathon', 'double-forks.sh'))
    await eventually('the daemon', () => alive(printed('daemon')))
    await stage.supervisor.stopAll('leave')
    expect(stage.processes()).toEqual([])
  })

  test('believes no pid file: one that names a stranger is no harm to it', async () => {
    const stranger = Bun.spawn(['sleep', '1000'])
    try {
      writeFileSync(join(stage.dir, 'stranger'), `${stranger.pid}\n`)
      const spec = stage.spec('marathon', 'changes-pid-file.sh')
      await stage.apply(spec)
      await eventually('its pid file', () => stage.output('marathon').includes('started'))
      const { pid } = stage.status('marathon')
      await stage.restart()
      await stage.apply(spec)
      expect(await stage.waitFor('marathon', ({ state }) => state === 'ready')).toMatchObject({
        pid,
        adopted: true,
      })
      await stage.supervisor.stopAll('stop')
      expect({ program: alive(pid), stranger: alive(stranger.pid) }).toEqual({
        program: false,
        stranger: true,
      })
    } finally {
      stranger.kill('SIGKILL')
      await stranger.exited
    }
  })

  test('uses the sequence for leaving where there is one', async () => {
    const leave = [{ signal: 'SIGUSR1' as const, graceMs: 10_000 }]
    await stage.apply(stage.spec('marathon', 'serves.sh', { leave }))
    await stage.waitFor('marathon', ({ state }) => state === 'ready')
    await stage.supervisor.stopAll('leave')
    expect(stage.status('marathon').state).toBe('stopped')
  })

  test('goes from those that need to those that are needed, and goes on when one will not end', async () => {
    await stage.apply(
      stage.spec('zookeeper', 'serves.sh'),
      stage.spec('marathon', 'ignores-sigterm.sh', {
        needs: ['zookeeper'],
        stop: [{ signal: 'SIGTERM', graceMs: 100 }],
      }),
    )
    await eventually('both', () => stage.supervisor.status().every(({ state }) => state === 'ready'))
    await eventually('its output', () => stage.output('marathon').includes('nobody tells me'))
    const seen: string[] = []
    stage.supervisor.onChange(() => {
      const now = stage.supervisor.status().map(({ name, state }) => `${name} ${state}`)
      for (const each of now) if (!seen.includes(each)) seen.push(each)
    })
    const { pid } = stage.status('marathon')
    expect(stage.supervisor.stopAll('leave')).rejects.toThrow(`cannot stop pid ${pid}`)
    await eventually('zookeeper to end', () => stage.status('zookeeper').state === 'stopped')
    expect(seen.indexOf('marathon stopping')).toBeLessThan(seen.indexOf('zookeeper stopping'))
    expect(stage.status('marathon')).toMatchObject({ state: 'stopping', pid })
  })

  test('clears away what a crashed program has left of its session before it starts it again', async () => {
    await stage.apply(stage.spec('marathon', 'leaves-grandchild.sh'))
    await stage.waitFor('marathon', ({ restarts }) => restarts >= 1)
    const children = [...stage.output('marathon').matchAll(/child (\d+)/g)].map(([, pid]) => Number(pid))
    expect(children.length).toBeGreaterThan(0)
    expect(alive(children[0])).toBe(false)
  })
})
