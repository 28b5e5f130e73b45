import { createSocket } from 'node:dgram'
import { connect } from 'node:net'

/** A question as the recordings write it. */
export type Asking = {
  name?: string
  type?: string
  class?: string
  rd?: number
  cd?: number
  ad?: number
  tc?: number
  qr?: number
  opcode?: number
  edns?: number
  ednsVersion?: number
  dnssecOk?: boolean
  tcp?: boolean
  noQuestion?: boolean
  questions?: { name: string; type: string; class?: string }[]
  raw?: string
}

/** A reply in the manner of the recordings: records as dig prints them. */
export type Reply = {
  noReply?: boolean
  qr?: number
  opcode?: number
  aa?: number
  tc?: number
  rd?: number
  ra?: number
  ad?: number
  cd?: number
  rcode?: string
  question?: string[]
  answer?: string[]
  authority?: string[]
  additional?: string[]
  edns?: { udp: number; version: number }
}

const types: Record<string, number> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  DS: 43,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
}
const classes: Record<string, number> = { IN: 1, CH: 3, HS: 4, ANY: 255 }
const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']
const nameOf = (table: Record<string, number>, number: number) =>
  Object.keys(table).find((key) => table[key] === number)

export function encodeName(text: string): Buffer {
  const bytes: number[] = []
  let label: number[] = []
  const source = Buffer.from(text)
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] ?? 0
    if (byte === 92) {
      const digits = source.subarray(i + 1, i + 4).toString()
      const number = /^\d{3}$/.test(digits)
      label.push(number ? Number(digits) : (source[i + 1] ?? 0))
      i += number ? 3 : 1
    } else if (byte === 46) {
      if (text !== '.') bytes.push(label.length, ...label)
      label = []
    } else label.push(byte)
  }
  if (label.length > 0) bytes.push(label.length, ...label)
  return Buffer.from([...bytes, 0])
}

function word(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  values.forEach((value, i) => void bytes.writeUInt16BE(value & 0xffff, i * 2))
  return bytes
}

function typeNumber(type: string): number {
  return types[type] ?? Number(type.replace('TYPE', ''))
}

export function encodeQuery(id: number, asking: Asking): Buffer {
  if (asking.raw !== undefined) {
    const raw = Buffer.from(asking.raw, 'hex')
    if (raw.length >= 2) raw.writeUInt16BE(id, 0)
    return raw
  }
  const questions = asking.noQuestion
    ? []
    : (asking.questions ?? [{ ...asking, name: asking.name ?? '.', type: asking.type ?? 'A' }])
  const { rd = 1, cd = 0, ad = 0, tc = 0, qr = 0, opcode = 0 } = asking
  const flags = (qr << 15) | (opcode << 11) | (tc << 9) | (rd << 8) | (ad << 5) | (cd << 4)
  const parts = [word(id, flags, questions.length, 0, 0, asking.edns === undefined ? 0 : 1)]
  for (const one of questions) {
    parts.push(encodeName(one.name), word(typeNumber(one.type), classes[one.class ?? 'IN'] ?? 1))
  }
  if (asking.edns !== undefined) {
    const version = asking.ednsVersion ?? 0
    parts.push(Buffer.from([0]), word(41, asking.edns, version, asking.dnssecOk ? 0x8000 : 0, 0))
  }
  return Buffer.concat(parts)
}

/** A name at `at`, with what dig would escape escaped. */
function decodeName(bytes: Buffer, at: number): { text: string; end: number } {
  let text = ''
  let end = -1
  for (let hops = 0; hops < 130; hops++) {
    const length = bytes.readUInt8(at)
    if (length === 0) return { text: text === '' ? '.' : text, end: end < 0 ? at + 1 : end }
    if (length >= 0xc0) {
      if (end < 0) end = at + 2
      at = bytes.readUInt16BE(at) & 0x3fff
      continue
    }
    for (const byte of bytes.subarray(at + 1, at + 1 + length)) {
      const char = String.fromCharCode(byte)
      if (byte < 33 || byte > 126) text += `\\${String(byte).padStart(3, '0')}`
      else text += '."\\();@$'.includes(char) ? `\\${char}` : char
    }
    text += '.'
    at += length + 1
  }
  throw new Error('a name that never ends')
}

