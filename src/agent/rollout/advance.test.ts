import { describe, expect, test } from 'bun:test'
import type { Clock } from '../../clock.ts'
import { silentLog } from '../../log.ts'
import { openAdvancer } from './advance.ts'
import { begin, finish, grant, halt, resume, speak } from './moves.ts'
import type { Facts } from './next.ts'
import type { Rollout } from './rollout.ts'

const document = { version: 2, digest: 'd' }
const limits = { maxUnavailable: 1, canary: true, wordMs: 10_000 }
const machine = {
  id: 'n1',
  name: 'm1',
  address: '10.0.0.1',
  controller: true,
  version: 2,
  digest: 'd',
  serves: [],
  leads: [],
  refuses: false,
  ready: true,
}
const waiting = { ...machine, waits: ['zookeeper' as const] }
const resting = { ...machine, waits: [] }

/** A machine that may take rollouts further, and a clock that goes on when it is told to. */
function openOne(
  first: Rollout | undefined,
  seen: Facts['machines'],
  everyMs: number | undefined,
  fails = 0,
  /** What others do while it asks. */
  meanwhile = (_: Rollout | undefined): Rollout | undefined => undefined,
  /** Which of those who may do it it is, and the version of the document at a moment. */
  { turn = 0, version = (_: number) => document.version } = {},
) {
  let rollout = first
  let now = 0
  const timers = new Map<() => void, number>()
  const asked: string[] = []
  const written = () => ({ ...document, version: version(now) })
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: () => Promise.resolve(),
    after(ms, run) {
      timers.set(run, now + ms)
      return () => timers.delete(run)
    },
  }
  const settle = async () => {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
  }
  const advancer = openAdvancer({
    rollouts: {
      seen: () => rollout,
      problem: () => undefined,
      onChange: () => () => {},
      async change(move) {
        const next = await move(rollout)
        rollout = next ?? rollout
        return next
      },
      stop() {},
    },
    async facts(how) {
      asked.push(how)
      if (how === 'asked' && fails-- > 0) throw new Error('ZooKeeper is away')
      if (how === 'asked') rollout = meanwhile(rollout) ?? rollout
      return { turn, seen: { document: written(), machines: seen, lacks: [], limits } }
    },
    unseen: () => ({ document: written(), limits }),
    everyMs: () => everyMs,
    clock,
    log: silentLog,
    onChange() {},
  })
  return {
    asked,
    rollout: () => rollout,
    write(next: Rollout) {
      rollout = next
    },
    waits: advancer.waits,
    async pass(ms: number) {
      for (const end = now + ms; now < end; now += 500) {
        for (const [run, at] of [...timers])
          if (at <= now) {
            timers.delete(run)
            run()
          }
        await settle()
      }
    },
  }
}

describe('who takes rollouts further', () => {
  test('looks at the machines once, and not again, where nothing is rolled out', async () => {
    const one = openOne(undefined, [resting], undefined)
    await one.pass(600_000)
    expect(one.asked).toEqual(['told'])
  })

  test('looks at nobody while a permit is open, or somebody has to say something', async () => {
    const begun = begin(undefined, { kind: 'document', ...document })
    const open = openOne(grant(begun, [waiting]), [waiting], 1000)
    await open.pass(5000)
    expect({ asked: open.asked, waits: open.waits() }).toEqual({ asked: [], waits: 'the word of m1' })
    const halted = openOne(halt(begun, 'm1 failed'), [waiting], 1000)
    await halted.pass(5000)
    expect(halted.asked).toEqual([])
    expect(halted.waits()).toContain('somebody who resumes it')
  })

  test('halts the rollout when the word does not come, and leaves the permit to its machine', async () => {
    const open = openOne(
      grant(begin(undefined, { kind: 'document', ...document }), [waiting]),
      [waiting],
      1000,
    )
    await open.pass(9000)
    expect(open.rollout()?.state).toBe('running')
    await open.pass(5000)
    expect(open.rollout()).toMatchObject({ state: 'halted', permit: { machines: [{ name: 'm1' }] } })
    expect(open.rollout()?.why).toContain('m1 has not said within 10 s that it is done')
  })

  test('gives the machine all its time again when somebody resumes while its step still runs', async () => {
    const permitted = grant(begin(undefined, { kind: 'document', ...document }), [waiting])
    const open = openOne(permitted, [waiting], 1000)
    await open.pass(15_000)
    const halted = open.rollout()
    expect(halted?.state).toBe('halted')
    if (halted) open.write(resume(halted))
    await open.pass(9000)
    expect(open.rollout()).toMatchObject({ state: 'running', permit: { step: 1 } })
    await open.pass(5000)
    expect(open.rollout()?.state).toBe('halted')
  })

  test('halts it when one that was done is not ready for long, anew after each resume', async () => {
    const permitted = grant(begin(undefined, { kind: 'document', ...document }), [resting])
    const spoken = speak(permitted, 1, 'n1', { kind: 'done' })
    const one = openOne(spoken, [{ ...resting, ready: false }], 1000)
    await one.pass(9000)
    expect({ state: one.rollout()?.state, waits: one.waits() }).toEqual({
      state: 'running',
      waits: 'm1 to be ready again',
    })
    await one.pass(5000)
    const halted = one.rollout()
    expect(halted?.why).toContain('m1 was done, and has not been ready')
    await one.pass(5000)
    if (halted) one.write(resume(halted))
    await one.pass(9000)
    expect(one.rollout()?.state).toBe('running')
    await one.pass(5000)
    expect(one.rollout()?.state).toBe('halted')
  })

  test('tries again what could not be written, also where nothing else is to be done', async () => {
    const over = finish(begin(undefined, { kind: 'document', ...document }))
    const one = openOne(over, [waiting], undefined, 2)
    await one.pass(5000)
    expect(one.asked.filter((how) => how === 'asked')).toHaveLength(3)
    expect(one.rollout()).toMatchObject({ state: 'running' })
  })

  test('writes nothing over what another has written while it looked at the machines', async () => {
    const begun = begin(undefined, { kind: 'document', ...document })
    const other = { ...waiting, id: 'n2', name: 'm2' }
    const given = grant(begun, [other])
    // As late as that: the other one has been given a permit, or has even said its word.
    for (const stands of [given, speak(given, 1, 'n2', { kind: 'failed', reason: 'exit code 1' })]) {
      const slow = openOne(begun, [waiting, other], undefined, 0, (now) =>
        now === begun ? stands : undefined,
      )
      await slow.pass(5000)
      expect(slow.asked).toContain('asked')
      expect(slow.rollout()).toBe(stands)
    }
  })

  test('is the second one where the first does nothing, also while others write what is live all the time', async () => {
    const writes = { turn: 1, version: (now: number) => 2 + now / 500 }
    const one = openOne(undefined, [waiting], 1000, 0, undefined, writes)
    await one.pass(2500)
    expect(one.rollout()).toBeUndefined()
    await one.pass(5000)
    expect(one.rollout()).toMatchObject({ state: 'running', change: { digest: 'd' } })
  })

  test('goes on with one that is over for a machine that was away', async () => {
    const over = finish(begin(undefined, { kind: 'document', ...document }))
    const one = openOne(over, [waiting], 1000)
    await one.pass(5000)
    expect(one.rollout()).toMatchObject({ state: 'running', permit: { machines: [{ name: 'm1' }] } })
  })
})
