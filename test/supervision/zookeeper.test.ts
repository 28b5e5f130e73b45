import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import { kindOf } from '../../src/config/option/kind/kind.ts'
import { optionsIn } from '../../src/config/option/walk.ts'
import { documentSchema, zookeeperSchema } from '../../src/config/schema.ts'
import { openSession, type Session } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'
import { planServices } from '../../src/supervisor/plan.ts'
import { choosePrograms } from '../../src/supervisor/provider/choose.ts'
import { findPrograms } from '../../src/supervisor/provider/find.ts'
import { systemPrograms } from '../../src/supervisor/provider/system.ts'
import type { ServiceSpec } from '../../src/supervisor/service/spec.ts'
import { needsRoot } from '../root.ts'
import { freePort } from '../zookeeper/server.ts'
import { openStage, type Stage } from './stage.ts'

setDefaultTimeout(120_000)

let stage: Stage
let ports: { client: number; quorum: number; election: number }
let session: Session

beforeEach(async () => {
  stage = await openStage()
  ports = { client: await freePort(), quorum: await freePort(), election: await freePort() }
  session = openSession({ servers: [{ host: '127.0.0.1', port: ports.client }] }, systemClock, silentLog)
})
afterEach(async () => {
  await session.close()
  await stage.clear()
})

/** As the planner makes it for a lone machine, marked as this stage's. */
function spec(document: unknown = {}): ServiceSpec {
  const { services } = planServices({
    config: documentSchema.parse(document),
    machine: {
      name: 'one',
      hostname: 'one',
      ip: '127.0.0.1',
      dataDir: join(stage.dir, 'state'),
      logDir: join(stage.dir, 'log'),
      root: false,
      systemd: false,
      cpus: 1,
      memMb: 1024,
    },
    zk: { servers: [{ host: '127.0.0.1', port: ports.client }], path: '/mesos' },
    birth: {
      serverId: 1,
      clientPort: ports.client,
      founder: true,
      servers: [
        {
          id: 1,
          host: '127.0.0.1',
          clientPort: ports.client,
          quorumPort: ports.quorum,
          electionPort: ports.election,
        },
      ],
    },
    programs: choosePrograms(systemPrograms(findPrograms()), { simulated: true, self: ['meshbox'] }),
    mode: 'joined',
    roles: { controller: false, worker: false },
  })
  const [zookeeper] = services
  if (!zookeeper) throw new Error('ZooKeeper is not installed')
  return { ...zookeeper, env: { ...zookeeper.env, STAGE: stage.dir } }
}

const ready = () => stage.waitFor('zookeeper', ({ state }) => state === 'ready')
const folder = (...names: string[]) => join(stage.dir, 'state/zookeeper', ...names)
const config = () => readFileSync(folder('conf/zoo.cfg'), 'utf8')
const log = () => readFileSync(join(stage.dir, 'log/zookeeper.log'), 'utf8')

