import { addressBytes, formatAddress } from '../../../config/address.ts'
import { WireError } from './codec.ts'
import { bytes, type Field } from './msgpack.ts'

/** An IP address: 4 or 16 bytes on the wire, its canonical text here; '' where none was sent. */
export const ip: Field<string> = {
  zero: '',
  encodingLength: (value) => (value === '' ? 1 : value.includes(':') ? 17 : 5),
  encode: (value, into, at) => bytes.encode(bytesOf(value), into, at),
  decode(source) {
    const raw = bytes.decode(source)
    if (raw.length === 0) return ''
    if (raw.length !== 4 && raw.length !== 16) throw new WireError(`an address of ${raw.length} bytes`)
    return formatAddress(raw)
  },
}

const none = new Uint8Array(0)

function bytesOf(address: string): Uint8Array {
  return address === '' ? none : addressBytes(address)
}
