import { keyName } from '../../config/secret/wraps.ts'
import { misuse } from '../../error.ts'

const keyBytes = 32

/** A cluster key as people keep it: 32 random bytes in base64. */
export function newKey(random: (bytes: Uint8Array) => Uint8Array): string {
  return Buffer.from(random(new Uint8Array(keyBytes))).toString('base64')
}

/**
 * Reads what a key file holds. The text itself is never shown.
 * @throws MeshboxError (exit 2) for anything but 32 bytes in base64
 */
export function readKey(text: string, source: string): string {
  const key = text.trim()
  const bytes = Buffer.from(key, 'base64')
  if (bytes.length === keyBytes && bytes.toString('base64') === key) return key
  throw misuse(
    'key-text',
    `cannot use the key in ${source}: it is not ${keyBytes} bytes in base64`,
    'make one with `meshbox key new --out FILE`',
  )
}

export const bytesOf = (key: string): Buffer => Buffer.from(key, 'base64')

/** What a key is called in lists and logs; it tells nothing of the key. */
export function keyId(key: string): string {
  return keyName(bytesOf(key))
}
