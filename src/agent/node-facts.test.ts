import { expect, test } from 'bun:test'
import { factsOfMember, factsTag, ownFacts, roleTags } from './node-facts.ts'

test('a machine is for the others what it is for itself', () => {
  for (const [controller, alone] of [
    [true, false],
    [true, true],
    [false, true],
  ] as const) {
    const own = ownFacts('b', '10.0.0.2', controller, alone)
    const tags = { ...roleTags(controller, own.roles.includes('worker')), facts: factsTag(own) }
    expect(factsOfMember('b', [{ name: 'b', address: '10.0.0.2', tags }])).toEqual(own)
  }
})

test('of one that does not tell, or that nobody knows, nothing is made up', () => {
  const member = { name: 'b', address: '10.0.0.2', tags: { role: 'worker' } }
  expect(factsOfMember('b', [member])).toEqual({ name: 'b', roles: ['worker'], address: '10.0.0.2' })
  expect(factsOfMember('c', [member])).toEqual({ name: 'c', roles: ['worker'] })
  const strange = { ...member, tags: { facts: 'x/y' } }
  expect(factsOfMember('b', [strange])).toMatchObject({ roles: ['worker'] })
})
