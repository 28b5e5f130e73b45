import { expect, setDefaultTimeout } from 'bun:test'
import { mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import { makePlace } from './machine.ts'

setDefaultTimeout(180_000)

/** A disk of its own for the machine, small enough to be filled. */
needsRoot('on a disk that fills up logs are kept short, it is told, and everything goes on', async () => {
  const place = await makePlace()
  try {
    mkdirSync(place.dataDir)
    const mounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=400m', 'none', place.dataDir])
    expect(mounted.exitCode).toBe(0)
    const where = ['--data-dir', place.dataDir]
    const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
    const joined = await place.meshbox('join', url, '--simulated', '--config', place.configFile, ...where)
    expect(joined).toMatchObject({ code: 0 })
    const before = await place.pids()

    const log = join(place.dataDir, 'log/marathon.log')
    writeFileSync(log, 'what was\n'.repeat(500_000), { flag: 'a' })
    writeFileSync(join(place.dataDir, 'log/marathon.log.1'), 'what was before\n'.repeat(10_000))
    const filler = join(place.dataDir, 'filler')
    const { bavail, bsize } = statfsSync(place.dataDir)
    expect(Bun.spawnSync(['fallocate', '-l', String(bavail * bsize - 8_000_000), filler]).exitCode).toBe(0)

    const told = await place.waitFor('the disk to be told of', ({ problems }) =>
      problems.some((problem) => / MB left: logs and history are kept short/.test(problem.why)),
    )
    expect(told).toMatchObject({ ready: true })
    const short = await until(systemClock, { everyMs: 100, timeoutMs: 30_000 }, () =>
      // In memory a file can be punched, not made shorter.
      statSync(log).blocks * 512 < 1_500_000 ? true : undefined,
    )
    expect(short).toBe(true)
    expect(() => statSync(`${log}.1`)).toThrow()
    expect(await place.meshbox('config', 'set', 'dns.ttl=7', ...where)).toMatchObject({ code: 0 })

    rmSync(filler)
    await place.waitFor(
      'room',
      ({ problems }) => !problems.some((problem) => problem.what.startsWith('the disk of')),
    )
    expect(await place.pids()).toEqual(before)
  } finally {
    await place.meshbox('service', 'stop', '--all', '--data-dir', place.dataDir)
    Bun.spawnSync(['umount', '--lazy', place.dataDir])
    await place.remove()
  }
})
