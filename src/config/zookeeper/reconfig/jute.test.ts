import { expect, test } from 'bun:test'
import zookeeper from 'node-zookeeper-client'
import { buffer, int, long, record, ustring } from './jute.ts'
import { authPacket, packet, part, reconfigRequest, requestHeader } from './messages.ts'

const mixed = record<{ a: number; b: bigint; c: string | undefined; d: Buffer | undefined }>({
  a: int,
  b: long,
  c: ustring,
  d: buffer,
})

test('every type comes back as it went in, none at all included', () => {
  for (const value of [
    { a: -1, b: 2n ** 62n, c: 'ä name', d: Buffer.from([0, 255]) },
    { a: 0, b: -1n, c: '', d: Buffer.alloc(0) },
    { a: 7, b: 0n, c: undefined, d: undefined },
  ]) {
    const bytes = Buffer.alloc(mixed.encodingLength(value) + 3)
    mixed.encode(value, bytes, 3)
    expect(mixed.decode(bytes, 3)).toEqual(value)
  }
})

test('bytes that end early are never read past', () => {
  const value = { a: 1, b: 2n, c: 'three', d: Buffer.from('four') }
  const bytes = Buffer.alloc(mixed.encodingLength(value))
  mixed.encode(value, bytes, 0)
  for (let length = 0; length < bytes.length; length++)
    expect(() => mixed.decode(bytes.subarray(0, length), 0)).toThrow()
})

/** The library's own serializer, for the messages that it knows. */
test('a packet has the bytes that the client library makes', () => {
  const jute = require('node-zookeeper-client/lib/jute')
  const auth = Buffer.from('super:secret')
  const header = new jute.protocol.RequestHeader(-4, 100)
  const theirs = new jute.Request(header, new jute.protocol.AuthPacket(0, 'digest', auth)).toBuffer()
  const ours = packet(
    part(requestHeader, { xid: -4, type: 100 }),
    part(authPacket, { type: 0, scheme: 'digest', auth }),
  )
  expect(ours.toString('hex')).toBe(theirs.toString('hex'))
  expect(zookeeper.Exception.NO_AUTH).toBe(-102)
})

test('a reconfiguration: ids that go, none that is set anew, and the version that it counts for', () => {
  const request = {
    joiningServers: undefined,
    leavingServers: '2',
    newMembers: undefined,
    curConfigId: 0x100000003n,
  }
  expect(packet(part(reconfigRequest, request)).toString('hex')).toBe(
    `00000015${'ffffffff'}${'0000000132'}${'ffffffff'}0000000100000003`,
  )
})
