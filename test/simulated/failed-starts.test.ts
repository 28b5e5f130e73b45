import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Program } from '../../src/supervisor/simulated/main.ts'
import { freePort } from '../zookeeper/server.ts'
import { comparable, type RecordedStart, recordedStarts } from './failed-starts.ts'
import { type Cluster, eventually, getJson, openCluster, type StandIn } from './harness.ts'

/** Starts that are not replayed here, and why. */
const notReplayed: Record<string, string> = {
  'mesosagent: not root, switch_user left on (starts)': 'needs a second user who may read this clone',
  'mesosagent: flags left at their defaults (root, no systemd running; --systemd_enable_support is on)':
    'depends on the init of the machine; src/supervisor/simulated/agent/check.test.ts shows the decision',
  'mesosagent: --no-systemd_enable_support, the rest at its defaults (root: --launcher=linux, --isolation=posix/cpu,posix/mem; cgroup v1)':
    'a crash of the original on a machine with cgroup v1; a stand-in makes no cgroups',
  'mesosagent: host with a hybrid cgroup layout (cgroup v1 mounted in /sys/fs/cgroup/*, cgroup2 at /sys/fs/cgroup/unified), any flags; the agent of the unchanged source':
    'the original refuses such a machine; a stand-in makes no cgroups',
}

const base =
  'mesos-agent --master=zk://127.0.0.1:2181/mesos --work_dir=/var/lib/mesos/agent2 --runtime_dir=/var/lib/mesos/agent2-run --ip=127.0.0.1 --port=5052 --launcher=posix --isolation=posix/cpu,posix/mem --no-systemd_enable_support --no-hostname_lookup'
const resources = '--resources=cpus:2;mem:2048;disk:5120;ports:[32000-32999]'
const attributes = '--attributes=rack:r7;zone:eu-west-1a;generation:3;ports_open:[1-1023]'
const agent2 = `${base} ${attributes} ${resources}`

/** Command lines that the recording tells in words. */
const told: Record<string, string> = {
  'mesosagent: work_dir recovered with other attributes (the agent had registered with --attributes=rack:r7;...)':
    agent2.replace('rack:r7', 'rack:r8'),
  'mesosagent: the same work_dir with less memory, --reconfiguration_policy=additive': `${agent2.replace('mem:2048', 'mem:1024')} --reconfiguration_policy=additive`,
  'mesosagent: the same work_dir, other port': agent2.replace('--port=5052', '--port=5054'),
}

type Result = { status: number; expected: string[]; seen: string[] }

const starts = recordedStarts().filter(({ title }) => !(title in notReplayed))
const results = new Map<string, Promise<Result>>()
setDefaultTimeout(60_000)

let cluster: Cluster
/** Ports of the recording to those of this run. */
const ports = new Map<string, number>()

beforeAll(async () => {
  cluster = await openCluster()
  for (const port of ['2199', '5050', '5051', '5052', '5998']) ports.set(port, await freePort())
  ports.set('2181', cluster.zk.port)
  const lib = join(cluster.dir, 'lib')
  mkdirSync(join(lib, 'bin'), { recursive: true })
  writeFileSync(join(lib, 'zkfile'), `${cluster.zkUrl('/mesos-file')}\n`)
  writeFileSync(join(lib, 'ftfile'), 'not a folder\n')
  const why =
    'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'
  writeFileSync(join(lib, 'bin', 'docker'), `#!/bin/sh\necho '${why}' >&2\nexit 1\n`)
  chmodSync(join(lib, 'bin', 'docker'), 0o755)
  const { master, second } = await startBystanders()
  await second.end()
  // Four at a time: each is a process of its own.
  let next = Promise.resolve<unknown>(undefined)
  const lanes = Array.from({ length: 4 }, () => next)
  for (const [i, start] of starts.entries()) {
    const lane = (lanes[i % 4] ?? next).then(() => replay(start))
    results.set(start.title, lane)
    next = lane.catch(() => {})
    lanes[i % 4] = next
  }
  expect(master.pid).toBeGreaterThan(0)
})

