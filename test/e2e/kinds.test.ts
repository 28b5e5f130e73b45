import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from 'bun:test'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startZooKeeper, type TestServer } from '../zookeeper/server.ts'
import { binary, makePlace, type Place, processesOf } from './machine.ts'

setDefaultTimeout(180_000)

let place: Place

beforeEach(async () => {
  place = await makePlace()
})
afterEach(() => place.remove())

const joining = (at: Place, url: string, ...more: string[]) =>
  at.meshbox('join', url, '--config', at.configFile, '--data-dir', at.dataDir, ...more)

describe('a ZooKeeper that is there already', () => {
  let server: TestServer

  beforeAll(async () => {
    server = await startZooKeeper()
  })
  afterAll(() => server.remove())

  const url = (path: string) => `zk://127.0.0.1:${server.port}${path}`

  test('is used, and none is started', async () => {
    const { code, out } = await joining(place, url('/there/mesos'), '--simulated')
    expect({ code, out }).toMatchObject({ code: 0 })
    expect(out).toContain('not run by meshbox')
    expect(Object.keys(await place.pids()).sort()).toEqual(['marathon', 'mesos-agent', 'mesos-master'])
    expect(await place.dig('leader.mesos', 'A')).toEqual(['127.0.0.1'])
  })

  test('has a controller beside it that is no worker, when it is told so; the URL says who is one', async () => {
    const wrong = await joining(place, url('/apart/mesos'), '--simulated', '--new', '--role', 'worker')
    expect(wrong).toMatchObject({ code: 2 })
    expect(wrong.err).toContain('cannot make this machine a worker: the ZooKeeper URL names it')
    expect(existsSync(place.dataDir)).toBe(false)
    const apart = await joining(place, url('/apart/mesos'), '--simulated', '--new', '--role', 'controller')
    expect({ code: apart.code, err: apart.err }).toMatchObject({ code: 0 })
    expect(Object.keys(await place.pids()).sort()).toEqual(['marathon', 'mesos-master'])
    expect(await place.status()).toMatchObject({ ready: true, machines: [{ roles: ['controller'] }] })
    expect((await joining(place, url('/apart/mesos'), '--simulated')).code).toBe(0)
    const both = await joining(place, url('/apart/mesos'), '--simulated', '--role', 'worker')
    expect(both.err).toContain('cannot join as a worker: this machine has joined as a controller')
  })

  test('is never written into by dev, which keeps to itself', async () => {
    await Bun.write(`${place.dir}/dev.yaml`, `zookeeper: { clientPort: ${server.port} }\n`)
    const { code, err } = await place.meshbox(
      'dev',
      '--config',
      `${place.dir}/dev.yaml`,
      '--data-dir',
      place.dataDir,
    )
    expect(code).toBe(1)
    expect(err).toContain(`port ${server.port}, wanted by zookeeper, is in use by java`)
    expect(existsSync(place.dataDir)).toBe(false)
  })

  test('holds two clusters side by side; each kind refuses the other, and nothing is changed', async () => {
    expect((await joining(place, url('/one/mesos'), '--simulated', '--new')).code).toBe(0)
    const other = await makePlace()
    try {
      const real = await joining(other, url('/one/mesos'))
      expect(real).toMatchObject({ code: 1 })
      expect(real.err).toContain('this cluster was born as a simulated one')
      expect(existsSync(other.dataDir)).toBe(false)
      expect(processesOf(other.dir)).toEqual([])

      await joining(other, url('/two/mesos'), '--new')
      expect((await other.status())?.cluster).toMatchObject({ simulated: false })
      const third = await makePlace()
      const simulated = await joining(third, url('/two/mesos'), '--simulated')
      await third.remove()
      expect(simulated).toMatchObject({ code: 1 })
      expect(simulated.err).toContain('this cluster was born as a real one')
    } finally {
      await other.remove()
    }
  })
})

test('a ZooKeeper that is not there is waited for, and named', async () => {
  const dead = `zk://127.0.0.2:${place.ports.zookeeper}/mesos`
  const { code, err, out } = await joining(place, dead, '--simulated', '--timeout', '6')
  expect(code).toBe(1)
  expect(err).toContain(`nobody serves at ${dead}`)
  expect(out).toContain('Not ready yet')
})

test('joined once, another URL is refused and the same one is not', async () => {
  const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  expect((await joining(place, url, '--simulated')).code).toBe(0)
  const before = await place.pids()
  const { code, err } = await joining(place, 'zk://127.0.0.1:1/mesos', '--simulated')
  expect(code).toBe(1)
  expect(err).toContain('already belongs to')
  expect(await place.pids()).toEqual(before)
})

test('loopback in a URL of several machines is refused', async () => {
  const url = `zk://127.0.0.1:${place.ports.zookeeper},127.0.0.2:1/mesos`
  const { code, err } = await joining(place, url, '--simulated')
  expect(code).toBe(2)
  expect(err).toContain('is a loopback address')
  expect(existsSync(place.dataDir)).toBe(false)
})

test('installed programs are used, never beside stand-ins; Marathon is left out when it is not installed', async () => {
  const bin = join(place.dir, 'bin')
  mkdirSync(bin)
  for (const program of ['mesos-master', 'mesos-log', 'mesos-agent']) {
    writeFileSync(join(bin, program), `#!/bin/sh\nexec ${binary} simulated ${program} "$@"\n`)
    chmodSync(join(bin, program), 0o755)
  }
  place.env.PATH = `${bin}:${process.env.PATH}`
  const { code, out } = await joining(place, `zk://127.0.0.1:${place.ports.zookeeper}/mesos`)
  expect({ code, out }).toMatchObject({ code: 0 })
  expect(out).toMatch(/marathon +left out/)
  expect(out).toContain('marathon is not installed')
  expect(out).not.toContain('simulated')
  const status = await place.waitFor('the cluster', (now) => now.ready)
  expect(status.cluster.simulated).toBe(false)
  const services = status.machines[0]?.services ?? []
  expect(services.map(({ name, provider }) => `${name} ${provider}`).sort()).toEqual([
    'mesos-agent system',
    'mesos-master system',
    'zookeeper system',
  ])

  writeFileSync(join(bin, 'marathon'), `#!/bin/sh\nexec ${binary} simulated marathon "$@"\n`)
  chmodSync(join(bin, 'marathon'), 0o755)
  await place.waitFor('Marathon, which was installed meanwhile', ({ machines: [machine] }) =>
    Boolean(machine?.services.some(({ name, state }) => name === 'marathon' && state === 'ready')),
  )
})
