import { describe, expect, test } from 'bun:test'
import { generateKeyPairSync, sign } from 'node:crypto'
import { protocolTag, readProtocolTag, tooFarFrom } from './protocol.ts'
import { isSigned, listedIn } from './release.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')

describe('a list of hashes', () => {
  const hash = 'a'.repeat(64)
  const list = [
    `${hash}  meshbox-1.2.3-rc.1-linux-x64.gz`,
    `${'b'.repeat(64)}  meshbox-1.2.3-rc.1-linux-arm64.gz`,
    `${hash}  install.sh`,
  ].join('\n')

  test('names the version and the archive of each kind of machine', () => {
    expect(listedIn(list, 'linux-arm64')).toEqual({
      version: '1.2.3-rc.1',
      archive: 'meshbox-1.2.3-rc.1-linux-arm64.gz',
      sha256: 'b'.repeat(64),
    })
    expect(listedIn(list, 'linux-riscv64')).toBeUndefined()
    expect(listedIn(`${hash} *meshbox-1-linux-x64.gz\nnonsense`, 'linux-x64')).toBeUndefined()
  })

  test('counts when it is signed with the key of this release, and with no other', () => {
    const text = Buffer.from(list)
    const signature = sign(null, text, privateKey)
    expect(isSigned(text, signature, key)).toBe(true)
    expect(isSigned(Buffer.concat([text, Buffer.from(' ')]), signature, key)).toBe(false)
    expect(isSigned(text, sign(null, text, generateKeyPairSync('ed25519').privateKey), key)).toBe(false)
    expect(isSigned(text, new Uint8Array(0), key)).toBe(false)
  })

  test('never counts for a binary that is no release', () => {
    const text = Buffer.from(list)
    expect(isSigned(text, sign(null, text, privateKey), '')).toBe(false)
  })
})

describe('the protocols of two versions', () => {
  const machine = (name: string, tag: string | undefined) => ({ name, protocol: readProtocolTag(tag) })
  const namesOf = (next: { speaks: number; understands: number }, ...tags: string[]) =>
    tooFarFrom(
      next,
      tags.map((tag) => machine(tag, tag)),
    ).map(({ name }) => name)

  test('go together while each understands what the other speaks', () => {
    expect(namesOf({ speaks: 3, understands: 2 }, '3:2', '2:1', '2:2')).toEqual([])
    expect(namesOf({ speaks: 3, understands: 3 }, '3:2', '2:1')).toEqual(['2:1'])
    expect(namesOf({ speaks: 3, understands: 1 }, '5:4', '4:3')).toEqual(['5:4'])
  })

  test('a member that tells nothing, or nonsense, speaks the first one', () => {
    for (const tag of [undefined, '', 'x', '1', '-1:0', '99999:1'])
      expect(readProtocolTag(tag)).toEqual({ speaks: 1, understands: 1 })
    expect(tooFarFrom({ speaks: 2, understands: 2 }, [machine('a', undefined)]).length).toBe(1)
    expect(readProtocolTag(protocolTag).speaks).toBeGreaterThan(0)
  })
})
