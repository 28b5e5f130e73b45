import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServiceStatus } from '../../src/supervisor/service/spec.ts'
import { binary, makePlace, type Place } from './machine.ts'

setDefaultTimeout(180_000)

let place: Place

beforeEach(async () => {
  place = await makePlace()
})
afterEach(() => place.remove())

const joined = (...more: string[]) =>
  place.meshbox(
    'join',
    `zk://127.0.0.1:${place.ports.zookeeper}/mesos`,
    '--simulated',
    '--config',
    place.configFile,
    '--data-dir',
    place.dataDir,
    ...more,
  )

async function service(...argv: string[]): Promise<{ code: number; err: string; services: ServiceStatus[] }> {
  const { code, out, err } = await place.meshbox('service', ...argv, '--data-dir', place.dataDir, '--json')
  return { code, err, services: out === '' ? [] : JSON.parse(out) }
}

test('services are stopped and started by hand, and a stop outlives the agent', async () => {
  expect((await joined()).code).toBe(0)
  const before = await place.pids()
  expect((await service('stop', 'marathon', 'mesos-agent')).services).toMatchObject([
    { name: 'mesos-agent', state: 'stopped', byHand: true },
    { name: 'marathon', state: 'stopped', byHand: true },
  ])
  process.kill((await place.status())?.machines[0]?.pid ?? 0, 'SIGKILL')
  const { code, out } = await joined('--json')
  expect({ code, ready: JSON.parse(out).ready }).toEqual({ code: 0, ready: true })
  const after = (await service('list')).services
  expect(after.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'zookeeper ready',
    'mesos-master ready',
    'mesos-agent stopped',
    'marathon stopped',
  ])
  expect(after[0]?.pid).toBe(before.zookeeper)

  const read = (...argv: string[]) => place.meshbox('logs', ...argv, '--data-dir', place.dataDir)
  expect((await read('mesos-master', '-n', '5')).out.split('\n').length).toBe(6)
  const [first = '', ...more] = (await read('mesos-master', '-n', '5', '--json')).out.trimEnd().split('\n')
  expect(more).toHaveLength(4)
  expect(JSON.parse(first)).toEqual({
    ...{ service: 'mesos-master', line: expect.any(String) },
    time: expect.stringMatching(/^\d{4}-/),
  })
  expect((await read('meshbox', '--since', '1h')).out).toContain('"service":"marathon"')
  expect(await read('nginx')).toMatchObject({ code: 1, err: expect.stringContaining('there are those of') })
  const following = Bun.spawn([binary, 'logs', 'mesos-agent', '-f', '-n', '0', '--data-dir', place.dataDir], {
    stdout: 'pipe',
  })

  expect((await service('start', '--all')).code).toBe(0)
  let heard = ''
  for await (const text of following.stdout) {
    heard += Buffer.from(text).toString()
    if (heard.includes('Registered with master') || heard.includes('registered')) break
  }
  following.kill()
  expect(await following.exited).toBe(0)
  const restarted = await service('restart', 'mesos-agent')
  expect(restarted).toMatchObject({
    code: 0,
    services: [{ name: 'mesos-agent', state: 'ready', byHand: false }],
  })
  expect(await service('stop', 'nginx')).toMatchObject({ code: 1, err: expect.stringContaining('here are') })
  expect((await service('stop')).code).toBe(2)
})

test('a program that cannot live with its settings ends in failed, and join says so with what it wrote', async () => {
  writeFileSync(
    join(place.dir, 'wrong.yaml'),
    `${await Bun.file(place.configFile).text()}`.replace(
      'agent: {',
      'agent: { extraFlags: { frobnicate: 1 },',
    ),
  )
  place.configFile = join(place.dir, 'wrong.yaml')
  const { code, out } = await joined()
  expect(code).toBe(1)
  expect(out).toContain('problem: mesos-agent failed: ended with exit code 1')
  expect(out).toContain("Failed to load unknown flag 'frobnicate'")
  expect(out).toContain('hint: one of its flags is wrong')
})
