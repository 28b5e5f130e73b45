import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { deriveKey } from '../../config/secret/derive.ts'
import { selfSigned } from './certificate.ts'

/** With what a machine shows that it is one of its cluster's, to one that has no key yet but knows the pin. */
export type Identity = { key: string; cert: string; pin: Buffer }

/**
 * Derived from the cluster's key, so it is the same on every machine, and any of them redeems what another one made. The
 * way back to the key there is not (HKDF). With another primary key it is another one, and older tokens fit no more.
 */
export function identityOf(clusterKey: Uint8Array): Identity {
  const key = privateKeyOf(clusterKey)
  return {
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: selfSigned(key),
    pin: pinOf(createPublicKey(key)),
  }
}

export function pinOf(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
}

/** One of 2^32 derived numbers is too big for P-256; then the next is taken. */
function privateKeyOf(clusterKey: Uint8Array): KeyObject {
  for (let attempt = 0; ; attempt++) {
    const d = deriveKey(clusterKey, 'join identity', Buffer.from([attempt]))
    const curve = createECDH('prime256v1')
    try {
      curve.setPrivateKey(d)
    } catch {
      continue
    }
    const point = curve.getPublicKey() // 4, then both coordinates
    const text = (bytes: Buffer) => bytes.toString('base64url')
    const [x, y] = [text(point.subarray(1, 33)), text(point.subarray(33))]
    const jwk = { kty: 'EC', crv: 'P-256', x, y, d: text(d) }
    return createPrivateKey({ format: 'jwk', key: jwk })
  }
}
