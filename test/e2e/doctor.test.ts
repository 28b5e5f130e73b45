import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import type { Report } from '../../src/agent/doctor/doctor.ts'
import { alive, eventually } from '../supervision/stage.ts'
import { makePlace, type Place } from './machine.ts'

setDefaultTimeout(120_000)

let place: Place

beforeEach(async () => {
  place = await makePlace()
})
afterEach(() => place.remove())

async function doctor(...argv: string[]): Promise<{ code: number; faults: Report }> {
  const { code, out } = await place.meshbox('doctor', ...argv, '--data-dir', place.dataDir, '--json')
  const report: Report = JSON.parse(out)
  return { code, faults: report.filter(({ result }) => result === 'failed') }
}

const url = () => `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
const wish = () => [url(), '--simulated', '--config', place.configFile]

test('examines a machine before it joins, writes nothing, and names who holds a port', async () => {
  expect((await doctor(...wish())).faults.map(({ check }) => check)).toEqual([])
  const blocker = Bun.listen({ hostname: '127.0.0.1', port: place.ports.marathon, socket: { data() {} } })
  const { code, faults } = await doctor(...wish())
  blocker.stop(true)
  expect(code).toBe(5)
  expect(faults).toMatchObject([
    { check: 'ports', message: expect.stringContaining(`wanted by marathon, is in use by`) },
  ])
  expect(existsSync(place.dataDir)).toBe(false)
})

test('finds nothing wrong with a machine that works, and says what is wrong when its agent is gone', async () => {
  const { code } = await place.meshbox('join', ...wish(), '--data-dir', place.dataDir)
  expect(code).toBe(0)
  expect(await doctor()).toEqual({ code: 0, faults: [] })
  const pid = (await place.status())?.machines[0]?.pid ?? 0
  const before = await place.pids()
  process.kill(pid, 'SIGKILL')
  await eventually('its end', () => !alive(pid))
  const { faults } = await doctor()
  expect(faults).toMatchObject([{ check: 'agent', message: 'the agent does not run' }])
  expect((await place.meshbox('doctor', '--fix', '--data-dir', place.dataDir)).out).toContain(
    'the agent runs',
  )
  await place.waitFor('readiness', ({ ready }) => ready)
  expect(await place.pids()).toEqual(before)
})