/** The leading master and two agents, one of which leaves its work_dir behind. */
async function startBystanders(): Promise<{ master: StandIn; second: StandIn }> {
  const run = (command: string) => {
    const { program, args } = rewrite(command)
    return cluster.run(program, args)
  }
  const master = run(
    'mesos-master --zk=zk://127.0.0.1:2181/mesos --quorum=1 --work_dir=/var/lib/mesos/master --ip=127.0.0.1 --port=5050 --no-hostname_lookup',
  )
  run(agent2.replaceAll('agent2', 'agent1').replace('5052', '5051'))
  const second = run(agent2)
  await eventually(
    'two agents are registered',
    async () => (await getJson(ports.get('5050') ?? 0, '/slaves')).slaves.length === 2,
  )
  // The master knows an agent a moment before that one has written down who it is.
  const info = join(cluster.dir, 'lib/agent2/meta/slaves/latest/slave.info')
  await eventually('the second agent is on disk', async () => existsSync(info) || undefined)
  return { master, second }
}

afterAll(() => cluster.remove())

/** The recorded command line with this run's paths and ports; what no case shares gets a port of its own. */
function rewrite(
  command: string,
  own?: number,
): { program: Program; args: string[]; env: Record<string, string> } {
  const words = command
    .replace(/ --resources=\.\.\.$/, ` ${resources}`)
    .split(' ')
    .map((word) =>
      word
        // Cases run side by side: what only one of them uses is its own.
        .replaceAll(/\/var\/lib\/mesos\/(ft\d|fta|da)\b/g, join(cluster.dir, 'lib', `${own}`, '$1'))
        .replaceAll('/var/lib/mesos', join(cluster.dir, 'lib'))
        .replaceAll(/\b(2181|2199|5050|5051|5052|5998)\b/g, (port) => String(ports.get(port) ?? port))
        .replaceAll(/\b(5099|5054|5082)\b/g, String(own ?? 5099)),
    )
  const first = words.findIndex((word) => /mesos-(master|agent)$/.test(word))
  const env = words.slice(0, first).map((word) => word.split(/=(.*)/s).slice(0, 2))
  const name = words[first]?.endsWith('master') ? 'mesos-master' : 'mesos-agent'
  return { program: name, args: words.slice(first + 1), env: Object.fromEntries(env) }
}

async function replay(start: RecordedStart): Promise<Result> {
  const own = await freePort()
  const command = told[start.title] ?? start.command
  if (command === undefined) throw new Error(`no command for "${start.title}"`)
  const { program, args, env } = rewrite(command, own)
  const path = `${join(cluster.dir, 'lib', 'bin')}:${process.env.PATH}`
  const standIn = cluster.run(program, args, { PATH: path, ...env })
  const expected = comparable(start.lines.map((line) => rewriteLine(line, own)))
  const seen = () => comparable(standIn.output().split('\n'))
  if (start.status === 143) {
    const over = standIn.ended.then(() => true)
    const complete = eventually('all lines are there', () => expected.every((line) => seen().includes(line)))
    await Promise.race([over, complete.catch(() => false)])
    await Promise.race([over, Bun.sleep(300)]) // it stays
    await standIn.end()
  }
  return { status: await standIn.ended, expected, seen: seen() }
}

const rewriteLine = (line: string, own: number): string => rewrite(`mesos-master ${line}`, own).args.join(' ')

describe('fails like the original', () => {
  for (const start of starts) {
    test(start.title, async () => {
      const result = await results.get(start.title)
      const missing = result?.expected.filter((line) => !result.seen.includes(line))
      expect({ status: result?.status, missing, seen: missing?.length ? result?.seen : [] }).toEqual({
        status: start.status,
        missing: [],
        seen: [],
      })
    })
  }

  test('every start of the recording is replayed or named', () => {
    const all = recordedStarts().map(({ title }) => title)
    expect(Object.keys(notReplayed).filter((title) => !all.includes(title))).toEqual([])
    expect(starts.length + Object.keys(notReplayed).length).toBe(all.length)
    expect(all.length).toBe(75)
  })
})
