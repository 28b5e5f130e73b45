import { hkdfSync } from 'node:crypto'

/**
 * 32 bytes for one purpose, from which neither the key nor the bytes for another purpose can be learned (HKDF, RFC 5869,
 * with SHA-256).
 */
export function deriveKey(key: Uint8Array, purpose: string, salt: Uint8Array = new Uint8Array(0)): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, `meshbox ${purpose}`, 32))
}
