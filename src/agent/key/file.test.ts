import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foldersAt } from '../local/folders.ts'
import { faultOf, readKeyFile, writeSecretFile } from './file.ts'
import { ringToJoinWith } from './given.ts'
import { keyId, newKey } from './key.ts'
import { openKeys, recallRing, rememberRing } from './keyring.ts'

const folder = mkdtempSync(join(tmpdir(), 'key-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const made = () => newKey((bytes) => crypto.getRandomValues(bytes))
let count = 0
const place = () => join(folder, String(count++))

describe('a key file', () => {
  test('is written for its owner alone, read back, and never overwritten', () => {
    const [path, key] = [place(), made()]
    writeSecretFile(path, key)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readKeyFile(path)).toBe(key)
    expect(() => writeSecretFile(path, made())).toThrow('cannot write')
    expect(readKeyFile(path)).toBe(key)
  })

  test('is refused while others may read it, with the command that mends it', () => {
    const path = place()
    writeSecretFile(path, made())
    for (const mode of [0o640, 0o604, 0o660, 0o601]) {
      chmodSync(path, mode)
      const refused = { message: expect.stringContaining('others may use it'), hint: `chmod 600 ${path}` }
      expect(() => readKeyFile(path)).toThrow(expect.objectContaining(refused))
    }
    chmodSync(path, 0o400)
    expect(readKeyFile(path)).not.toBe('')
  })

  test('is refused when somebody else owns it, or it is no file', () => {
    const about = { mode: 0o100600, uid: 1000, size: 45, file: true }
    expect(faultOf(about, 1000, 'f')).toBeUndefined()
    expect(faultOf(about, 0, 'f')).toMatchObject({ hint: 'chown 0 f' })
    expect(faultOf({ ...about, file: false }, 1000, 'f')).toMatchObject({ why: 'it is no file' })
    expect(faultOf({ ...about, size: 1e6 }, 1000, 'f')).toMatchObject({ why: 'it has 1000000 bytes' })
    expect(() => readKeyFile(folder)).toThrow('cannot use')
    expect(() => readKeyFile(join(folder, 'no'))).toThrow('cannot read')
  })

  test('holds 32 bytes in base64 and nothing else, and is not shown when it does not', () => {
    for (const text of ['', 'hello', `${made()}${made()}`, Buffer.alloc(16).toString('base64'), 'secret!=']) {
      const path = place()
      writeFileSync(path, text, { mode: 0o600 })
      expect(() => readKeyFile(path)).toThrow(`cannot use the key in ${path}: it is not 32 bytes in base64`)
    }
    const path = place()
    writeFileSync(path, `  ${made()} \n`, { mode: 0o600 })
    expect(readKeyFile(path).length).toBe(44)
  })
})

describe('the keyring of a machine', () => {
  const atNew = () => {
    const folders = foldersAt(place())
    mkdirSync(folders.state, { recursive: true })
    return folders
  }

  test('is open where nothing is written, and outlives a restart', () => {
    const [folders, one, two] = [atNew(), made(), made()]
    expect(recallRing(folders)).toEqual({ generation: 0, keys: [] })
    rememberRing(folders, { generation: 0, keys: [one] })
    const keys = openKeys(folders)
    const seen: number[] = []
    keys.onChange(() => seen.push(keys.bytes().length))
    keys.change([one, two])
    keys.change([two, one])
    keys.change([two, one])
    expect(seen).toEqual([2, 2])
    expect(openKeys(folders).ring()).toEqual({ generation: 2, keys: [two, one] })
    expect(Buffer.from(keys.bytes()[0] ?? []).toString('base64')).toBe(two)
    expect(statSync(`${folders.state}/keyring`).mode & 0o777).toBe(0o600)
  })

  test('is never passed over when it cannot be used', () => {
    const folders = atNew()
    rememberRing(folders, { generation: 0, keys: [made()] })
    chmodSync(`${folders.state}/keyring`, 0o644)
    expect(() => openKeys(folders)).toThrow('others may use it')
    chmodSync(`${folders.state}/keyring`, 0o600)
    writeFileSync(`${folders.state}/keyring`, '{"keys":')
    expect(() => openKeys(folders)).toThrow('cannot read the keyring')
  })

  test('is what a machine that has joined keeps: another key is refused', () => {
    const folders = atNew()
    const [mine, other] = [place(), place()]
    for (const path of [mine, other]) writeSecretFile(path, made())
    const ring = ringToJoinWith(mine, { folders, joined: false })
    expect(ring.keys).toEqual([readFileSync(mine, 'utf8').trim()])
    expect(ringToJoinWith(undefined, { folders, joined: false }).keys).toEqual([])
    rememberRing(folders, ring)
    expect(ringToJoinWith(undefined, { folders, joined: true })).toEqual(ring)
    expect(ringToJoinWith(mine, { folders, joined: true })).toEqual(ring)
    expect(() => ringToJoinWith(other, { folders, joined: true })).toThrow('has another one')
  })
})

test('the name of a key tells nothing of it', () => {
  const key = made()
  expect(keyId(key)).toMatch(/^[0-9a-f]{8}$/)
  expect(Buffer.from(key, 'base64').toString('hex')).not.toContain(keyId(key))
})
