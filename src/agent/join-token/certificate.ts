import { createPublicKey, type KeyObject, sign } from 'node:crypto'

/**
 * A certificate of a P-256 key by that key itself (X.509 v3, RFC 5280, in DER). TLS cannot do without one; who is spoken
 * to is told by the key alone, so it has the same name everywhere and no end.
 */
export function selfSigned(key: KeyObject): string {
  const name = sequence(set(sequence(oid(0x55, 0x04, 0x03), element(0x0c, Buffer.from('meshbox')))))
  const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)) // ecdsa-with-SHA256 (RFC 5758)
  const content = sequence(
    element(0xa0, element(0x02, Buffer.from([2]))), // version 3
    element(0x02, Buffer.from([1])), // serial number
    algorithm,
    name,
    sequence(element(0x17, Buffer.from('700101000000Z')), element(0x18, Buffer.from('99991231235959Z'))),
    name,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
  )
  const signature = element(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', content, key)]))
  const lines =
    sequence(content, algorithm, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

const sequence = (...parts: Uint8Array[]) => element(0x30, ...parts)
const set = (...parts: Uint8Array[]) => element(0x31, ...parts)
const oid = (...bytes: number[]) => element(0x06, Buffer.from(bytes))

/** Tag, length, content; the long form of a length has the count of its bytes first. */
function element(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const header =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...header]), content])
}
