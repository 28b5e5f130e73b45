import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openWriter } from './file.ts'
import { unpack } from './unpack.ts'

let dir: string
let content: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mb-unpack-'))
  content = join(dir, 'content')
  mkdirSync(join(content, 'zookeeper/data/version-2'), { recursive: true })
  writeFileSync(join(content, 'zookeeper/data/version-2/log.1'), 'a log')
  writeFileSync(
    join(content, 'manifest.json'),
    JSON.stringify({
      cluster: { id: crypto.randomUUID(), simulated: true, bornAt: '2026-01-01T00:00:00.000Z' },
      ...{ highestServerId: 1, versions: 0, registry: false, ring: { generation: 0, keys: [] } },
    }),
  )
  writeFileSync(join(dir, 'outside'), 'theirs')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** Written as a backup of an open cluster is: nothing in it tells who wrote it. */
async function unpacked(...tar: string[]) {
  const file = join(dir, 'backup')
  const made = Bun.spawnSync(['tar', '--create', '--gzip', '--directory', content, ...tar, '.'])
  expect(made.exitCode).toBe(0)
  const head = { cluster: crypto.randomUUID(), name: 'x', path: '/mesos', version: '1', keys: [] }
  const writer = openWriter({ ...head, when: '2026-01-01T00:00:00.000Z' }, undefined)
  writeFileSync(file, Buffer.concat([writer.start(), writer.frame(made.stdout, true)]))
  const into = join(dir, 'into')
  return unpack(file, into, () => []).then(
    ({ manifest }) => ({ code: 'unpacked', manifest }),
    (error) => ({ code: error.code as string, left: existsSync(into) }),
  )
}

test('what a backup holds is unpacked, and is nothing else', async () => {
  expect(await unpacked()).toMatchObject({ code: 'unpacked', manifest: { highestServerId: 1 } })
})

test.each([
  ['a link out of it', () => symlinkSync(dir, join(content, 'zookeeper/log'))],
  [
    'a link to a file',
    () => symlinkSync(join(dir, 'outside'), join(content, 'zookeeper/data/version-2/log.2')),
  ],
  ['a pipe', () => expect(Bun.spawnSync(['mkfifo', join(content, 'zookeeper/pipe')]).exitCode).toBe(0)],
])('%s is refused, and nothing is left', async (_, plant) => {
  plant()
  expect(await unpacked()).toEqual({ code: 'backup-strange', left: false })
  expect(readFileSync(join(dir, 'outside'), 'utf8')).toBe('theirs')
})

test('nothing is written outside, whatever the names in it', async () => {
  const { code } = await unpacked(
    '--absolute-names',
    '--transform',
    's,^./zookeeper/data/version-2/log.1,../outside,',
  )
  expect(code).not.toBe('unpacked')
  expect(readFileSync(join(dir, 'outside'), 'utf8')).toBe('theirs')
})
