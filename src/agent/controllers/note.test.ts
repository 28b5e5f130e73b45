import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { type Clock, systemClock, until } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Masters } from '../masters.ts'
import type { Registry } from './change.ts'
import { leading, type Note, takeNote } from './note.ts'

/** The master that leads, and what its registry holds; undefined while none does. */
let leads: { id: string; weights: unknown[]; agents: string[] } | undefined
/** What happens next while somebody asks, by what is asked for. */
let during: { path: string; happens: () => void } | undefined

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch(request) {
    const { pathname } = new URL(request.url)
    asked++
    const { path, happens } = during ?? {}
    if (path === pathname) {
      during = undefined
      happens?.()
    }
    if (!leads) return new Response('no leader', { status: 503 })
    const { id, weights, agents } = leads
    const answers: Record<string, unknown> = {
      '/metrics/snapshot': { 'master/elected': 1, 'registrar/registry_size_bytes': 1 },
      '/master/weights': weights,
      '/master/quota': {},
      '/master/maintenance/schedule': {},
      '/master/slaves': { slaves: agents.map((each) => ({ id: each })) },
      '/api/v1': { get_master: { master_info: { id } } },
    }
    return Response.json(answers[pathname])
  },
})
afterAll(() => server.stop(true))

const masters: Masters = {
  leader: () => (leads ? `127.0.0.1:${server.port}` : undefined),
  master: () => ({ scheme: 'http', authorization: async () => undefined }),
}

/** Its time passes only while nobody asks, so that a slow machine makes nobody late. */
let now = 0
let asked = 0
const sleepers = new Set<{ at: number; wake: () => void }>()
const clock: Clock = {
  ...systemClock,
  monotonic: () => now,
  sleep(ms, signal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const sleeper = { at: now + ms, wake: resolve }
    const end = () => {
      sleepers.delete(sleeper)
      reject(signal?.reason)
    }
    sleepers.add(sleeper)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
    return promise
  },
}

let over = false
async function passTime(): Promise<void> {
  while (!over) {
    const before = asked
    await systemClock.sleep(1)
    const [first] = [...sleepers].sort((a, b) => a.at - b.at)
    if (!first || asked !== before) continue
    sleepers.delete(first)
    now = first.at
    first.wake()
  }
}
void passTime()
afterAll(() => {
  over = true
})

const deps = { masters, clock }

const first = { id: 'm1', weights: ['a=1'], agents: ['S1'] }
const noted: Registry = {
  ...{ weights: '["a=1"]', quotas: '{}', maintenance: '{}' },
  ...{ agents: ['S1'], unreachable: 0, by: 'm1' },
}

beforeEach(() => {
  leads = { ...first }
  during = undefined
})

/** What was written has come into the note. */
async function noticed(note: Note, part: Partial<Registry>): Promise<void> {
  await until(systemClock, { everyMs: 1, timeoutMs: 10_000 }, () => {
    return Bun.deepEquals({ ...note.registry(), ...part }, note.registry()) || undefined
  })
}

describe('the masters’ registry through a step', () => {
  test('is read from the next one that leads, when the lead passes while it is read', async () => {
    for (const path of ['/metrics/snapshot', '/master/weights', '/master/slaves', '/api/v1']) {
      leads = { ...first }
      during = {
        path,
        happens() {
          leads = undefined
          void clock.sleep(60_000).then(() => {
            leads = { ...first, id: 'm2' }
          })
        },
      }
      expect(await leading(deps)).toEqual({ ...noted, by: 'm2' })
    }
  })

  test('is waited for as long as two elections take, and then the step has failed', async () => {
    leads = undefined
    const why = 'no master leads within 180 s: cannot look at the masters: none leads'
    const note = await takeNote(noted, deps)
    const ends = await Promise.all([leading(deps), note.back()].map((never) => never.catch(messageOf)))
    expect(ends).toEqual([why, why])
    note.end()
  })

  test('holds what was written in the last moments of the one that led, and the next one has it', async () => {
    const note = await takeNote(noted, deps)
    leads = { ...first, weights: ['a=2'] }
    await noticed(note, { weights: '["a=2"]' })
    leads = { ...first, id: 'm2', weights: ['a=2'] }
    expect((await note.back()).registry).toEqual({ ...noted, weights: '["a=2"]', by: 'm2' })
    note.end()
  })

  test('holds what was written through the next one since it led', async () => {
    const note = await takeNote(noted, deps)
    leads = { ...first, id: 'm2' }
    await noticed(note, { by: 'm2' })
    leads = { ...first, id: 'm2', weights: ['a=2'] }
    expect((await note.back()).registry).toEqual({ ...noted, weights: '["a=2"]', by: 'm2' })
    note.end()
  })

  test('leaves out what was being written while none led, and rests once the step is over', async () => {
    const note = await takeNote(noted, deps)
    let weight = 1
    /** At each look it is another one, until it is written no more. */
    const write = () => {
      leads = { ...first, id: 'm2', weights: [`a=${++weight}`] }
      if (weight < 9) during = { path: '/master/weights', happens: write }
    }
    write()
    await noticed(note, { weights: '["a=9"]' })
    expect((await note.back()).registry).toEqual({ ...noted, weights: '["a=9"]', by: 'm2' })
    note.end()
  })

  test('has lost what the next one has not got, however late that one leads', async () => {
    const note = await takeNote(noted, deps)
    leads = { ...first, weights: ['a=2'] }
    await noticed(note, { weights: '["a=2"]' })
    leads = undefined
    const back = note.back()
    await clock.sleep(60_000)
    leads = { ...first, id: 'm2' }
    expect(await back.catch((error) => error)).toMatchObject({
      code: 'registry-changed',
      message: expect.stringContaining('the weights of the masters\' registry were ["a=2"] and are ["a=1"]'),
    })
    note.end()
  })

  test('has lost that also when time is over before the next one has led for long', async () => {
    let now = 0
    leads = { ...first, weights: ['a=2'] }
    const note = await takeNote(noted, { masters, clock: { ...clock, monotonic: () => now } })
    leads = undefined
    const back = note.back().catch((error) => error)
    now = 170_000
    leads = { ...first, id: 'm2' }
    let looks = 0
    await new Promise<void>((enough) => {
      const happens = () => {
        if (++looks === 10) enough()
        else during = { path: '/master/slaves', happens }
      }
      happens()
    })
    now = 180_000
    expect(await back).toMatchObject({
      code: 'registry-changed',
      message: expect.stringContaining('the weights of the masters\' registry were ["a=2"] and are ["a=1"]'),
    })
    note.end()
  })

  test('is found when agents show themselves late, of the one that leads last of several', async () => {
    const note = await takeNote(noted, deps)
    leads = { ...first, id: 'm2', agents: [] }
    const back = note.back()
    await clock.sleep(10_000)
    leads = undefined
    await clock.sleep(30_000)
    leads = { ...first, id: 'm3', agents: [] }
    await clock.sleep(10_000)
    leads = { ...first, id: 'm3' }
    expect((await back).registry).toEqual({ ...noted, by: 'm3' })
    note.end()
  })
})
