import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { containerName, inContainer } from '../../src/supervisor/provider/docker/container.ts'
import { haveImage } from '../../src/supervisor/provider/docker/image.ts'
import type { ServiceSpec, ServiceStatus } from '../../src/supervisor/service/spec.ts'
import { needsRoot } from '../root.ts'
import { alive, eventually, openStage, type Stage } from '../supervision/stage.ts'
import { type Engine, makeEngine } from './engine.ts'

setDefaultTimeout(90_000)

const root = process.getuid?.() === 0
let engine: Engine
let stage: Stage

beforeAll(async () => {
  if (!root) return
  engine = await makeEngine()
  process.env.DOCKER_HOST = engine.host
})
afterAll(async () => {
  delete process.env.DOCKER_HOST
  if (root) await engine.remove()
})
beforeEach(async () => {
  if (root) stage = await openStage()
})
afterEach(async () => {
  if (!root) return
  await stage.supervisor.stopAll('leave').catch(() => {})
  await stage.clear()
})

const asking = { signal: new AbortController().signal, doing: () => {} }

/** A program of the image: it says what it is told to, and stays until it is ended. */
const script = 'echo "started $1 $WORD"; trap "echo ended; exit 3" TERM; while :; do sleep 0.1; done'

async function contained(more: Partial<ServiceSpec> = {}): Promise<ServiceSpec> {
  const { image = '', command } = await haveImage({ image: engine.image, command: ['/bin/sh'] }, asking)
  const bare = stage.spec('marathon', 'serves.sh', {
    argv: [...command, '-c', script, 'sh', 'here'],
    ...more,
  })
  return inContainer({ ...bare, env: { ...bare.env, WORD: 'secret word' } }, image)
}

const container = () => containerName(stage.spec('marathon', ''))
const pidInside = () => engine.docker('container', 'inspect', '--format', '{{.State.Pid}}', container()).text
const isReady = ({ state }: ServiceStatus) => state === 'ready'

needsRoot('a program runs in its container with its environment, its flags and its log', async () => {
  const spec = await contained()
  expect(spec.argv.join(' ')).not.toContain('secret word')
  await stage.apply(spec)
  await stage.waitFor('marathon', isReady)
  await eventually('its words', () => stage.output('marathon').includes('started here secret word'))
})

needsRoot('its end is seen with its exit code, and it is started again', async () => {
  await stage.apply(await contained())
  await stage.waitFor('marathon', isReady)
  await eventually('the container', () => Number(pidInside()) > 0)
  const before = pidInside()
  engine.docker('kill', '--signal=KILL', container())
  const back = await stage.waitFor('marathon', ({ state, restarts }) => state === 'ready' && restarts === 1)
  expect(back.restarts).toBe(1)
  await eventually('another container', () => Number(pidInside()) > 0)
  expect(pidInside()).not.toBe(before)
})

needsRoot('a stop lets it end by itself, and leaves no container', async () => {
  await stage.apply(await contained({ stop: [{ signal: 'SIGTERM', graceMs: 20_000 }] }))
  await stage.waitFor('marathon', isReady)
  await eventually('its words', () => stage.output('marathon').includes('started'))
  await stage.supervisor.stop(['marathon'])
  expect(stage.output('marathon')).toContain('ended')
  expect(engine.docker('ps', '--all', '--quiet').text).toBe('')
})

needsRoot('the next agent takes it over, and a restart of the engine ends nothing', async () => {
  const spec = await contained()
  await stage.apply(spec)
  const { pid } = await stage.waitFor('marathon', isReady)
  await eventually('the container', () => Number(pidInside()) > 0)
  const inside = pidInside()
  await stage.restart()
  await stage.apply(spec)
  expect(await stage.waitFor('marathon', isReady)).toMatchObject({ pid, adopted: true })
  await engine.stop()
  expect(alive(Number(inside))).toBe(true)
  await engine.start()
  await eventually('the engine to know it', () => pidInside() === inside)
  expect(stage.status('marathon')).toMatchObject({ state: 'ready', pid, restarts: 0 })
})

needsRoot('an image comes from its file, and a wrong one is told', async () => {
  const file = join(stage.dir, 'image.tar')
  engine.docker('tag', engine.image, 'test/other:2')
  engine.docker('save', '--output', file, 'test/other:2')
  engine.docker('rmi', 'test/other:2')
  const source = { image: 'test/other:2', command: ['x'] }
  expect(haveImage({ ...source, file: '/none.tar' }, asking)).rejects.toThrow('there is no file /none.tar')
  expect(await haveImage({ ...source, file }, asking)).toMatchObject({ provider: 'docker', command: ['x'] })
  expect(haveImage({ image: 'test/third:3', file, command: [] }, asking)).rejects.toThrow(
    'holds another image',
  )
  rmSync(file)
  await engine.stop()
  expect(haveImage(source, asking)).rejects.toThrow('cannot use docker')
  await engine.start()
})
