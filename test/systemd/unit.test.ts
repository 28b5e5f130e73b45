import { afterAll, beforeAll, expect } from 'bun:test'
import type { Status } from '../../src/agent/status.ts'
import { signed } from '../../src/agent/unit/text.ts'
import { needsRoot } from '../root.ts'
import { type Host, makeHost } from './host.ts'

let host: Host
const root = process.getuid?.() === 0

beforeAll(async () => {
  if (root) host = await makeHost()
}, 90_000)
afterAll(async () => {
  if (root) await host.remove()
}, 60_000)

const services = (status: Status | undefined) => status?.machines[0]?.services ?? []
const pids = async () =>
  Object.fromEntries(services(await host.status()).flatMap(({ name, pid }) => (pid ? [[name, pid]] : [])))
const ready = (status: Status) => status.ready

needsRoot('join has systemd start the agent, now and at each boot', async () => {
  await host.must('meshbox', 'join', 'zk://127.0.0.1:2181/mesos', '--simulated')
  expect((await host.must('systemctl', 'is-active', 'meshbox')).trim()).toBe('active')
  expect((await host.must('systemctl', 'is-enabled', 'meshbox')).trim()).toBe('enabled')
  expect(await host.must('systemd-analyze', 'verify', 'meshbox.service')).toBe('')
})

needsRoot('the end of the agent, by systemctl or by a crash, ends no program', async () => {
  const before = await pids()
  expect(Object.keys(before).sort()).toEqual(['marathon', 'mesos-agent', 'mesos-master', 'zookeeper'])
  await host.must('systemctl', 'restart', 'meshbox')
  await host.waitFor('the agent after a restart', ready)
  expect(await pids()).toEqual(before)
  await host.must('systemctl', 'stop', 'meshbox')
  expect(await host.status()).toBeUndefined()
  for (const pid of Object.values(before)) await host.must('kill', '-0', String(pid))
  await host.must('systemctl', 'start', 'meshbox')
  await host.must('systemctl', 'kill', '--signal=KILL', '--kill-whom=main', 'meshbox')
  await host.waitFor('the agent after a crash', ready)
  expect(await pids()).toEqual(before)
})

needsRoot('a new version brings its unit up to date, but for one that somebody has changed', async () => {
  const packaged = 'usr/local/lib/systemd/system/meshbox.service'
  const inEtc = 'etc/systemd/system/meshbox.service'
  const wanted = host.read(inEtc) ?? ''
  const before = signed(
    wanted.slice(wanted.indexOf('[Unit]')).replace('TimeoutStopSec=180', 'TimeoutStopSec=7'),
  )
  const stopTime = () => host.must('systemctl', 'show', 'meshbox', '--property', 'TimeoutStopUSec', '--value')
  host.write(inEtc, before)
  await host.must('systemctl', 'daemon-reload')
  expect((await stopTime()).trim()).toBe('7s')
  // What install.sh and `meshbox upgrade` have the new binary do.
  const setUp = () => host.run('meshbox', 'setup', '/release')
  expect(await setUp()).toEqual({ code: 0, out: '', err: '' })
  expect([host.read(inEtc), host.read(packaged)]).toEqual([wanted, wanted])
  expect((await stopTime()).trim()).toBe('3min')

  const edited = before.replace('TimeoutStopSec=7', 'TimeoutStopSec=8')
  host.write(inEtc, edited)
  const { code, err } = await setUp()
  expect(code).toBe(0)
  expect(err).toStartWith(`/${inEtc} stays as somebody has changed it`)
  expect(host.read(inEtc)).toBe(edited)
  host.write(inEtc, wanted)
  await host.must('systemctl', 'daemon-reload')
})

needsRoot('a shutdown stops the services in order, and a boot brings them back', async () => {
  await host.powerOff()
  const log = host.read('var/log/meshbox/meshbox.log') ?? ''
  const stopped = log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ msg, state }) => msg === 'service' && state === 'stopped')
    .map(({ service }) => service)
  expect(stopped.at(-1)).toBe('zookeeper')
  expect(stopped.toSorted()).toEqual(['marathon', 'mesos-agent', 'mesos-master', 'zookeeper'])
  await host.boot()
  await host.waitFor('the machine after its boot', ready)
})

needsRoot('leave takes the unit away', async () => {
  await host.must('meshbox', 'leave', '--yes')
  expect(host.read('etc/systemd/system/meshbox.service')).toBeUndefined()
  expect((await host.run('systemctl', 'is-enabled', 'meshbox')).code).not.toBe(0)
  expect((await host.run('pgrep', '--exact', 'meshbox')).code).toBe(1)
})
