import { createSocket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import { encodeName } from './wire.ts'

type Given = { name: string; type: string; ttl?: number; data: string }
type Behaviour = {
  rcode?: number
  answer?: Given[]
  tc?: number
  aa?: number
  ra?: number
  badId?: number
  silent?: boolean
  repeat?: number
  /** Over UDP nothing but TC. */
  tcOverUdp?: boolean
}
export type UpstreamSpec = { listen: string; answers?: Record<string, Behaviour>; default?: Behaviour }

const typeNumbers: Record<string, number> = { A: 1, CNAME: 5, PTR: 12, TXT: 16, AAAA: 28 }

/** A DNS server that says what a recording's `env.json` tells it to, over UDP and TCP; it knows no EDNS. */
export async function startUpstream(
  spec: UpstreamSpec,
  port: number,
  see: (name: string) => void = () => {},
): Promise<{ stop(): Promise<void> }> {
  const answer = (query: Buffer, udp: boolean) => reply(query, spec, udp, see)
  const udp = createSocket('udp4')
  udp.on('message', (query, from) => {
    const bytes = answer(query, true)
    if (bytes) udp.send(bytes, from.port, from.address)
  })
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve))
  const tcp: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      const bytes = answer(Buffer.from(chunk).subarray(2), false)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(bytes?.length ?? 0)
      if (bytes) socket.write(Buffer.concat([length, bytes]))
    })
  })
  await new Promise<void>((resolve) => tcp.listen(port, '127.0.0.1', resolve))
  return {
    async stop() {
      udp.close()
      await new Promise((resolve) => tcp.close(resolve))
    },
  }
}

function reply(
  query: Buffer,
  spec: UpstreamSpec,
  udp: boolean,
  see: (name: string) => void,
): Buffer | undefined {
  let end = 12
  const labels: string[] = []
  for (let length = query.readUInt8(end); length > 0; length = query.readUInt8(end)) {
    labels.push(query.toString('latin1', end + 1, end + 1 + length))
    end += length + 1
  }
  see(`${labels.join('.')}.`)
  const type = query.readUInt16BE(end + 1)
  const typeName = Object.keys(typeNumbers).find((key) => typeNumbers[key] === type) ?? `TYPE${type}`
  const does = spec.answers?.[`${labels.join('.').toLowerCase()}. ${typeName}`] ?? spec.default
  if (!does || does.silent) return undefined
  const cut = udp && does.tcOverUdp === true
  const records: Buffer[] = []
  for (let copy = 0; !cut && copy < (does.repeat ?? 1); copy++) {
    for (const given of does.answer ?? []) records.push(encodeRecord(given, copy))
  }
  const header = Buffer.alloc(12)
  header.writeUInt16BE((query.readUInt16BE(0) + (does.badId ? 1 : 0)) & 0xffff, 0)
  const bits =
    (does.aa ? 0x400 : 0) | (does.tc || cut ? 0x200 : 0) | (does.ra === 0 ? 0 : 0x80) | (does.rcode ?? 0)
  header.writeUInt16BE(0x8000 | (query.readUInt16BE(2) & 0x100) | bits, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(records.length, 6)
  return Buffer.concat([header, query.subarray(12, end + 5), ...records])
}

/** Copies count the last octet of an address up. */
function encodeRecord({ name, type, ttl = 30, data }: Given, copy: number): Buffer {
  const octets = data.split('.').map(Number)
  const rdata =
    type === 'A' ? Buffer.from([...octets.slice(0, 3), ((octets[3] ?? 0) + copy) & 255]) : encodeName(data)
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(typeNumbers[type] ?? 1, 0)
  fixed.writeUInt16BE(1, 2)
  fixed.writeUInt32BE(ttl, 4)
  fixed.writeUInt16BE(rdata.length, 8)
  return Buffer.concat([encodeName(name), fixed, rdata])
}