function decodeData(bytes: Buffer, type: number, at: number, length: number): string {
  if (type === 1) return bytes.subarray(at, at + 4).join('.')
  if (type === 28) return ipv6(bytes.subarray(at, at + 16))
  if (type === 2 || type === 5 || type === 12) return decodeName(bytes, at).text
  if (type === 33) {
    const [priority, weight, port] = [0, 2, 4].map((offset) => bytes.readUInt16BE(at + offset))
    return `${priority} ${weight} ${port} ${decodeName(bytes, at + 6).text}`
  }
  if (type === 6) {
    const mname = decodeName(bytes, at)
    const rname = decodeName(bytes, mname.end)
    const numbers = [4, 8, 12, 16].map((offset) => bytes.readUInt32BE(rname.end + offset))
    return `${mname.text} ${rname.text} SERIAL ${numbers.join(' ')}`
  }
  return bytes.subarray(at, at + length).toString('hex')
}

function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

export function decodeReply(bytes: Buffer): Reply {
  const flags = bytes.readUInt16BE(2)
  const bit = (shift: number) => (flags >> shift) & 1
  const counts = [4, 6, 8, 10].map((offset) => bytes.readUInt16BE(offset))
  const question: string[] = []
  const reply: Reply = {
    qr: bit(15),
    opcode: (flags >> 11) & 15,
    aa: bit(10),
    tc: bit(9),
    rd: bit(8),
    ra: bit(7),
    ad: bit(5),
    cd: bit(4),
    rcode: rcodes[flags & 15] ?? String(flags & 15),
    question,
  }
  let at = 12
  for (let i = 0; i < (counts[0] ?? 0); i++) {
    const { text, end } = decodeName(bytes, at)
    const [type, cls] = [bytes.readUInt16BE(end), bytes.readUInt16BE(end + 2)]
    question.push(`${text} ${nameOf(classes, cls) ?? `CLASS${cls}`} ${nameOf(types, type) ?? `TYPE${type}`}`)
    at = end + 4
  }
  const section = (count: number): string[] => {
    const records: string[] = []
    for (let i = 0; i < count; i++) {
      const { text, end } = decodeName(bytes, at)
      const [type, cls, length] = [
        bytes.readUInt16BE(end),
        bytes.readUInt16BE(end + 2),
        bytes.readUInt16BE(end + 8),
      ]
      if (type === 41) {
        reply.edns = { udp: cls, version: bytes.readUInt8(end + 5) }
        const extended = (bytes.readUInt8(end + 4) << 4) | (flags & 15)
        if (extended > 15) reply.rcode = extended === 16 ? 'BADVERS' : String(extended)
      } else {
        const ttl = bytes.readUInt32BE(end + 4)
        const data = decodeData(bytes, type, end + 10, length)
        records.push(
          `${text} ${ttl} ${nameOf(classes, cls) ?? `CLASS${cls}`} ${nameOf(types, type) ?? `TYPE${type}`} ${data}`,
        )
      }
      at = end + 10 + length
    }
    return records.sort()
  }
  reply.answer = section(counts[1] ?? 0)
  reply.authority = section(counts[2] ?? 0)
  reply.additional = section(counts[3] ?? 0)
  return reply
}

/** Asks once; what does not come within `timeoutMs` is no reply. */
export async function ask(port: number, asking: Asking, timeoutMs: number): Promise<Reply> {
  const id = Math.floor(Math.random() * 65536)
  const bytes = await (asking.tcp ? askTcp : askUdp)(port, encodeQuery(id, asking), timeoutMs)
  return bytes ? decodeReply(bytes) : { noReply: true }
}

function askUdp(port: number, query: Buffer, timeoutMs: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const done = (bytes?: Buffer) => {
      clearTimeout(timer)
      socket.close()
      resolve(bytes)
    }
    const timer = setTimeout(done, timeoutMs)
    socket.on('message', (bytes) => done(bytes))
    socket.on('error', () => done())
    socket.send(query, port, '127.0.0.1')
  })
}

function askTcp(port: number, query: Buffer, timeoutMs: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0)
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.concat([word(query.length), query])))
    const done = (found?: Buffer) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(found)
    }
    const timer = setTimeout(done, timeoutMs)
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, Buffer.from(chunk)])
      if (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0))
        done(bytes.subarray(2, 2 + bytes.readUInt16BE(0)))
    })
    socket.on('error', () => done())
    socket.on('close', () => done())
  })
}
