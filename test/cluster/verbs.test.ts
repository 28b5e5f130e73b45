import { describe, expect, setDefaultTimeout } from 'bun:test'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needsRoot } from '../root.ts'
import type { Machine, Shape, TestCluster } from './cluster.ts'
import { clusterForEach } from './each.ts'

setDefaultTimeout(90_000)

const newCluster = clusterForEach()

async function two(shape?: Shape): Promise<[TestCluster, Machine, Machine]> {
  const cluster = await newCluster(2, shape)
  const [a, b] = cluster.machines
  if (!a || !b) throw new Error('not two machines')
  return [cluster, a, b]
}

const echo = (...argv: string[]) => [process.execPath, join(import.meta.dir, 'echo.ts'), ...argv]

type Way = { came: number; twice: number; medianMs: number; fileCame: boolean }

async function serve(machine: Machine): Promise<void> {
  void machine.run(...echo('serve', machine.address))
  for (;;) {
    const { code } = await machine.run('bash', '-c', `exec 3<>/dev/tcp/${machine.address}/7000`)
    if (code === 0) return
    await Bun.sleep(100)
  }
}

async function measure(from: Machine, to: Machine): Promise<Way> {
  const { out, err } = await from.run(...echo('ask', to.address))
  if (!out) throw new Error(err)
  return JSON.parse(out)
}

describe('what a test, or a person, can do to machines', () => {
  needsRoot('a cable delays, loses and doubles what it carries, and is good again', async () => {
    const [made, a, b] = await two()
    await serve(b)
    const good = await measure(a, b)
    expect(good).toMatchObject({ came: 1, twice: 0, fileCame: true })
    await made.spoil(a, { delayMs: 50 })
    const slow = await measure(a, b)
    expect(slow).toMatchObject({ came: 1, twice: 0, fileCame: true })
    expect(slow.medianMs).toBeGreaterThan(99)
    await made.spoil(b, { loss: 0.3, duplicate: 0.3 })
    const bad = await measure(a, b)
    // There and back: 0.7² of them come, of these about half more than once.
    expect(bad.came).toBeGreaterThan(0.3)
    expect(bad.came).toBeLessThan(0.7)
    expect(bad.twice).toBeGreaterThan(0.1)
    await made.repair(a)
    await made.repair(b)
    expect(await measure(a, b)).toMatchObject({ came: 1, twice: 0, fileCame: true })
  })

  needsRoot('one way can be cut alone, or both, and mended', async () => {
    const [made, a, b] = await two()
    await serve(b)
    await made.spoil(b, {})
    for (const [cut, mend] of [
      [() => made.cut(a, b), () => made.mend(a, b)],
      [() => made.cut(b, a), () => made.mend(b, a)],
      [() => made.partition(a, b), () => made.heal(a, b)],
    ] as const) {
      cut()
      expect((await measure(a, b)).came).toBe(0)
      mend()
      expect(await measure(a, b)).toMatchObject({ came: 1 })
    }
  })

  needsRoot('a small disk runs full, has room again, and is lost', async () => {
    const [, a, b] = await two({ diskMb: 8 })
    const file = `${a.dataDir}/file`
    a.fillDisk()
    expect(() => writeFileSync(file, Buffer.alloc(8192))).toThrow('ENOSPC')
    writeFileSync(`${b.dataDir}/file`, Buffer.alloc(8192))
    a.clearDisk()
    writeFileSync(file, Buffer.alloc(8192))
    a.loseDisk()
    expect(existsSync(file)).toBe(false)
  })

  needsRoot('the wall clock of one meshbox jumps; the other keeps the time', async () => {
    const [, a, b] = await two({ clocks: true })
    a.jumpClock(-7200)
    const secondsOff = async (machine: Machine) => {
      const url = `zk://${machine.address}/mesos`
      await machine.meshbox('join', url, '--simulated', '--name', machine.name, '--timeout', '1')
      const [first = ''] = (await Bun.file(`${machine.dataDir}/log/meshbox.log`).text()).split('\n')
      return (Date.parse(JSON.parse(first).time) - Date.now()) / 1000
    }
    expect(Math.abs((await secondsOff(a)) + 7200)).toBeLessThan(60)
    expect(Math.abs(await secondsOff(b))).toBeLessThan(60)
  })

  needsRoot('a machine can be paused, and all of it be killed at once', async () => {
    const [, a] = await two()
    const sleeping = a.run('sleep', '100000')
    const state = async () =>
      (await Bun.$`ps -o stat= -p ${(await pids(a))[0] ?? 0}`.nothrow().text()).trim()[0]
    while ((await pids(a)).length === 0) await Bun.sleep(20)
    a.pause()
    expect(await state()).toBe('T')
    a.resume()
    expect(await state()).toBe('S')
    await a.powerOff()
    expect((await sleeping).code).not.toBe(0)
  })
})

/** Programs named `sleep` in the machine. */
async function pids(machine: Machine): Promise<number[]> {
  const { out } = await machine.run('bash', '-c', 'ip netns pids "$(ip netns identify $$)"')
  const all = out.split('\n').filter(Boolean).map(Number)
  const named = await Promise.all(
    all.map((pid) =>
      Bun.file(`/proc/${pid}/comm`)
        .text()
        .catch(() => ''),
    ),
  )
  return all.filter((_, index) => named[index]?.trim() === 'sleep')
}
