import { describe, expect, test } from 'bun:test'
import { begin, claim, grant, halt } from '../rollout/moves.ts'
import type { Rollout } from '../rollout/rollout.ts'
import { openSteering } from '../rollout/steer.ts'
import { type Progress, progressSchema, type Seat } from './change.ts'
import { plain } from './driver.ts'
import { done, nextStep, stepsOf } from './next.ts'
import { goBack } from './setbacks.ts'
import { goOnWithout, withoutPermit } from './without.ts'

const registry = { weights: '[]', quotas: '', maintenance: '', agents: [], unreachable: 0 }

function change(former: number[], wanted: number[]): Progress {
  const seats = [...new Set([...former, ...wanted])].map((id): Seat => {
    const had = former.includes(id)
    return {
      ...{ node: `n${id}`, name: `m${id}`, list: had ? former : [] },
      server: { id, host: `10.0.0.${id}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
      zookeeper: had ? 'votes' : 'none',
      master: had ? 'runs' : 'none',
    }
  })
  return { verb: 'add', seats, former, wanted, proven: false, registry }
}

/** With the permit of a step open, which that machine has begun or not. */
function at(progress: Progress, what: string, hasBegun = true): Rollout {
  let now = progress
  let step = nextStep(now, 'n1')
  while (step && `${step.name} ${step.task}` !== what) {
    now = done(now, step)
    step = nextStep(now, 'n1')
  }
  if (!step) throw new Error(`there is no step ${what}`)
  const begun = begin(undefined, { kind: 'controllers', id: 'c', text: 'add' })
  const granted = grant({ ...begun, progress: plain(now) }, [{ id: step.node, name: step.name }], step.task)
  return hasBegun ? (claim(granted, granted.step, step.node) ?? granted) : granted
}

const left = ({ progress }: Pick<Rollout, 'progress'>) =>
  stepsOf(progressSchema.parse(progress), 'n1').map(({ name, task }) => `${name} ${task}`)
const undone = (rollout: Rollout) => left({ progress: plain(goBack(withoutPermit(rollout), 'undo')) })

describe('a machine that is off for good', () => {
  test('was to become a controller: the change goes back, and nobody waits for it', () => {
    const growing = change([1, 2, 3], [1, 2, 3, 4, 5])
    for (const what of ['m5 zookeeper', 'm5 follow']) {
      const without = goOnWithout(at(growing, what), 'm5')
      expect(without.permit).toBeUndefined()
      expect(left(without).filter((step) => step.startsWith('m5'))).toEqual([])
      expect(progressSchema.parse(without.progress)).toMatchObject({ wanted: [1, 2, 3], verb: 'undo' })
      expect(left(without).at(-1)).toBe('m4 retire')
    }
  })

  test('leaves anyway: the rest goes on', () => {
    const without = goOnWithout(at(change([1, 2, 3], [1, 2, 4]), 'm3 retire'), 'm3')
    expect(left(without)).toEqual([])
    expect(progressSchema.parse(without.progress).back).toBeUndefined()
  })

  test('was a controller and was to stay one: there is one less in the end', () => {
    const without = goOnWithout(at(change([1, 2, 3], [1, 2, 3, 4, 5]), 'm2 follow'), 'm2')
    expect(progressSchema.parse(without.progress).wanted).toEqual([1, 3])
    const shrinking = goOnWithout(at(change([1, 2, 3, 4, 5], [1, 2, 3]), 'm2 follow'), 'm2')
    expect(progressSchema.parse(shrinking.progress).wanted).toEqual([1, 3, 4, 5])
  })

  test('may be given up in the middle of nobody’s step, and never of that of another one', () => {
    const growing = at(change([1, 2, 3], [1, 2, 3, 4, 5]), 'm4 follow')
    expect(() => goOnWithout(growing, 'm5')).toThrow('m4 is in the middle of a step')
    const { permit: _, ...halted } = growing
    expect(left(goOnWithout(halted, 'm5'))).not.toContain('m5 retire')
  })

  test('is needed while nobody else has the log of the masters', () => {
    const growing = change([1], [1, 2, 3])
    for (const what of ['m1 stop', 'm1 follow'])
      expect(() => goOnWithout(at(growing, what), 'm1')).toThrow("nobody else has the masters' log")
    const unsure = {
      ...at(growing, 'm2 begin'),
      progress: plain(goBack(withoutPermit(at(growing, 'm2 begin')), 'undo')),
    }
    const { permit: _, ...halted } = unsure
    expect(() => goOnWithout(halted, 'm1')).toThrow("nobody else has the masters' log")
    const learned = progressSchema.parse(goOnWithout(at(growing, 'm3 follow'), 'm3').progress)
    expect(learned.wanted).toEqual([1])
  })
})

describe('a step that is taken back', () => {
  const growing = change([1], [1, 2, 3])

  test('had not begun: nothing of it is to be undone', () => {
    expect(undone(at(growing, 'm2 begin', false))).toEqual([
      ...['m1 follow', 'm1 reconfigure', 'm2 retire', 'm3 retire'],
    ])
  })

  test('had begun, and a master may run by it: it is done again before anybody counts on that', () => {
    expect(undone(at(growing, 'm2 begin'))[0]).toBe('m2 relearn')
    const without = goOnWithout(
      { ...at(growing, 'm2 begin'), progress: plain(goBack(withoutPermit(at(growing, 'm2 begin')), 'undo')) },
      'm2',
    )
    expect(left(without)).toEqual(['m1 follow', 'm1 reconfigure', 'm3 retire'])
  })

  test('had begun where a master ran before: it does, by either list', () => {
    const back = undone(at(change([1, 2, 3], [1, 2, 3, 4, 5]), 'm2 follow'))
    expect(back.slice(0, 2)).toEqual(['m1 prove', 'm2 follow'])
  })
})

test('one that lives with a new disk takes its seat again, and is not gone on without', async () => {
  let now: Rollout | undefined = halt(at(change([1, 2, 3], [1, 2, 3, 4, 5]), 'm4 zookeeper'), 'm2 is needed')
  const asked: unknown[] = []
  const steer = openSteering({
    rollouts: {
      seen: () => now,
      async change(move) {
        now = (await move(now)) ?? now
        return now
      },
    },
    document: () => undefined,
    isConnected: () => true,
    nodes: async () => new Map(),
    isAlive(node, seat) {
      asked.push({ node, ...seat })
      return true
    },
  })
  await expect(steer({ word: 'resume', without: 'm2' })).rejects.toThrow('gossip finds it alive')
  expect(asked).toEqual([expect.objectContaining({ node: 'n2', name: 'm2', address: '10.0.0.2' })])
})
