import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { WireError } from './codec.ts'

/**
 * AES-GCM: version byte, nonce, ciphertext, tag. Version 1 is what protocol versions from 2 on send; version 0 pads the
 * plain text to whole blocks (PKCS #7) and is only read.
 */
const nonceSize = 12
const tagSize = 16
const blockSize = 16

export const encryptionOverhead = 1 + nonceSize + tagSize

const cipherOf = (key: Uint8Array) => `aes-${(key.length * 8) as 128 | 192 | 256}-gcm` as const

/** `bound` is authenticated with it: label, and on streams the header. */
export function seal(plain: Uint8Array, key: Uint8Array, bound: Uint8Array, version: 0 | 1 = 1): Uint8Array {
  const nonce = randomBytes(nonceSize)
  const cipher = createCipheriv(cipherOf(key), key, nonce)
  cipher.setAAD(bound)
  const more = blockSize - (plain.length % blockSize)
  const padding = new Uint8Array(version === 0 ? more : 0).fill(more)
  const secret = [cipher.update(plain), cipher.update(padding), cipher.final()]
  return Buffer.concat([Uint8Array.of(version), nonce, ...secret, cipher.getAuthTag()])
}

export const noKeyFits = 'no key of ours opens it'

/** @throws {WireError} when none of the keys fits */
export function open(sealed: Uint8Array, keys: readonly Uint8Array[], bound: Uint8Array): Uint8Array {
  const version = sealed[0]
  if (version !== 0 && version !== 1) throw new WireError('not encrypted in a known way')
  if (sealed.length < encryptionOverhead) throw new WireError('too short to be encrypted')
  for (const key of keys) {
    const plain = tryOpen(sealed, key, bound)
    if (plain) return version === 0 ? withoutPadding(plain) : plain
  }
  throw new WireError(noKeyFits)
}

function tryOpen(sealed: Uint8Array, key: Uint8Array, bound: Uint8Array): Uint8Array | undefined {
  const tagAt = sealed.length - tagSize
  const cipher = createDecipheriv(cipherOf(key), key, sealed.subarray(1, 1 + nonceSize))
  cipher.setAAD(bound)
  cipher.setAuthTag(sealed.subarray(tagAt))
  try {
    return Buffer.concat([cipher.update(sealed.subarray(1 + nonceSize, tagAt)), cipher.final()])
  } catch {
    return undefined
  }
}

function withoutPadding(plain: Uint8Array): Uint8Array {
  const more = plain.at(-1) ?? 0
  if (more < 1 || more > blockSize || more > plain.length) throw new WireError('wrong padding')
  return plain.subarray(0, plain.length - more)
}
