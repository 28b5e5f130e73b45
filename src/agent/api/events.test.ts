import { describe, expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../clock.ts'
import { openEvents, type Snapshot, unreadBytes } from './events.ts'

function stage() {
  const timers = new Set<() => void>()
  const clock: Clock = {
    ...systemClock,
    after(ms, run) {
      if (ms > 1000) return () => {} // what keeps connections open
      const timer = () => {
        timers.delete(timer)
        run()
      }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  }
  const now: Snapshot = { status: 1, services: [], members: [], rollout: null, document: null, dns: {} }
  const events = openEvents({ now: () => now, life: 'one', clock })
  /** Changes something, and lets the time pass after which it is told. */
  const change = (next: Partial<Snapshot>) => {
    Object.assign(now, next)
    events.look()
    for (const timer of [...timers]) timer()
  }
  return { events, change }
}

const decoder = new TextDecoder()

function reading(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader()
  return {
    async next() {
      const text = decoder.decode((await reader.read()).value)
      return [...text.matchAll(/id: (\S+)\nevent: (\w+)\ndata: (.*)\n\n/g)].map(
        ([, id = '', topic = '', data = '']) => ({
          id,
          topic,
          data: JSON.parse(data),
        }),
      )
    },
    cancel: () => reader.cancel(),
  }
}

describe('who follows', () => {
  test('is told everything first, then what changes', async () => {
    const { events, change } = stage()
    const client = reading(events.follow(undefined))
    expect((await client.next()).map(({ topic }) => topic)).toEqual([
      ...['status', 'services', 'members', 'rollout', 'document', 'dns'],
    ])
    change({ status: 2 })
    expect(await client.next()).toMatchObject([{ topic: 'status', data: 2 }])
    change({ members: [{ name: 'a' }, { name: 'b' }] })
    change({ members: [{ name: 'b' }] })
    expect(await client.next()).toMatchObject([
      { topic: 'members', data: { all: false, changed: [{ name: 'a' }, { name: 'b' }], gone: [] } },
    ])
    expect(await client.next()).toMatchObject([
      { topic: 'members', data: { all: false, changed: [], gone: ['a'] } },
    ])
  })

  test('goes on behind the last event that it has seen, also what came while nobody listened', async () => {
    const { events, change } = stage()
    const first = reading(events.follow(undefined))
    await first.next()
    change({ status: 2 })
    const [{ id } = { id: '' }] = await first.next()
    await first.cancel()
    change({ status: 3 })
    const again = reading(events.follow(id))
    expect(await again.next()).toMatchObject([{ topic: 'status', data: 3 }])
  })

  test('is told everything anew after another life of the agent, or a long absence', async () => {
    const { events, change } = stage()
    const client = reading(events.follow('another-5'))
    expect(await client.next()).toHaveLength(6)
    change({ status: 2 })
    const [{ id } = { id: '' }] = await client.next()
    for (let i = 0; i < 300; i++) {
      change({ status: i + 10 })
      await client.next()
    }
    expect(await reading(events.follow(id)).next()).toHaveLength(6)
    expect(await reading(events.follow('one-99999')).next()).toHaveLength(6)
  })

  test('and does not read costs a bounded piece of memory, and is told how things stand when it does', async () => {
    const { events, change } = stage()
    const client = reading(events.follow(undefined))
    const long = 'x'.repeat(1000)
    for (let i = 0; i < 2000; i++) change({ document: `${i}${long}` })
    let read = 0
    let last: { topic: string; data: unknown }[] = []
    for (let i = 0; i < 500; i++) {
      last = await client.next()
      read += JSON.stringify(last).length
      if (last.length === 6) break
      if (i === 0) expect(last).toHaveLength(6)
    }
    expect(read).toBeLessThan(unreadBytes * 2)
    change({ status: 'now' })
    const seen = []
    for (let batch = await client.next(); ; batch = await client.next()) {
      seen.push(...batch)
      if (batch.some(({ data }) => data === 'now')) break
    }
    const document = seen.findLast(({ topic }) => topic === 'document')
    expect(document?.data).toBe(`1999${long}`)
  })

  test('is one of a bounded number', () => {
    const { events } = stage()
    for (let i = 0; i < 256; i++) events.follow(undefined)
    expect(() => events.follow(undefined)).toThrow('256')
  })
})
