import { expect, test } from 'bun:test'
import { factsOfMember, factsTag, ownFacts } from './node-facts.ts'

test('a machine is for the others what it is for itself', () => {
  const own = ownFacts('b', '10.0.0.2', true)
  const member = { name: 'b', address: '10.0.0.2', tags: { role: 'controller', facts: factsTag(own) } }
  expect(factsOfMember('b', [member])).toEqual(own)
})

test('of one that does not tell, or that nobody knows, nothing is made up', () => {
  const member = { name: 'b', address: '10.0.0.2', tags: { role: 'worker' } }
  expect(factsOfMember('b', [member])).toEqual({ name: 'b', roles: ['worker'], address: '10.0.0.2' })
  expect(factsOfMember('c', [member])).toEqual({ name: 'c', roles: ['worker'] })
  const strange = { ...member, tags: { facts: 'x/y' } }
  expect(factsOfMember('b', [strange])).toMatchObject({ roles: ['worker'] })
})
