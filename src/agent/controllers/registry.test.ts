import { expect, test } from 'bun:test'
import type { Registry } from './change.ts'
import { lostFrom } from './registry.ts'

const before: Registry = {
  ...{ weights: '[{"role":"a","weight":2}]', quotas: '{}', maintenance: '{}' },
  ...{ agents: ['S1', 'S2', 'S3'], unreachable: 0 },
}

test('a registry that is as it was has lost nothing; agents that came since are none that were lost', () => {
  expect(lostFrom(before, before)).toBeUndefined()
  expect(lostFrom(before, { ...before, agents: [...before.agents, 'S4'] })).toBeUndefined()
})

test('what people have put there is missed in each of its parts, with what it was and is', () => {
  for (const part of ['weights', 'quotas', 'maintenance'] as const)
    expect(lostFrom(before, { ...before, [part]: '[]' })).toBe(
      `the ${part} of the masters' registry were ${before[part]} and are []`,
    )
})

test('an agent that is not there is lost, unless it counts as unreachable', () => {
  const fewer = { ...before, agents: ['S1', 'S2'] }
  expect(lostFrom(before, fewer)).toBe("1 of the 3 agents of the masters' registry are not there any more")
  expect(lostFrom(before, { ...fewer, unreachable: 1 })).toBeUndefined()
  expect(lostFrom(before, { ...before, agents: [], unreachable: 1 })).toContain('3 of the 3 agents')
})
