import { expect, test } from 'bun:test'
import type { Registry } from './change.ts'
import { lostFrom } from './registry.ts'

const before: Registry = {
  ...{ weights: '[{"role":"a","weight":2}]', quotas: '{}', maintenance: '{}' },
  ...{ agents: ['S1', 'S2', 'S3'], unreachable: 0 },
}

test('a registry that is as it was has lost nothing; agents that came since are none that were lost', () => {
  expect(lostFrom(before, [before])).toBeUndefined()
  expect(lostFrom(before, [{ ...before, agents: [...before.agents, 'S4'] }])).toBeUndefined()
})

test('what people have put there is missed in each of its parts, with what it was and is', () => {
  for (const part of ['weights', 'quotas', 'maintenance'] as const)
    expect(lostFrom(before, [{ ...before, [part]: '[]' }])).toBe(
      `the ${part} of the masters' registry were ${before[part]} and are []`,
    )
})

test('an agent that is not there is lost, unless it counts as unreachable', () => {
  const fewer = { ...before, agents: ['S1', 'S2'] }
  expect(lostFrom(before, [fewer])).toBe("1 of the 3 agents of the masters' registry are not there any more")
  expect(lostFrom(before, [{ ...fewer, unreachable: 1 }])).toBeUndefined()
  expect(lostFrom(before, [{ ...before, agents: [], unreachable: 1 }])).toContain('3 of the 3 agents')
})

test('what the master that was asked before tells now was written through it', () => {
  const noted = { ...before, by: 'm1' }
  expect(lostFrom(noted, [{ ...noted, weights: '[]' }])).toBeUndefined()
  expect(lostFrom(noted, [{ ...noted, weights: '[]', by: 'm2' }])).toContain('the weights')
})

test('a part that changes while it is looked at is being written; the others count all the same', () => {
  const written = ['[1]', '[2]', '[3]'].map((weights) => ({ ...before, weights, by: 'm2' }))
  expect(lostFrom({ ...before, by: 'm1' }, written)).toBeUndefined()
  const quotas = written.map((each) => ({ ...each, quotas: '[]' }))
  expect(lostFrom({ ...before, by: 'm1' }, quotas)).toContain('the quotas')
  // It was written, and has rested since.
  const rested = [...written, ...Array.from({ length: 3 }, () => ({ ...before, by: 'm2' }))]
  expect(lostFrom({ ...before, by: 'm1' }, rested)).toBeUndefined()
})
