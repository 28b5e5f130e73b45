import { expect, test } from 'bun:test'
import { isSecret, secretPaths } from './secret.ts'

test('passwords are secret, and so is what stands in them', () => {
  expect(secretPaths()).toContainEqual(['zookeeper', 'ssl.keyStore.password'])
  expect(isSecret(['dns', 'mesosCredentials', 'secret'])).toBe(true)
  expect(isSecret(['dns', 'ttl'])).toBe(false)
})
