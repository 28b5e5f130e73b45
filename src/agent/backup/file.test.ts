import { describe, expect, test } from 'bun:test'
import { keyName } from '../../config/secret/wraps.ts'
import { frameBytes, type Head, openReader, openWriter } from './file.ts'

const key = crypto.getRandomValues(new Uint8Array(32))
const head: Head = {
  cluster: crypto.randomUUID(),
  name: 'town',
  path: '/mesos',
  when: '2026-01-01T00:00:00.000Z',
  version: '1.0.0',
  keys: [],
}
const sealed: Head = { ...head, keys: [keyName(key)] }
const pieces = ['one', 'two', 'three'].map((text) => Buffer.from(text))

function fileOf(about: Head, sealing: Uint8Array | undefined): Buffer {
  const writer = openWriter(about, sealing)
  const frames = pieces.map((piece, at) => writer.frame(piece, at === pieces.length - 1))
  return Buffer.concat([writer.start(), ...frames])
}

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(bytes: Uint8Array, keys: Uint8Array[] = [], size = 7) {
  const reader = openReader(inPieces(bytes, size), 'b')
  const found = await reader.head()
  const frames: string[] = []
  for await (const frame of reader.frames(found, keys)) frames.push(Buffer.from(frame).toString())
  return frames
}

const codeOf = (reading: Promise<unknown>) =>
  reading.then(
    () => 'read',
    (error) => error.code,
  )

describe.each([
  ['in the clear', head, undefined, [] as Uint8Array[]],
  ['sealed', sealed, key, [key]],
])('a backup %s', (_, about, sealing, keys) => {
  const file = fileOf(about, sealing)

  test('comes out as it went in, however it is cut on the way', async () => {
    for (const size of [1, 7, 1000]) expect(await read(file, keys, size)).toEqual(['one', 'two', 'three'])
  })

  test('that lacks its end, wherever it breaks off, is refused', async () => {
    for (let length = 0; length < file.length; length++)
      expect(await codeOf(read(file.subarray(0, length), keys))).toMatch(/^backup-(none|damaged)$/)
  })

  test('with one bit changed anywhere is refused', async () => {
    for (let at = 0; at < file.length; at++) {
      const changed = Buffer.from(file)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await codeOf(read(changed, keys))).toMatch(/^backup-(none|damaged|format|key)$/)
    }
  })

  test('whose frames have changed places, or with something behind its end, is refused', async () => {
    const writer = openWriter(about, sealing)
    const [first, second, last] = pieces.map((piece, at) => writer.frame(piece, at === 2)) as [
      Buffer,
      Buffer,
      Buffer,
    ]
    const start = writer.start()
    for (const frames of [
      [second, first, last],
      [first, last],
      [first, second, last, last],
    ])
      expect(await codeOf(read(Buffer.concat([start, ...frames]), keys))).toBe('backup-damaged')
  })
})

test('a sealed one shows nothing of what is in it, and is opened by its own key alone', async () => {
  const file = fileOf(sealed, key)
  expect(file.toString('latin1')).not.toContain('three')
  expect(await codeOf(read(file))).toBe('backup-key')
  expect(await codeOf(read(file, [crypto.getRandomValues(new Uint8Array(32))]))).toBe('backup-key')
})

test('one of a format that is not known yet is told from one that is damaged', async () => {
  const file = Buffer.from('meshbox backup 2\n{}\n')
  expect(await codeOf(read(file))).toBe('backup-format')
})

test('a frame is small enough to be read', async () => {
  const writer = openWriter(sealed, key)
  const file = Buffer.concat([writer.start(), writer.frame(new Uint8Array(frameBytes), true)])
  expect((await read(file, [key], 65_536))[0]?.length).toBe(frameBytes)
})
