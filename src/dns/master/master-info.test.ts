import { describe, expect, test } from 'bun:test'
import { addressInJson, addressInProtobuf } from './master-info.ts'

test.each([
  ['{"address":{"ip":"10.0.0.1","port":5050},"ip":1,"port":1}', '10.0.0.1:5050'],
  ['{"address":{"ip":"::1","port":5050}}', '[::1]:5050'],
  ['{"ip":16777343,"port":5051}', '127.0.0.1:5051'],
  ['{"ip":"10.0.0.1"}', undefined],
  ['{"address":{"ip":"m.example","port":5050}}', undefined],
  ['rubbish', undefined],
])('the address in %s is %s', (data, address) => expect(addressInJson(Buffer.from(data))).toBe(address))

const text = (value: string) => [value.length, ...Buffer.from(value)]
const id = [0x0a, ...text('20150914-101010-16777343-5050-1')]
const hostName = [0x2a, ...text('m.example')]

describe('the protobuf form', () => {
  const address = [0x0a, ...text('m.example'), 0x12, ...text('10.0.0.7'), 0x18, 0xba, 0x27]
  test.each([
    [
      'number and port',
      [...id, 0x10, 0xff, 0x80, 0x80, 0x08, 0x18, 0xbb, 0x27, ...hostName],
      '127.0.0.1:5051',
    ],
    ['a number above 2^31', [...id, 0x10, 0x8a, 0x80, 0x80, 0xc0, 0x0f], '10.0.0.248:5050'],
    [
      'an address beside them',
      [...id, 0x10, 0x01, 0x18, 0x01, 0x3a, address.length, ...address],
      '10.0.0.7:5050',
    ],
    ['fields of fixed length', [0x49, 0, 0, 0, 0, 0, 0, 0, 0, 0x55, 0, 0, 0, 0, 0x10, 0x01], '1.0.0.0:5050'],
  ])('tells %s', (_, bytes, expected) => expect(addressInProtobuf(Uint8Array.from(bytes))).toBe(expected))

  test.each([
    ['nothing', []],
    ['no address', id],
    ['JSON', [...Buffer.from('{"ip":1}')]],
    ['a text that is cut off', [0x0a, 40, 1, 2]],
    ['a number that is cut off', [0x10, 0xff]],
    ['a group', [0x0b, 0x10, 0x01]],
  ])('%s tells none', (_, bytes) => expect(addressInProtobuf(Uint8Array.from(bytes))).toBeUndefined())
})
