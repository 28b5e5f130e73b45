import { expect, test } from 'bun:test'
import { batches, type Candidate } from './order.ts'

const worker = (name: string, version = '1'): Candidate => ({
  name,
  version,
  controller: false,
  leads: false,
})
const controller = (name: string, leads = false): Candidate => ({
  ...{ name, version: '1', controller: true, leads },
})

test('one worker goes first, then ten at a time, then controllers one by one, the leading one last', () => {
  const workers = Array.from({ length: 13 }, (_, at) => worker(`w${at}`))
  const order = batches([controller('a', true), controller('b'), ...workers, controller('c')], '2')
  expect(order.map((batch) => batch.length)).toEqual([1, 10, 2, 1, 1, 1])
  expect(order.slice(-3)).toEqual([['b'], ['c'], ['a']])
  expect(order.flat().length).toBe(16)
})

test('who has the version already is left out, and so a second run goes on where the first one ended', () => {
  expect(batches([worker('w1', '2'), worker('w2'), worker('w3')], '2')).toEqual([['w2'], ['w3']])
  expect(batches([worker('w1', '2')], '2')).toEqual([])
})
