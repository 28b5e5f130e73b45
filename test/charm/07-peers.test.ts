import { expect, test } from 'bun:test'
import { decideEnsemble } from '../../src/agent/bootstrap/ensemble.ts'

/** Point 7 of the charm's faults: peers were counted by relations, not by machines. */
test('a machine counts once, however often and under whatever names it is written', () => {
  const facts = { addresses: ['10.0.0.1'], answering: undefined }
  const named = { host: 'a.example', port: 2181, addresses: ['10.0.0.1'] }
  const again = { host: '10.0.0.1', port: 2181, addresses: ['10.0.0.1'] }
  const other = { host: 'b.example', port: 2181, addresses: ['10.0.0.2'] }
  expect(() => decideEnsemble({ ...facts, servers: [named, other, again] })).toThrow(
    'a.example and 10.0.0.1 are the same machine (10.0.0.1)',
  )
  expect(decideEnsemble({ ...facts, servers: [named, other] }).kind).toBe('birth')
})