describe('a real ZooKeeper of one', () => {
  test('is born, serves clients, writes its log to our file, and listens on loopback alone', async () => {
    await stage.apply(spec())
    const { pid } = await ready()
    await session.create('/kept', 'data')
    expect(log()).toContain('Initialize file found')
    expect(log()).not.toContain('SLF4J')
    const listening = Bun.spawnSync(['ss', '-Hltnp']).stdout.toString()
    const own = listening.split('\n').filter((line) => line.includes(`pid=${pid},`))
    const addresses = own.map((line) => line.split(/\s+/)[3])
    expect(addresses).not.toEqual([])
    for (const address of addresses) expect(address).toMatch(/^(\[::ffff:)?127\.0\.0\.1\]?:/)
  })

  test('keeps its data through kill -9, and its own server list through a new plan', async () => {
    await stage.apply(spec())
    const { pid = 0 } = await ready()
    await session.create('/kept', 'data')
    const dynamic = /^dynamicConfigFile=.*\.dynamic\.\w+$/m
    expect(config()).toMatch(dynamic)
    const line = dynamic.exec(config())?.[0]
    process.kill(pid, 'SIGKILL')
    await stage.waitFor('zookeeper', (status) => status.state === 'ready' && status.pid !== pid)
    expect((await session.read('/kept'))?.data.toString()).toBe('data')
    await stage.apply(spec({ zookeeper: { tickTime: 1000 } }))
    const next = await ready()
    expect(next.pid).not.toBe(pid)
    expect((await session.read('/kept'))?.data.toString()).toBe('data')
    expect(config()).toContain('tickTime=1000')
    expect(config()).toContain(line ?? 'no line')
  })

  test('takes every option there is with the value that it has by default', async () => {
    const needFiles = ['serverCnxnFactory', 'authProvider', 'ssl.authProvider']
    const options = optionsIn(zookeeperSchema).filter(
      ({ path, facts }) => facts.programDefault !== undefined && !needFiles.includes(path.join('.')),
    )
    const settings = Object.fromEntries(
      options
        .filter(({ schema }) => kindOf(schema)?.name !== 'set by meshbox')
        .map(({ path, facts }) => [path.join('.'), facts.programDefault]),
    )
    await stage.apply(spec({ zookeeper: { ...settings, 'admin.enableServer': false } }))
    await ready()
    await session.create('/kept', 'data')
    expect(Object.keys(settings).length).toBeGreaterThan(110)
    expect(log()).not.toMatch(/ERROR|Unrecognised|NumberFormatException/)
  })

  test('is taken over by the next agent with its data and its pid', async () => {
    await stage.apply(spec())
    const { pid } = await ready()
    await session.create('/kept', 'data')
    await stage.restart()
    await stage.apply(spec())
    expect(await ready()).toMatchObject({ pid, adopted: true })
    expect((await session.read('/kept'))?.data.toString()).toBe('data')
    await stage.supervisor.stopAll('leave')
    expect(stage.processes()).toEqual([])
  })

  test('whose disk was lost is never born again: it runs, and is not ready', async () => {
    await stage.apply(spec())
    await ready()
    await session.create('/kept', 'data')
    await stage.supervisor.stopAll('leave')
    for (const name of readdirSync(folder('data'))) rmSync(folder('data', name), { recursive: true })
    await stage.restart()
    await stage.apply(spec())
    const { state } = await stage.waitFor(
      'zookeeper',
      ({ reason }) => reason?.includes('data is gone') ?? false,
    )
    expect(state).toBe('starting')
    expect(existsSync(folder('data/initialize'))).toBe(false)
    expect(readFileSync(folder('data/myid'), 'utf8').trim()).toBe('1')
  })

  test('that hangs is ended and started anew', async () => {
    await stage.apply(spec({ zookeeper: { tickTime: 200, initLimit: 5 } }))
    const { pid = 0 } = await ready()
    await session.create('/kept', 'data')
    process.kill(pid, 'SIGSTOP')
    const { reason } = await stage.waitFor('zookeeper', ({ restarts }) => restarts > 0)
    expect(reason).toMatch(/^ended by meshbox: it answered nothing for \d+ s$/)
    await stage.waitFor('zookeeper', (status) => status.state === 'ready' && status.pid !== pid)
    expect((await session.read('/kept'))?.data.toString()).toBe('data')
  })

  needsRoot('whose disk is full is ended, waits for room, and has all that it has confirmed', async () => {
    mkdirSync(folder(), { recursive: true })
    Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=200m', 'none', folder()])
    try {
      await stage.apply(spec())
      const { pid } = await ready()
      await session.create('/kept', 'data')
      Bun.spawnSync(['dd', 'if=/dev/zero', `of=${folder('filler')}`, 'bs=4096'], { stderr: 'ignore' })
      const { reason } = await stage.waitFor('zookeeper', ({ state }) => state === 'waiting')
      expect(reason).toBe(`for 16 MiB of room on the disk of ${folder('data')}`)
      // What it leaves when there is no room for the header of a new log.
      writeFileSync(folder('data/version-2/log.1000000ff'), '')
      rmSync(folder('filler'))
      await stage.waitFor('zookeeper', (status) => status.state === 'ready' && status.pid !== pid)
      expect((await session.read('/kept'))?.data.toString()).toBe('data')
    } finally {
      await stage.supervisor.stopAll('leave')
      Bun.spawnSync(['umount', '--lazy', folder()])
    }
  })
})
