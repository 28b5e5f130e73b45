import { describe, expect, test } from 'bun:test'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { MeshboxError } from '../../error.ts'
import { identityOf, pinOf } from './identity.ts'
import { type Claim, hashOf, judge, newToken, readToken, type TokenRecord, tokenText } from './token.ts'

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes)
const token = newToken(random(new Uint8Array(32)), random)

test('the text holds all of a token, and nothing else is taken for one', () => {
  expect(readToken(`${tokenText(token)}\n`, 'a file')).toEqual(token)
  for (const text of [
    '',
    'mbj_',
    tokenText(token).slice(0, -1),
    `${tokenText(token)}A`,
    `x${tokenText(token)}`,
  ]) {
    expect(() => readToken(text, 'a file')).toThrow('cannot use the token in a file: it is no join token')
  }
  const broken = tokenText(token).slice(0, -1)
  const error = (() => {
    try {
      return readToken(broken, '--token')
    } catch (thrown) {
      return thrown
    }
  })()
  expect(error).toBeInstanceOf(MeshboxError)
  expect(`${error} ${(error as MeshboxError).hint}`).not.toContain(broken)
})

describe('a token', () => {
  const { id, secret } = token
  const record: TokenRecord = {
    id,
    role: 'worker',
    hash: hashOf(secret),
    by: 'a',
    created: 1000,
    expires: 2000,
  }
  const claim: Claim = { secret, role: 'worker', claim: 'x' }
  const used = (by: string) => ({ ...record, used: { at: 1500, name: 'w', address: '10.0.0.9', claim: by } })

  test.each([
    ['is good for a machine of its role, until it runs out', record, claim, 1999, 'good'],
    ['runs out', record, claim, 2000, 'expired'],
    ['is for one role', record, { ...claim, role: 'controller' }, 1500, 'other-role'],
    ['is used once', used('y'), claim, 1600, 'used'],
    [
      'is still good for the machine that used it and did not hear the answer',
      used('x'),
      claim,
      1600,
      'good',
    ],
    [
      'with another secret is none, used or not',
      used('y'),
      { ...claim, secret: Buffer.alloc(32) },
      1600,
      'unknown',
    ],
    ['that was revoked is none', undefined, claim, 1500, 'unknown'],
  ] as const)('%s', (_, kept, claimed, now, verdict) => {
    expect(judge(kept, claimed, now)).toBe(verdict)
  })
})

describe('the identity that it names', () => {
  const key = random(new Uint8Array(32))

  test('is the same on every machine with the key, and another with another key', () => {
    const [one, other] = [identityOf(key), identityOf(Uint8Array.from(key))]
    expect(other.key).toBe(one.key)
    expect(other.pin).toEqual(one.pin)
    expect(identityOf(random(new Uint8Array(32))).pin).not.toEqual(one.pin)
  })

  test('has a certificate that others can read, signed by its own key', () => {
    const { cert, key: own, pin } = identityOf(key)
    const read = new X509Certificate(cert)
    expect(read.subject).toBe('CN=meshbox')
    expect(read.verify(createPublicKey(own))).toBe(true)
    expect(pinOf(read.publicKey)).toEqual(pin)
  })
})
