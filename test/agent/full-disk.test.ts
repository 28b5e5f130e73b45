import { afterEach, beforeEach, expect, setDefaultTimeout } from 'bun:test'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRelay } from '../../src/agent/api/relay.ts'
import { foldersAt } from '../../src/agent/local/folders.ts'
import { storePath } from '../../src/agent/local/joined.ts'
import { openMemory } from '../../src/agent/local/memory.ts'
import { copyBeside, readCopy } from '../../src/agent/local/memory-copy.ts'
import { memoryFault, recoverMemory } from '../../src/agent/local/recover.ts'
import { openMachineLogs } from '../../src/agent/logs.ts'
import { systemClock } from '../../src/clock.ts'
import { messageOf } from '../../src/error.ts'
import { openLog, silentLog } from '../../src/log.ts'
import { openStore } from '../../src/store.ts'
import { rotate } from '../../src/supervisor/log/rotate.ts'
import { type Disk, makeDisk } from '../cluster/disk.ts'
import { needsRoot } from '../root.ts'
import { eventually } from '../supervision/stage.ts'

setDefaultTimeout(60_000)

let dir: string
let disk: Disk

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meshbox-full-'))
  if (process.getuid?.() === 0) disk = makeDisk(dir, 3)
})
afterEach(() => disk?.remove())

needsRoot(
  'what a machine remembers and its copy never differ, however little room there is, and there is a copy again when there is room',
  () => {
    const folders = foldersAt(dir)
    const path = storePath(folders)
    const open = () => {
      const store = openStore(path)
      return { store, memory: openMemory(store) }
    }
    const first = open()
    const text = (version: number) => `# ${'x'.repeat(20_000)}\nname: v${version}`
    first.memory.remember('address', '10.0.0.1')
    let refused = 0
    let uncopied = 0
    for (let version = 1; version <= 24; version++) {
      disk.fill()
      // From nothing at all to more than it needs.
      const filler = join(dir, 'filler')
      truncateSync(filler, Bun.file(filler).size - version * 4096)
      const before = first.memory.recall('document')
      try {
        first.memory.remember('document', { text: text(version), version })
      } catch {
        refused++
        expect(first.memory.recall('document')).toEqual(before)
      }
      const copy = readCopy(copyBeside(path))
      if (copy) expect(copy).toEqual({ address: '10.0.0.1', document: first.memory.recall('document') })
      else uncopied++
      disk.clear()
    }
    expect(refused).toBeGreaterThan(0)
    expect(uncopied).toBeGreaterThan(0)

    disk.fill()
    try {
      first.memory.remember('document', { text: text(99), version: 99 })
    } catch {}
    disk.clear()
    // Nothing that would be copied itself.
    first.memory.remember('members', ['10.0.0.2:7946'])
    const known = first.memory.recall('document')
    expect(readCopy(copyBeside(path))).toEqual({ address: '10.0.0.1', document: known })
    first.store.close()
    writeFileSync(path, 'rubbish'.repeat(1000))
    expect(memoryFault(folders)).toBeDefined()
    recoverMemory(folders)
    const again = open()
    expect(again.memory.recall('document')).toEqual(known)
    again.store.close()
  },
)

needsRoot(
  'a log that is followed through another machine goes on when its disk was full: all that was held back comes, once and in order',
  async () => {
    const folder = join(dir, 'log')
    mkdirSync(folder)
    let full = false
    const logs = openMachineLogs(folder, () => full, systemClock, silentLog)
    const log = openLog(join(folder, 'meshbox.log'))
    log.info({ n: 0 }, 'first')
    const relay = openRelay()
    const passed = (await relay('m2', async () =>
      logs.follow('meshbox', { count: 1 }),
    )) as ReadableStream<Uint8Array>
    const reader = passed.getReader()
    let heard = ''
    void (async () => {
      for (let part = await reader.read(); part.value; part = await reader.read())
        heard += Buffer.from(part.value).toString()
    })()
    const numbers = () => [...heard.matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n))
    await eventually('the first line', () => numbers().length === 1)
    disk.fill()
    full = true
    for (let n = 1; n < 1000; n++) log.info({ n, filled: 'x'.repeat(200) }, 'while it is full')
    // What a program writes is its own affair.
    expect(() => appendFileSync(join(folder, 'marathon.log'), 'x'.repeat(10_000))).toThrow('ENOSPC')
    expect(await logs.tail('meshbox', { count: 5 })).not.toEqual([])
    disk.clear()
    full = false
    log.info({ n: 1000 }, 'there is room')
    await eventually('the last line', () => numbers().at(-1) === 1000)
    expect(numbers()).toEqual(Array.from({ length: 1001 }, (_, n) => n))
    expect(readFileSync(join(folder, 'meshbox.log'), 'utf8').trim().split('\n')).toHaveLength(1001)
    expect(existsSync(join(folder, 'meshbox.log.next.part'))).toBe(false)
    await reader.cancel()
    await logs.stop()
    rmSync(folder, { recursive: true })
  },
)

needsRoot('a log for whose piece there is no room takes none of it, and is cut without one', async () => {
  const log = join(dir, 'marathon.log')
  const lines = Array.from({ length: 100_000 }, (_, n) => `line ${n}\n`).join('')
  writeFileSync(log, lines)
  disk.fill()
  truncateSync(join(dir, 'filler'), Bun.file(join(dir, 'filler')).size - 100 * 1024)
  expect(await rotate(log, { size: 400_000, count: 5 }).catch(messageOf)).toContain('ENOSPC')
  expect(readdirSync(dir).sort()).toEqual(['filler', 'marathon.log'])
  while (await rotate(log, { size: 400_000, count: 0 }));
  expect(readdirSync(dir).sort()).toEqual(['filler', 'marathon.log'])
  const left = readFileSync(log, 'utf8').replaceAll('\0', '')
  expect(left.length).toBeLessThan(410_000)
  expect(lines.endsWith(left)).toBe(true)
})
