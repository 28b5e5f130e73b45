import { expect, test } from 'bun:test'
import { candidates, masterAddress } from './masters.ts'

test('the candidate with the smallest number leads, others than json.info_* are no candidates', () => {
  expect(
    candidates([
      'json.info_0000000010',
      'log_replicas',
      'json.info_9',
      'info_0000000001',
      'json.info_x',
      'json.info_',
    ]),
  ).toEqual(['json.info_9', 'json.info_0000000010'])
})

test.each([
  ['{"address":{"ip":"10.0.0.1","port":5050},"ip":1,"port":1}', '10.0.0.1:5050'],
  ['{"address":{"ip":"::1","port":5050}}', '[::1]:5050'],
  ['{"ip":16777343,"port":5051}', '127.0.0.1:5051'],
  ['{"ip":"10.0.0.1"}', undefined],
  ['{"address":{"ip":"m.example","port":5050}}', undefined],
  ['rubbish', undefined],
])('the address in %s is %s', (data, address) => expect(masterAddress(data)).toBe(address))
