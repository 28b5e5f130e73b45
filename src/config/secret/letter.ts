import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { deriveKey } from './derive.ts'

/**
 * What machines of a cluster with a key send each other, and what they seal in ZooKeeper: nonce, ciphertext, tag. Each
 * letter has a key of its own, derived from the given one and the nonce, so that AES-GCM's nonce never matters. `about`
 * says what the letter is for; it is not in the letter, and one for something else cannot be opened.
 */
const nonceBytes = 32
const tagBytes = 16
const cipher = 'aes-256-gcm'
const zero = new Uint8Array(12)

const keyOf = (key: Uint8Array, nonce: Uint8Array) => deriveKey(key, 'letter', nonce)

export function sealLetter(plain: Uint8Array, key: Uint8Array, about: readonly string[]): Buffer {
  const nonce = randomBytes(nonceBytes)
  const sealing = createCipheriv(cipher, keyOf(key, nonce), zero)
  sealing.setAAD(bound(about))
  return Buffer.concat([nonce, sealing.update(plain), sealing.final(), sealing.getAuthTag()])
}

/** What tells one letter from every other. */
export const nonceOf = (letter: Uint8Array) => Buffer.from(letter.subarray(0, nonceBytes)).toString('hex')

/** What stands in the letter, which of the keys sealed it, and its nonce; undefined when none of them did. */
export function openLetter(
  letter: Uint8Array,
  keys: readonly Uint8Array[],
  about: readonly string[],
): { plain: Buffer; key: Uint8Array; nonce: string } | undefined {
  if (letter.length < nonceBytes + tagBytes) return undefined
  const nonce = letter.subarray(0, nonceBytes)
  for (const key of keys) {
    const opening = createDecipheriv(cipher, keyOf(key, nonce), zero, { authTagLength: tagBytes })
    opening.setAAD(bound(about))
    opening.setAuthTag(letter.subarray(letter.length - tagBytes))
    try {
      const secret = opening.update(letter.subarray(nonceBytes, letter.length - tagBytes))
      return { plain: Buffer.concat([secret, opening.final()]), key, nonce: nonceOf(letter) }
    } catch {
      // sealed with another key, for something else, or not by us
    }
  }
  return undefined
}

/** JSON keeps the parts apart, whatever stands in them. */
function bound(about: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(about))
}
