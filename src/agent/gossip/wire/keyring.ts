import { createHash } from 'node:crypto'

/** The keys of a mesh: everything is sealed with the first, and opened with any. */
export type Keyring = {
  /** Without a key the mesh is open. */
  secured(): boolean
  /** The primary key first. */
  keys(): readonly Uint8Array[]
  list(): string[]
  /** @throws {KeyError} */
  install(key: Uint8Array): void
  use(key: Uint8Array): void
  remove(key: Uint8Array): void
}

/** What cannot be done with a key; its message goes to the peer that asked. */
export class KeyError extends Error {}

const keySizes = [16, 24, 32]

/** @throws {KeyError} for a key of a wrong length */
export function createKeyring(initial: readonly Uint8Array[]): Keyring {
  let keys: Uint8Array[] = []
  const same = (a: Uint8Array, b: Uint8Array) => digest(a) === digest(b)
  const find = (key: Uint8Array) => keys.find((other) => same(other, key))
  const ring: Keyring = {
    secured: () => keys.length > 0,
    keys: () => keys,
    list: () => keys.map((key) => Buffer.from(key).toString('base64')),
    install(key) {
      if (!keySizes.includes(key.length)) throw new KeyError('key size must be 16, 24 or 32 bytes')
      if (!find(key)) keys = [...keys, key.slice()]
    },
    use(key) {
      const found = find(key)
      if (!found) throw new KeyError('requested key is not in the keyring')
      keys = [found, ...keys.filter((other) => other !== found)]
    },
    remove(key) {
      const found = find(key)
      if (found && found === keys[0]) throw new KeyError('removing the primary key is not allowed')
      keys = keys.filter((other) => other !== found)
    },
  }
  for (const key of initial) ring.install(key)
  return ring
}

/** Comparing digests tells nothing about the keys by the time it takes. */
function digest(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex')
}
