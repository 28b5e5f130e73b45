import { expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../clock.ts'
import { openStore } from '../../store.ts'
import { openMemory } from '../local/memory.ts'
import { causeOf, openEnds } from './ends.ts'

/** One machine, on which agents begin and end. */
function machine() {
  const memory = openMemory(openStore(':memory:'))
  let healthy = () => {}
  const clock: Clock = {
    ...systemClock,
    after(_, run) {
      healthy = run
      return () => {}
    },
  }
  const begin = () =>
    openEnds({
      ...{ memory, logFile: '/nowhere', clock, onChange: () => {} },
      ...{ mend: () => undefined, killed: () => undefined },
    })
  return { begin, stayUp: () => healthy() }
}

test('an agent that ends unasked three times is told of, until one stays up', () => {
  const { begin, stayUp } = machine()
  const told = Array.from({ length: 4 }, () => begin().problems().length)
  expect(told).toEqual([0, 0, 0, 1])
  const fifth = begin()
  expect(fifth.problems()[0]?.why).toContain('it ended 4 times within 1 minute, without a last word')
  stayUp()
  expect(fifth.problems()).toEqual([])
  expect(begin().problems()).toEqual([])
})

test('one that was asked to end counts for nothing', () => {
  const { begin } = machine()
  for (let time = 0; time < 5; time++) {
    const ends = begin()
    expect(ends.problems()).toEqual([])
    ends.asked()
  }
})

test('what mends it fits its last words, else what was done to it last', () => {
  const mend = (words: string) => (words === 'no key' ? 'meshbox join' : undefined)
  const command = (...args: [Parameters<typeof causeOf>[0], string?]) =>
    causeOf(args[0], args[1], mend).command
  expect(command({ words: 'no key' }, '1.2.0')).toBe('meshbox join')
  expect(command({ words: 'odd' }, '1.2.0')).toBe('meshbox upgrade --here --version 1.2.0')
  expect(command({}, '1.2.0')).toBe('meshbox upgrade --here --version 1.2.0')
  expect(command({ memory: true }, '1.2.0')).toStartWith('ps ')
  expect(command({})).toBe('meshbox logs meshbox')
})
