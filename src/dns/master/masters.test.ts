import { expect, test } from 'bun:test'
import { candidates } from './masters.ts'

const names = (children: string[]) => candidates(children).map(({ name }) => name)

test('the candidate with the smallest number leads, and what is no candidate does not count', () => {
  expect(names(['json.info_0000000010', 'log_replicas', 'json.info_9', 'json.info_x', 'json.info_'])).toEqual(
    ['json.info_9', 'json.info_0000000010'],
  )
})

test('candidates of older masters lead only when there are no others', () => {
  expect(names(['info_1', 'json.info_7', 'info_0000000000', 'info_'])).toEqual([
    'json.info_7',
    'info_0000000000',
    'info_1',
  ])
})
