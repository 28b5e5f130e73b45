import { canonicalAddress, joinHostPort } from '../../config/address.ts'
import { isObject, member } from '../state/json.ts'

/** What a candidate's znode tells of its master. */
type MasterInfo = { ip: unknown; port: unknown }

/** `IP:PORT` of a candidate's JSON; undefined when it tells none. */
export function addressInJson(data: Uint8Array): string | undefined {
  const info: unknown = parseJson(Buffer.from(data).toString())
  if (!isObject(info)) return undefined
  const address = member(info, 'address')
  const from = isObject(address) ? address : info
  return addressOf({ ip: member(from, 'ip'), port: member(from, 'port') })
}

/** Fields of Mesos's message MasterInfo, and of the Address in it. */
const infoField = { ip: 2, port: 3, address: 7 } as const
const addressField = { ip: 2, port: 3 } as const
/** The port of a MasterInfo that does not say it. */
const defaultPort = 5050

/** The same out of the protobuf form, which Mesos wrote before 0.24 (SPEC section 3.2). */
export function addressInProtobuf(data: Uint8Array): string | undefined {
  const info = fieldsOf(data)
  const nested = info?.get(infoField.address)
  const address = nested instanceof Uint8Array ? fieldsOf(nested) : undefined
  if (!address)
    return addressOf({ ip: info?.get(infoField.ip), port: info?.get(infoField.port) ?? defaultPort })
  const ip = address.get(addressField.ip)
  return addressOf({
    ip: ip instanceof Uint8Array ? Buffer.from(ip).toString() : undefined,
    port: address.get(addressField.port),
  })
}

function addressOf({ ip, port }: MasterInfo): string | undefined {
  const host =
    typeof ip === 'number' ? dottedQuad(ip) : typeof ip === 'string' ? canonicalAddress(ip) : undefined
  if (host === undefined || typeof port !== 'number' || port < 1 || port > 65535) return undefined
  return joinHostPort(host, port)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Mesos writes the address as a number in host order, which is little-endian where it runs. */
function dottedQuad(ip: number): string {
  return [ip & 255, (ip >>> 8) & 255, (ip >>> 16) & 255, (ip >>> 24) & 255].join('.')
}

/** The last value of each field of a protobuf message: numbers, or the bytes of texts and messages; undefined when it is none. */
function fieldsOf(bytes: Uint8Array): Map<number, number | Uint8Array> | undefined {
  const fields = new Map<number, number | Uint8Array>()
  let at = 0

  function varint(): number | undefined {
    let value = 0
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    return undefined
  }

  while (at < bytes.length) {
    const tag = varint()
    const wireType = (tag ?? 0) % 8
    const number =
      wireType === 0 || wireType === 2 ? varint() : wireType === 1 ? 8 : wireType === 5 ? 4 : undefined
    if (tag === undefined || number === undefined) return undefined
    if (wireType === 0) {
      fields.set(Math.floor(tag / 8), number)
      continue
    }
    if (at + number > bytes.length) return undefined
    if (wireType === 2) fields.set(Math.floor(tag / 8), bytes.subarray(at, at + number))
    at += number
  }
  return fields
}
