import { afterEach, beforeEach, expect, setDefaultTimeout } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { makePlace, type Place } from '../e2e/machine.ts'
import { needsRoot } from '../root.ts'
import { alive, eventually } from '../supervision/stage.ts'
import { makeImage, unmount } from './engine.ts'

setDefaultTimeout(150_000)

const root = process.getuid?.() === 0
let place: Place

beforeEach(async () => {
  if (root) place = await makePlace()
})
afterEach(async () => {
  if (!root) return
  docker('rm', '--force', 'task')
  await place.meshbox('service', 'stop', '--all', '--data-dir', place.dataDir)
  unmount(place.dir)
  await place.remove()
})

const host = () => `unix://${place.dir}/docker.sock`

function docker(...words: string[]): { code: number; text: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(['docker', ...words], {
    env: { ...process.env, DOCKER_HOST: host() },
  })
  return { code: exitCode, text: `${stdout}${stderr}`.trim() }
}

/** Starts a task that stays, through Marathon. */
async function runTask(): Promise<number> {
  const body = JSON.stringify({
    id: '/stays',
    cmd: `echo $$ > ${place.dir}/task.pid; exec sleep 100000`,
    cpus: 0.1,
    mem: 16,
    instances: 1,
  })
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  // Until it leads, which it may not yet when it is there to be asked, it answers 503.
  const taken = await until(systemClock, { everyMs: 100, timeoutMs: 30_000 }, async () => {
    const { status } = await fetch(`http://127.0.0.1:${place.ports.marathon}/v2/apps`, init)
    return status === 201 || undefined
  })
  expect(taken).toBe(true)
  const read = () => {
    try {
      return Number(readFileSync(join(place.dir, 'task.pid'), 'utf8'))
    } catch {
      return 0
    }
  }
  await eventually('the task', () => read() > 0)
  return read()
}

needsRoot('a task and a container outlive restarts of agent, meshbox and engine', async () => {
  const { dir } = place
  const flags = {
    host: host(),
    'data-root': `${dir}/docker`,
    'exec-root': `${dir}/docker-run`,
    pidfile: `${dir}/docker.pid`,
  }
  const offline = { bridge: 'none', iptables: false, ip6tables: false }
  const text = readFileSync(place.configFile, 'utf8')
  const extraFlags = { ...flags, ...offline }
  writeFileSync(place.configFile, `${text}docker: ${JSON.stringify({ install: true, extraFlags })}\n`)
  const where = ['--data-dir', place.dataDir]
  const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  const joined = await place.meshbox('join', url, '--simulated', '--config', place.configFile, ...where)
  expect(joined).toMatchObject({ code: 0 })
  const services = (await place.status())?.machines[0]?.services ?? []
  expect(services.map(({ name, state }) => `${name} ${state}`)).toContain('docker ready')

  const task = await runTask()
  const image = makeImage(dir, docker)
  const started = docker(
    'run',
    '--detach',
    '--name',
    'task',
    '--network=host',
    image,
    '/bin/sh',
    '-c',
    'while :; do sleep 1; done',
  )
  expect(started.code).toBe(0)
  const container = Number(docker('container', 'inspect', '--format', '{{.State.Pid}}', 'task').text)
  const both = () => ({ task: alive(task), container: alive(container) })
  expect(both()).toEqual({ task: true, container: true })

  for (const name of ['mesos-agent', 'docker']) {
    expect(await place.meshbox('service', 'restart', name, ...where)).toMatchObject({ code: 0 })
    expect({ name, ...both() }).toEqual({ name, task: true, container: true })
  }
  const before = await place.pids()
  process.kill((await place.status())?.machines[0]?.pid ?? 0, 'SIGKILL')
  expect(await place.meshbox('join', url, '--simulated', ...where)).toMatchObject({ code: 0 })
  expect(await place.pids()).toEqual(before)
  expect(both()).toEqual({ task: true, container: true })
  expect(docker('ps', '--format', '{{.Names}}').text).toBe('task')
})
