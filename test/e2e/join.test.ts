import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { binary, makePlace, type Place, processesOf } from './machine.ts'

setDefaultTimeout(180_000)

let place: Place
let url: string

beforeEach(async () => {
  place = await makePlace()
  url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
})
afterEach(() => place.remove())

const join = (...more: string[]) =>
  place.meshbox(
    'join',
    url,
    '--simulated',
    '--config',
    place.configFile,
    '--data-dir',
    place.dataDir,
    ...more,
  )

async function agentPid(): Promise<number> {
  const pid = (await place.status())?.machines[0]?.pid
  if (pid === undefined) throw new Error('no agent answers')
  return pid
}

const alive = (pid: number) => existsSync(`/proc/${pid}`)

async function ended(pid: number): Promise<void> {
  for (let i = 0; i < 600 && alive(pid); i++) await Bun.sleep(50)
  expect(alive(pid)).toBe(false)
}

describe('join on a single machine', () => {
  test('starts everything, says when it is ready, and changes nothing when run again', async () => {
    const first = await join()
    expect(first).toMatchObject({ code: 0 })
    expect(first.out).toContain('Ready. Next: dig @')
    expect(await place.dig('leader.mesos', 'A')).toEqual(['127.0.0.1'])
    const [pids, agent] = [await place.pids(), await agentPid()]
    const again = await join()
    expect(again).toMatchObject({ code: 0 })
    expect(again.err).toContain('nothing was changed')
    expect([await place.pids(), await agentPid()]).toEqual([pids, agent])
  })

  test('SIGTERM, SIGINT and SIGKILL of the agent leave the programs alone; the next start takes them over', async () => {
    expect(await join()).toMatchObject({ code: 0 })
    const pids = await place.pids()
    expect(Object.keys(pids).sort()).toEqual(['marathon', 'mesos-agent', 'mesos-master', 'zookeeper'])
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
      const agent = await agentPid()
      process.kill(agent, signal)
      await ended(agent)
      for (const pid of Object.values(pids)) expect(alive(pid ?? 0)).toBe(true)
      expect((await place.meshbox('status', '--data-dir', place.dataDir)).code).toBe(3)
      expect(await join()).toMatchObject({ code: 0 })
      expect(await place.pids()).toEqual(pids)
      const status = await place.waitFor('the cluster', (now) => now.ready)
      for (const service of status.machines[0]?.services ?? []) expect(service.adopted).toBe(true)
    }
  })

  test('--foreground runs the agent in front and leaves the programs when it ends', async () => {
    const argv = [
      'join',
      url,
      '--simulated',
      '--config',
      place.configFile,
      '--data-dir',
      place.dataDir,
      '--foreground',
    ]
    const front = Bun.spawn([binary, ...argv], {
      stdin: 'ignore',
      stderr: 'pipe',
      stdout: 'pipe',
      cwd: place.dir,
    })
    const status = await place.waitFor('the cluster', (now) => now.ready)
    expect(status.machines[0]?.pid).toBe(front.pid)
    const pids = await place.pids()
    front.kill('SIGINT')
    expect(await front.exited).toBe(0)
    for (const pid of Object.values(pids)) expect(alive(pid ?? 0)).toBe(true)
  })

  test('a program that is not installed holds up only what needs it', async () => {
    const { code, out } = await place.meshbox(
      'join',
      url,
      '--config',
      place.configFile,
      '--data-dir',
      place.dataDir,
    )
    expect(code).toBe(1)
    expect(out).toContain('mesos-master is not installed')
    const status = await place.status()
    expect(status?.cluster).toMatchObject({ simulated: false, document: { version: 0 } })
    expect(status?.machines[0]?.services.find(({ name }) => name === 'zookeeper')?.state).toBe('ready')
    const reply = Bun.spawnSync(['dig', '@127.0.0.1', '-p', String(place.ports.dns), 'leader.mesos'])
    expect(reply.stdout.toString()).toContain('SERVFAIL')
  })
})

describe('the shared document', () => {
  test('is shown, validated, applied, and refused when it is wrong', async () => {
    expect(await join()).toMatchObject({ code: 0 })
    const config = (...argv: string[]) => place.meshbox('config', ...argv, '--data-dir', place.dataDir)
    const before = readFileSync(place.configFile, 'utf8')
    expect((await config('show')).out.trim()).toBe(before.trim())
    await Bun.write(`${place.dir}/bad.yaml`, `${before}\nnmae: x\n`)
    expect(await config('apply', `${place.dir}/bad.yaml`)).toMatchObject({ code: 2 })
    await Bun.write(`${place.dir}/good.yaml`, `${before}\nname: renamed\n`)
    expect(await config('apply', `${place.dir}/good.yaml`)).toMatchObject({ code: 0 })
    await place.waitFor('the new name', (status) => status.cluster.name === 'renamed' && status.ready)
    expect((await config('show')).out).toContain('name: renamed')
    const records = await place.meshbox('dns', 'records', 'leader.mesos', '--data-dir', place.dataDir)
    expect(records).toMatchObject({ code: 0 })
    expect(records.out).toContain('127.0.0.1')
  })
})

describe('what the person typed or wrote is refused with exit 2, and nothing is changed', () => {
  const urls = [
    'zk://127.0.0.1:2181',
    'zk://127.0.0.1:70000/mesos',
    'zk://:2181/mesos',
    'http://127.0.0.1:2181/mesos',
  ]
  test.each(urls)('%s', async (wrong) => {
    const { code, err } = await place.meshbox('join', wrong, '--data-dir', place.dataDir)
    expect(code).toBe(2)
    expect(err).toContain('cannot read ZooKeeper URL')
    expect(err).toContain('hint:')
    expect(existsSync(place.dataDir)).toBe(false)
  })

  const documents: [string, string, string][] = [
    ['is not YAML', 'zookeeper: [1\n', 'line'],
    ['has an unknown key', 'zookeeper: { tickTyme: 1 }\n', 'did you mean tickTime?'],
    ['has a wrong type', 'dns: { port: many }\n', 'dns.port'],
  ]
  test.each(documents)('a document that %s', async (_, text, words) => {
    await Bun.write(`${place.dir}/wrong.yaml`, text)
    for (const start of [['join', url], ['dev']]) {
      const { code, err } = await place.meshbox(
        ...start,
        '--config',
        `${place.dir}/wrong.yaml`,
        '--data-dir',
        place.dataDir,
      )
      expect(code).toBe(2)
      expect(err).toContain(words)
      expect(existsSync(place.dataDir)).toBe(false)
    }
  })
})

describe('what the machine lacks is refused with exit 1, and nothing is changed', () => {
  test.each(['zookeeper', 'master', 'dns', 'api'] as const)('the port of %s is in use', async (name) => {
    const port = place.ports[name]
    const blocker = Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } })
    try {
      for (const start of [['join', url], ['dev']]) {
        const { code, err } = await place.meshbox(
          ...start,
          '--config',
          place.configFile,
          '--data-dir',
          place.dataDir,
        )
        expect(code).toBe(1)
        expect(err).toContain(`port ${port}`)
        expect(err).toContain(`pid ${process.pid}`)
        expect(existsSync(place.dataDir)).toBe(false)
      }
    } finally {
      blocker.stop(true)
    }
    expect(processesOf(place.dir)).toEqual([])
  })
})
