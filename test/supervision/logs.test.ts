import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import {
  appendFileSync,
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../src/clock.ts'
import { silentLog } from '../../src/log.ts'
import { type Logs, openLogs } from '../../src/supervisor/log/logs.ts'
import { piecesOf } from '../../src/supervisor/log/pieces.ts'
import { rotate } from '../../src/supervisor/log/rotate.ts'
import { tail } from '../../src/supervisor/log/tail.ts'
import { randomFrom, seed } from '../gossip/seed.ts'
import { eventually, openStage } from './stage.ts'

setDefaultTimeout(60_000)

const now = Date.now()
const rounds = process.env.MESHBOX_LONG ? 100 : 10
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `line ${from + i}\n`).join('')

/** A folder on the disk, and one in memory, where a file cannot be collapsed but punched. */
const folders = { 'on a disk': tmpdir(), 'in memory': '/dev/shm' }

describe.each(Object.entries(folders))('a log %s', (_, folder) => {
  let dir: string
  let log: string

  beforeEach(() => {
    dir = mkdtempSync(join(folder, 'mb-log-'))
    log = join(dir, 'x.log')
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const textOf = (path: string) => readFileSync(path, 'utf8').replaceAll('\0', '')
  const whole = () => [...piecesOf(log).reverse(), log].map(textOf).join('')

  async function rotateAll(limits: { size: number; count: number }): Promise<number> {
    for (let times = 0; ; times++) if (!(await rotate(log, limits))) return times
  }

  test('is cut into pieces of the size that was asked for, and no byte is lost', async () => {
    const text = numbered(0, 20_000)
    writeFileSync(log, text)
    expect(await rotateAll({ size: 20_000, count: 100 })).toBeGreaterThan(5)
    for (const piece of piecesOf(log)) expect(statSync(piece).size).toBeLessThanOrEqual(20_000)
    expect(textOf(log).length).toBeLessThanOrEqual(20_000)
    expect(whole()).toBe(text)
  })

  test('keeps so many pieces, the newest ones', async () => {
    writeFileSync(log, numbered(0, 20_000))
    await rotateAll({ size: 20_000, count: 3 })
    expect(piecesOf(log).length).toBe(3)
    expect(numbered(0, 20_000)).toEndWith(whole())
  })

  test('loses nothing while a program writes to it as fast as it can', async () => {
    const lines = 300_000
    const program = `for (( i = 0; i < ${lines}; i++ )); do echo "line $i"; done >> "${log}"`
    const child = Bun.spawn(['bash', '-c', program])
    let over = false
    void child.exited.then(() => {
      over = true
    })
    let rotations = 0
    while (!over) if (await rotate(log, { size: 100_000, count: 1000 })) rotations++
    expect(rotations).toBeGreaterThan(1)
    expect(whole() === numbered(0, lines)).toBe(true)
  })

  test('whose rotation was broken off before the cut, or after it, holds each line once', async () => {
    const text = numbered(0, 5000)
    writeFileSync(log, text)
    writeFileSync(`${log}.next`, text.slice(0, 8192))
    await rotateAll({ size: 1e9, count: 5 })
    expect(whole()).toBe(text)
    expect(piecesOf(log).length).toBe(1)

    writeFileSync(`${log}.next`, 'x'.repeat(4096))
    writeFileSync(`${log}.next.part`, 'half a copy')
    await rotateAll({ size: 1e9, count: 5 })
    expect(whole()).toBe(text.slice(0, 8192) + 'x'.repeat(4096) + text.slice(8192))
  })

  test(`loses nothing and repeats nothing when who rotates it is killed ${rounds} times (seed ${seed})`, async () => {
    const random = randomFrom(seed)
    const writer = Bun.spawn(['bash', '-c', `i=0; while :; do echo "line $((i++))"; done >> "${log}"`])
    for (let round = 0; round < rounds; round++) {
      const rotating = Bun.spawn([process.execPath, join(import.meta.dir, 'rotates.ts'), log])
      await eventually('a rotation', () => piecesOf(log).length > round)
      await Bun.sleep(random() * 50)
      rotating.kill('SIGKILL')
      await rotating.exited
    }
    writer.kill('SIGKILL')
    await writer.exited
    await rotateAll({ size: 50_000, count: 100_000 })
    const lines = whole().split('\n').slice(0, -1)
    expect(lines.findIndex((line, i) => line !== `line ${i}`)).toBe(-1)
  })

  test('is read from its end over all pieces', async () => {
    writeFileSync(log, numbered(0, 20_000))
    await rotateAll({ size: 20_000, count: 100 })
    expect(await tail(log, { count: 3 }, now)).toEqual(['line 19997', 'line 19998', 'line 19999'])
    const most = await tail(log, { count: 15_000 }, now)
    expect([most[0], most.at(-1), most.length]).toEqual(['line 5000', 'line 19999', 15_000])
    expect((await tail(log, { count: 1e9 }, now)).join('\n')).toBe(numbered(0, 20_000).trimEnd())
    expect(await tail(join(dir, 'none.log'), { count: 5 }, now)).toEqual([])
  })

  test('is read from a time on, lines without a time with the one before them', async () => {
    writeFileSync(
      log,
      [
        '2026-11-23 04:00:00,000 - INFO early',
        '2026-11-23 05:00:00,500 - WARN late',
        '  at a.b.C',
        '2026-11-23 05:00:01,000 - INFO last\n',
      ].join('\n'),
    )
    const since = Date.parse('2026-11-23T05:00:00')
    expect(await tail(log, { count: 10, since }, since)).toEqual([
      '2026-11-23 05:00:00,500 - WARN late',
      '  at a.b.C',
      '2026-11-23 05:00:01,000 - INFO last',
    ])
    expect(await tail(log, { count: 10, since: since + 60_000 }, since)).toEqual([])
  })

  test('is left alone by who has stopped in the middle of a look', async () => {
    let look = () => {}
    const limits = { size: 20_000, count: 100 }
    const clock: Clock = {
      ...systemClock,
      after(_, run) {
        look = run
        return () => {}
      },
    }
    writeFileSync(log, numbered(0, 20_000))
    const logs = openLogs({ files: () => [log], limits: () => limits, clock, log: silentLog })
    look()
    await logs.stop()
    // Others read it meanwhile.
    for (let times = 0; times < 100; times++) await tail(log, { count: 1 }, now)
    expect(piecesOf(log)).toEqual([])
  })

  describe('that is kept short', () => {
    let logs: Logs

    beforeEach(() => {
      logs = openLogs({
        files: () => [log],
        limits: () => ({ size: 50_000, count: 100 }),
        clock: { ...systemClock, after: (ms, run) => systemClock.after(ms / 100, run) },
        log: silentLog,
      })
    })
    afterEach(() => logs.stop())

    test('is followed across rotations: every line once', async () => {
      writeFileSync(log, 'before\n')
      const reader = logs.follow(log, { count: 1 }).getReader()
      let heard = ''
      void (async () => {
        for (let part = await reader.read(); part.value; part = await reader.read())
          heard += Buffer.from(part.value).toString()
      })()
      await eventually('the last lines', () => heard === 'before\n')
      for (let i = 0; i < 40_000; i += 1000) {
        appendFileSync(log, numbered(i, i + 1000))
        await systemClock.sleep(3)
      }
      await eventually('the last line', () => heard.endsWith('line 39999\n'))
      expect(heard).toBe(`before\n${numbered(0, 40_000)}`)
      await eventually('a rotation', () => piecesOf(log).length > 3)
      await reader.cancel()
    })

    test('goes on with what is left of it for who reads more slowly than it is written', async () => {
      writeFileSync(log, numbered(0, 2))
      const reader = logs.follow(log, { count: 1 }).getReader()
      const next = async () => Buffer.from((await reader.read()).value ?? '').toString()
      expect(await next()).toBe('line 1\n')
      let written = 0
      for (; piecesOf(log).length < 12; written += 5000) {
        appendFileSync(log, numbered(written, written + 5000))
        await eventually('a rotation', () => statSync(log).blocks * 512 <= 60_000)
      }
      let heard = ''
      while (!heard.endsWith(`line ${written - 1}\n`)) heard += await next()
      expect(heard).toContain('\n… lines are left out here')
      expect(heard.length).toBeLessThan(numbered(0, written).length)
      expect(heard).not.toContain('\0')
    })

    test('is followed by so many at a time, and who goes makes room', async () => {
      const readers = Array.from({ length: 64 }, () => logs.follow(log, { count: 1 }))
      expect(() => logs.follow(log, { count: 1 })).toThrow('64 are followed on this machine already')
      await readers[0]?.cancel()
      await logs.follow(log, { count: 1 }).cancel()
    })

    test('that is moved away and made anew is no trouble', async () => {
      writeFileSync(log, numbered(0, 100))
      renameSync(log, `${log}.away`)
      writeFileSync(log, numbered(0, 20_000))
      await eventually('a rotation', () => piecesOf(log).length > 0)
    })
  })
})

/** Without what stands before it: that may be 300 MB of holes. */
function endOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const end = Buffer.alloc(8)
    readSync(file, end, 0, end.length, Math.max(0, fstatSync(file).size - end.length))
    return end.toString()
  } finally {
    closeSync(file)
  }
}

test('a program that writes 100 MB a second is kept to its pieces, and what they hold is without a gap', async () => {
  const stage = await openStage()
  const limits = { size: 4 << 20, count: 3 }
  const file = join(stage.dir, 'marathon.log')
  const logs = openLogs({ files: () => [file], limits: () => limits, clock: systemClock, log: silentLog })
  try {
    await stage.apply(stage.spec('marathon', 'writes-fast.py'))
    await eventually('its end', () => endOf(file) === 'written\n')
    await logs.stop()
    while (await rotate(file, limits));
    const paths = [...piecesOf(file).reverse(), file]
    const text = paths.map((path) => readFileSync(path, 'utf8').replaceAll('\0', '')).join('')
    expect(text.length).toBeLessThanOrEqual(limits.size * (limits.count + 1) + 4096)
    const numbers = text
      .split('\n')
      .slice(1, -2)
      .map((line) => Number(line.slice(0, 9)))
    expect(numbers.at(-1)).toBe(2_999_999)
    expect(numbers.findIndex((number, i) => number !== (numbers[0] ?? 0) + i)).toBe(-1)
    expect(stage.status('marathon').restarts).toBe(0)
  } finally {
    await logs.stop()
    await stage.clear()
  }
})
