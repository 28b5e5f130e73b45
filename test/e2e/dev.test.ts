import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { systemClock, until } from '../../src/clock.ts'
import { type Completed, openShells, shellNames } from '../shells.ts'
import { binary, makePlace, type Place, processesOf } from './machine.ts'

setDefaultTimeout(180_000)

let place: Place
let completed: Completed
let dev: Bun.Subprocess<'ignore', 'pipe', 'pipe'>
const webApp = { id: '/web', cmd: 'python3 -m http.server $PORT0', cpus: 0.1, instances: 2 }

function startDev(...more: string[]): typeof dev {
  return Bun.spawn([binary, 'dev', '--data-dir', place.dataDir, '--config', place.configFile, ...more], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    cwd: place.dir,
  })
}

beforeAll(async () => {
  place = await makePlace()
  completed = openShells(place.dir, binary)
  dev = startDev('--json')
  await place.waitFor('the cluster', (status) => status.ready)
})
afterAll(() => place.remove())

const marathon = (path: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${place.ports.marathon}${path}`, {
    headers: { 'content-type': 'application/json' },
    ...init,
  })

async function eventually<T>(what: string, check: () => Promise<T | undefined>): Promise<T> {
  const found = await until(systemClock, { everyMs: 100, timeoutMs: 60_000 }, check)
  if (found === undefined) throw new Error(`gave up waiting for ${what}`)
  return found
}

const answers = (name: string, type: string, count: number) =>
  eventually(`${count} ${type} of ${name}`, async () => {
    const lines = await place.dig(name, type)
    return lines.length === count ? lines : undefined
  })

describe('meshbox dev', () => {
  test('says what runs, what is simulated, and what to type next', async () => {
    const status = await place.waitFor('the cluster', (now) => now.ready)
    expect(status.cluster.simulated).toBe(true)
    const services = status.machines[0]?.services ?? []
    expect(services.map(({ name }) => name).sort()).toEqual([
      'marathon',
      'mesos-agent',
      'mesos-master',
      'zookeeper',
    ])
    for (const { name, simulated, state } of services) {
      expect({ name, simulated, state }).toEqual({ name, simulated: name !== 'zookeeper', state: 'ready' })
    }
    const { out } = await place.meshbox('status', '--data-dir', place.dataDir)
    expect(out).toContain('simulated')
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })

  test('prints a line of JSON for whoever starts it and waits until it is ready', async () => {
    let said = ''
    for await (const part of dev.stdout) {
      said += Buffer.from(part).toString()
      if (said.includes('\n')) break
    }
    expect(JSON.parse(said)).toMatchObject({ ready: true, machines: [{ name: 'dev' }] })
  })

  test.each(shellNames)('%s completes what the agent knows', async (shell) => {
    const at = `--data-dir ${place.dataDir}`
    const lines: [string, string][] = [
      [`meshbox service stop ${at} mara`, `meshbox service stop ${at} marathon`],
      [`meshbox logs ${at} --node d`, `meshbox logs ${at} --node dev`],
      [`meshbox config rollback ${at} `, `meshbox config rollback ${at} 0`],
    ]
    const ends = await Promise.all(lines.map(([begun]) => completed(shell, begun)))
    expect(ends).toEqual(lines.map(([, end]) => end))
  })

  test('answers dig for the leader, the agents and a deployed app, and serves its pages', async () => {
    expect(await answers('leader.mesos', 'A', 1)).toEqual(['127.0.0.1'])
    expect(await answers('_leader._tcp.mesos', 'SRV', 1)).toEqual([`0 1 ${place.ports.master} leader.mesos.`])
    expect((await marathon('/v2/apps', { method: 'POST', body: JSON.stringify(webApp) })).status).toBe(201)
    const targets = await answers('_web._tcp.marathon.mesos', 'SRV', 2)
    expect(await answers('web.marathon.mesos', 'A', 1)).toEqual(['127.0.0.1'])
    for (const target of targets) {
      const [, , port, host = ''] = target.split(' ')
      const [address] = await place.dig(host, 'A')
      const page = await eventually('the page', () =>
        fetch(`http://${address}:${port}/`).then(
          (answer) => answer.text(),
          () => undefined,
        ),
      )
      expect(page).toContain('Directory listing')
    }
  })

  test('follows a scaled, a killed and a deleted app', async () => {
    const app = { id: '/sleepy', cmd: 'sleep 100000', cpus: 0.1, instances: 1 }
    expect((await marathon('/v2/apps', { method: 'POST', body: JSON.stringify(app) })).status).toBe(201)
    const [first] = await answers('_sleepy._tcp.marathon.mesos', 'SRV', 1)
    await marathon('/v2/apps/sleepy', { method: 'PUT', body: JSON.stringify({ instances: 3 }) })
    await answers('_sleepy._tcp.marathon.mesos', 'SRV', 3)
    await marathon('/v2/apps/sleepy', { method: 'PUT', body: JSON.stringify({ instances: 1 }) })
    const [kept] = await answers('_sleepy._tcp.marathon.mesos', 'SRV', 1)
    const tasks = processesOf(place.dataDir).filter((pid) => commandOf(pid) === 'sleep 100000')
    expect(tasks.length).toBe(1)
    process.kill(tasks[0] ?? 0, 'SIGKILL')
    await eventually('another task', async () => {
      const [now] = await place.dig('_sleepy._tcp.marathon.mesos', 'SRV')
      return now !== undefined && now !== kept ? now : undefined
    })
    expect(first).toBeDefined()
    expect((await marathon('/v2/apps/sleepy', { method: 'DELETE' })).ok).toBe(true)
    await answers('_sleepy._tcp.marathon.mesos', 'SRV', 0)
    await eventually('the end of its process', async () =>
      processesOf(place.dataDir).some((pid) => commandOf(pid) === 'sleep 100000') ? undefined : true,
    )
  })

  test.each(['zookeeper', 'mesos-master', 'marathon', 'mesos-agent'])(
    'kill -9 of %s: it is back, and every query meanwhile was answered',
    async (name) => {
      const tasks = await answers('_web._tcp.marathon.mesos', 'SRV', 2)
      const before = await place.waitFor('the cluster', (status) => status.ready)
      const pid = before.machines[0]?.services.find((service) => service.name === name)?.pid ?? 0
      const querying = new AbortController()
      const asked = queries('_web._tcp.marathon.mesos', querying.signal)
      process.kill(pid, 'SIGKILL')
      await place.waitFor(`${name} to be back`, (status) => {
        const service = status.machines[0]?.services.find((each) => each.name === name)
        return status.ready && service?.pid !== undefined && service.pid !== pid
      })
      await Bun.sleep(1000)
      querying.abort()
      const results = await asked
      expect(results.length).toBeGreaterThan(15)
      // No task has changed all the while, so there is one true answer.
      expect(results.filter((result) => result !== tasks.join('\n'))).toEqual([])
    },
  )

  test('a second one in the same folder says who holds it, and changes nothing', async () => {
    const before = await place.pids()
    const { code, err } = await place.meshbox('dev', '--data-dir', place.dataDir)
    expect(code).toBe(1)
    expect(err).toContain(`pid ${dev.pid}`)
    expect(await place.pids()).toEqual(before)
  })

  test('killed itself, it leaves all of it running, and the next one takes it over', async () => {
    const before = await place.pids()
    dev.kill('SIGKILL')
    await dev.exited
    dev = startDev()
    await place.waitFor('the cluster', (status) => status.ready)
    expect(await place.pids()).toEqual(before)
  })

  test('SIGTERM ends everything, tasks too, and finds nothing wrong with that', async () => {
    dev.kill('SIGTERM')
    expect(await dev.exited).toBe(0)
    expect(processesOf(place.dir)).toEqual([])
    const text = await new Response(dev.stdout).text()
    expect(text).toContain('_web._tcp.marathon.mesos SRV')
    const [, end = ''] = (await new Response(dev.stderr).text()).split('Ending all of it')
    expect(end).toContain('zookeeper     stopped')
    expect(end).not.toMatch(/problem|dns/)
  })
})

function commandOf(pid: number): string {
  const { stdout } = Bun.spawnSync(['ps', '-o', 'args=', '-p', String(pid)])
  return stdout.toString().trim()
}

/** Asks 20 times a second until told to end; each result is the answer, or what went wrong. */
async function queries(name: string, signal: AbortSignal): Promise<string[]> {
  const asked: Promise<string>[] = []
  while (!signal.aborted) {
    asked.push(
      place.dig(name, 'SRV').then(
        (lines) => lines.join('\n'),
        (error) => String(error),
      ),
    )
    await Bun.sleep(50)
  }
  return Promise.all(asked)
}
