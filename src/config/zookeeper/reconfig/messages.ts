import { buffer, type Codec, int, long, record, ustring } from './jute.ts'

/** The messages of ZooKeeper's protocol that a reconfiguration takes (zookeeper.jute). */

export const connectRequest = record<{
  protocolVersion: number
  lastZxidSeen: bigint
  timeOut: number
  sessionId: bigint
  passwd: Buffer | undefined
}>({ protocolVersion: int, lastZxidSeen: long, timeOut: int, sessionId: long, passwd: buffer })

export const connectResponse = record<{ protocolVersion: number; timeOut: number; sessionId: bigint }>({
  protocolVersion: int,
  timeOut: int,
  sessionId: long,
})

export const requestHeader = record<{ xid: number; type: number }>({ xid: int, type: int })

export const replyHeader = record<{ xid: number; zxid: bigint; err: number }>({
  xid: int,
  zxid: long,
  err: int,
})

export const authPacket = record<{
  type: number
  scheme: string | undefined
  auth: Buffer | undefined
}>({ type: int, scheme: ustring, auth: buffer })

/** `joiningServers`: lines of the server list, separated by commas; `leavingServers`: their ids. */
export const reconfigRequest = record<{
  joiningServers: string | undefined
  leavingServers: string | undefined
  newMembers: string | undefined
  curConfigId: bigint
}>({ joiningServers: ustring, leavingServers: ustring, newMembers: ustring, curConfigId: long })

/** The list as it is afterwards, and what follows it. */
export const reconfigResponse = record<{ data: Buffer | undefined }>({ data: buffer })

/** Of each message the number of its kind. */
export const opCode = { reconfig: 16, auth: 100, closeSession: -11 } as const

/** A packet: its length, then its records. */
export function packet(...parts: [length: number, encode: (into: Buffer, offset: number) => void][]): Buffer {
  const length = parts.reduce((sum, [each]) => sum + each, 0)
  const bytes = Buffer.alloc(4 + length)
  int.encode(length, bytes, 0)
  let at = 4
  for (const [size, encode] of parts) {
    encode(bytes, at)
    at += size
  }
  return bytes
}

/** One record of a packet. */
export function part<T>(codec: Codec<T>, value: T): [number, (into: Buffer, offset: number) => void] {
  return [codec.encodingLength(value), (into, offset) => codec.encode(value, into, offset)]
}
