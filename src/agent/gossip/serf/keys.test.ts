import { expect, test } from 'bun:test'
import { createKeyring, type Keyring } from '../wire/keyring.ts'
import { decodeSerf, encodeSerf } from '../wire/serf.ts'
import { answerKeyQuery } from './keys.ts'

const key = (fill: number) => new Uint8Array(32).fill(fill)
const base64 = (fill: number) => Buffer.from(key(fill)).toString('base64')

function ask(keyring: Keyring, name: string, fill = 0) {
  let saved = 0
  const payload = encodeSerf({ kind: 'keyRequest', Key: key(fill) })
  const changed = () => saved++
  const answer = answerKeyQuery(`_serf_${name}`, payload, 900, { keyring, changed })
  return { saved, ...(answer && decodeSerf(answer)) }
}

test('keys are installed, used, removed and listed; each change is stored', () => {
  const ring = createKeyring([key(1)])
  expect(ask(ring, 'install-key', 2)).toMatchObject({ Result: true, saved: 1 })
  expect(ask(ring, 'use-key', 2)).toMatchObject({ Result: true, saved: 1 })
  expect(ask(ring, 'list-keys')).toMatchObject({
    Keys: [base64(2), base64(1)],
    PrimaryKey: base64(2),
    saved: 0,
  })
  expect(ask(ring, 'remove-key', 1)).toMatchObject({ Result: true, saved: 1 })
  expect(ring.list()).toEqual([base64(2)])
})

test('what cannot be done is answered with its reason', () => {
  const ring = createKeyring([key(1)])
  expect(ask(ring, 'remove-key', 1)).toMatchObject({ Result: false, saved: 0 })
  expect(ask(ring, 'use-key', 9)).toMatchObject({ Message: 'requested key is not in the keyring' })
  expect(ask(createKeyring([]), 'install-key', 1)).toMatchObject({ Result: false, saved: 0 })
  const full = () => {
    throw new Error('the disk is full')
  }
  const list = encodeSerf({ kind: 'keyRequest', Key: key(1) })
  const lost = answerKeyQuery('_serf_use-key', list, 900, { keyring: ring, changed: full })
  expect(lost && decodeSerf(lost)).toMatchObject({ Result: false, Message: 'the disk is full' })
  const bad = answerKeyQuery('_serf_use-key', Uint8Array.of(1, 2), 900, { keyring: ring, changed: () => {} })
  expect(bad && decodeSerf(bad)).toMatchObject({ Result: false })
})

test('a list that is too long is cut, and says so', () => {
  const ring = createKeyring(Array.from({ length: 60 }, (_, i) => key(i)))
  const answer = ask(ring, 'list-keys')
  expect(answer).toMatchObject({
    Result: true,
    PrimaryKey: base64(0),
    Message: expect.stringContaining('of 60 keys'),
  })
})

test('other queries are not ours to answer', () => {
  expect(
    answerKeyQuery('deploy', new Uint8Array(0), 900, { keyring: createKeyring([]), changed: () => {} }),
  ).toBe(undefined)
})
