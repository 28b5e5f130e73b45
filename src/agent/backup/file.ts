import { createHash } from 'node:crypto'
import { z } from 'zod'
import { openLetter, sealLetter } from '../../config/secret/letter.ts'
import { keyName } from '../../config/secret/wraps.ts'
import { MeshboxError } from '../../error.ts'

/**
 * A backup file: two lines of text, then frames, each with its length before it (4 bytes, big-endian). A frame is a
 * sealed letter in a cluster with a key; else a SHA-256 and the bytes that it is of. Both are bound to the second line,
 * to the frame's place and to whether it is the last, so that nothing can be changed, lost, put elsewhere or cut off.
 */
const format = 1
const magic = 'meshbox backup '
/** Bytes of a frame before it is sealed. */
export const frameBytes = 2 ** 20
const mostHeadBytes = 65_536
const hashBytes = 32

/** What is known of a backup without its key. */
const headSchema = z.object({
  /** The cluster that it is of. */
  cluster: z.uuid(),
  name: z.string(),
  /** The path of the ZooKeeper URL. */
  path: z.string(),
  /** ISO 8601. */
  when: z.iso.datetime(),
  /** Of the meshbox that made it. */
  version: z.string(),
  /** The names of the keys that open it; none when it is in the clear. */
  keys: z.array(z.string()),
})

export type Head = z.output<typeof headSchema>

/** Makes the file piece by piece, for as long as there is something to put in. */
export function openWriter(head: Head, key: Uint8Array | undefined) {
  const line = JSON.stringify(head)
  let index = 0
  return {
    start: () => Buffer.from(`${magic}${format}\n${line}\n`),
    frame(plain: Uint8Array, last: boolean): Buffer {
      const about = aboutFrame(line, index++, last)
      const body = key ? sealLetter(plain, key, about) : Buffer.concat([hashOf(plain, about), plain])
      const length = Buffer.alloc(4)
      length.writeUInt32BE(body.length)
      return Buffer.concat([length, body])
    },
  }
}

/** Reads a file as it comes. @throws MeshboxError for what is no backup, or none that can be used */
export function openReader(source: AsyncIterable<Uint8Array>, name: string) {
  const chunks = source[Symbol.asyncIterator]()
  let rest = Buffer.alloc(0)

  async function take(bytes: number): Promise<Buffer> {
    while (rest.length < bytes) {
      const { value, done } = await chunks.next()
      if (done) throw damaged(name, 'it ends too early')
      rest = Buffer.concat([rest, value])
    }
    const taken = rest.subarray(0, bytes)
    rest = rest.subarray(bytes)
    return taken
  }

  async function takeLine(): Promise<string> {
    let length = rest.indexOf('\n')
    while (length < 0) {
      const { value, done } = await chunks.next()
      if (done || rest.length > mostHeadBytes) throw noBackup(name)
      rest = Buffer.concat([rest, value])
      length = rest.indexOf('\n')
    }
    const line = rest.subarray(0, length).toString()
    rest = rest.subarray(length + 1)
    return line
  }

  let line = ''
  return {
    async head(): Promise<Head> {
      const first = await takeLine()
      const [, written] = /^meshbox backup (\d{1,9})$/.exec(first) ?? []
      if (written === undefined) throw noBackup(name)
      if (Number(written) !== format)
        throw new MeshboxError({
          code: 'backup-format',
          message: `cannot read ${name}: it has format ${written}, and this meshbox knows ${format}`,
          hint: 'use the version of meshbox that made it, or a later one',
        })
      line = await takeLine()
      try {
        return headSchema.parse(JSON.parse(line))
      } catch {
        throw damaged(name, 'its head cannot be read')
      }
    },
    /** What was put in, frame by frame; all of it is there once this ends. */
    async *frames(head: Head, keys: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
      const sealed = head.keys.length > 0
      if (sealed && !keys.some((key) => head.keys.includes(keyName(key)))) throw otherKey(name, head)
      for (let index = 0; ; index++) {
        const length = (await take(4)).readUInt32BE()
        if (length > 2 * frameBytes) throw damaged(name, 'it was changed')
        const body = await take(length)
        const open = (last: boolean) => {
          const about = aboutFrame(line, index, last)
          return sealed ? openLetter(body, keys, about)?.plain : checked(body, about)
        }
        const more = open(false)
        const plain = more ?? open(true)
        if (!plain) throw damaged(name, 'it was changed')
        yield plain
        if (more) continue
        if (rest.length > 0 || !(await chunks.next()).done) throw damaged(name, 'something follows its end')
        return
      }
    },
  }
}

const aboutFrame = (head: string, index: number, last: boolean) => [
  'backup',
  createHash('sha256').update(head).digest('hex'),
  String(index),
  last ? 'last' : 'more',
]

const hashOf = (plain: Uint8Array, about: readonly string[]) =>
  createHash('sha256').update(JSON.stringify(about)).update(plain).digest()

function checked(body: Buffer, about: readonly string[]): Buffer | undefined {
  const plain = body.subarray(hashBytes)
  return body.subarray(0, hashBytes).equals(hashOf(plain, about)) ? plain : undefined
}

function noBackup(name: string): MeshboxError {
  return new MeshboxError({
    code: 'backup-none',
    message: `cannot read ${name}: it is no backup of meshbox's`,
    hint: 'name a file that `meshbox backup FILE` has written',
  })
}

function damaged(name: string, why: string): MeshboxError {
  return new MeshboxError({
    code: 'backup-damaged',
    message: `cannot use ${name}: ${why}`,
    hint: 'take another copy of it, or another backup; nothing was changed',
  })
}

function otherKey(name: string, { keys }: Head): MeshboxError {
  return new MeshboxError({
    code: 'backup-key',
    message: `cannot open ${name}: it is sealed with the key ${keys.join(' or ')} of its cluster`,
    hint: 'give that key: --key-file FILE',
  })
}
