import { describe, expect, test } from 'bun:test'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const binary = join(import.meta.dir, '../../dist/meshbox')
const argv = [binary, 'config', 'set', 'dns.tll=3']
const colour = '\u001b['

async function onTerminal(env: Record<string, string>, command = argv): Promise<string> {
  let shown = ''
  const child = Bun.spawn(command, {
    env: { PATH: process.env.PATH, TERM: 'xterm', ...env },
    terminal: { cols: 80, rows: 24, data: (_, data) => (shown += data.toString()) },
  })
  await child.exited
  child.terminal?.close()
  expect(shown).toContain('did you mean dns.ttl?')
  return shown
}

test('a terminal gets colours', async () => {
  expect(await onTerminal({})).toContain(`${colour}31merror:${colour}0m`)
})

test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('a terminal with %j gets none', async (env) => {
  expect(await onTerminal(env)).not.toContain(colour)
})

test('neither does one whose other end is a pipe, or a file', async () => {
  expect(await onTerminal({}, ['sh', '-c', '"$@" | cat', 'sh', ...argv])).not.toContain(colour)
  const child = Bun.spawn(argv, { stdout: 'pipe', stderr: 'pipe' })
  expect(await new Response(child.stderr).text()).not.toContain(colour)
  expect(await child.exited).toBe(2)
})

/** Somebody at a terminal who answers each question as it comes. */
async function answering(argv: string[], ...answers: string[]): Promise<{ code: number; shown: string }> {
  let shown = ''
  let asked = 0
  const child = Bun.spawn(argv, {
    env: { PATH: process.env.PATH, TERM: 'xterm', NO_COLOR: '1' },
    terminal: {
      ...{ cols: 200, rows: 24 },
      data(terminal, data) {
        shown += data.toString()
        // A terminal draws a question anew for each key.
        const questions = stripVTControlCharacters(shown).match(/[^\n?]+\? \[y\/N\]/g) ?? []
        if (new Set(questions.map((question) => question.trim())).size > asked)
          terminal.write(answers[asked++] ?? '\u0003')
      },
    },
  })
  const code = await child.exited
  child.terminal?.close()
  return { code, shown }
}

describe('what takes something away asks before, and', () => {
  const enter = '\r'
  const [interrupt, end] = ['\u0003', '\u0004']
  const within = async (run: (at: { prefix: string; data: string; own: string }) => Promise<void>) => {
    const top = mkdtempSync(join(tmpdir(), 'mb-asks-'))
    const [prefix, data] = [join(top, 'prefix'), join(top, 'data')]
    mkdirSync(join(prefix, 'bin'), { recursive: true })
    mkdirSync(join(data, 'state'), { recursive: true })
    const own = join(prefix, 'bin/meshbox')
    copyFileSync(binary, own)
    try {
      await run({ prefix, data, own })
    } finally {
      rmSync(top, { recursive: true, force: true })
    }
  }

  test('anything but a yes leaves everything as it is: uninstall', () =>
    within(async ({ prefix, data, own }) => {
      for (const no of [enter, `n${enter}`, `yesno${enter}`, interrupt, end]) {
        const { code, shown } = await answering([own, 'uninstall', '--data-dir', data], no)
        expect({ no, code, shown }).toMatchObject({
          code: 1,
          shown: expect.stringContaining('error: cannot go on: you did not say yes'),
        })
        expect(shown).not.toContain(' at ')
      }
      expect([existsSync(own), existsSync(join(data, 'state'))]).toEqual([true, true])

      const { code, shown } = await answering([own, 'uninstall', '--data-dir', data], `y${enter}`, `${enter}`)
      expect({ code, shown }).toMatchObject({ code: 0 })
      expect(shown).toContain(`Remove all that it keeps in ${data} and ${data}/log too? [y/N]`)
      expect(shown).toContain(`What it kept is still in ${data}`)
      expect([readdirSync(join(prefix, 'bin')), existsSync(join(data, 'state'))]).toEqual([[], true])
    }))

  test('each yes counts for its own question', () =>
    within(async ({ prefix, data, own }) => {
      const { code } = await answering([own, 'uninstall', '--data-dir', data], `y${enter}`, `Yes${enter}`)
      expect([code, readdirSync(join(prefix, 'bin')), existsSync(data)]).toEqual([0, [], false])
    }))

  test('so does leave --purge', () =>
    within(async ({ data }) => {
      const leave = [binary, 'leave', '--purge', '--data-dir', data]
      expect((await answering(leave, `n${enter}`)).code).toBe(1)
      expect(existsSync(join(data, 'state'))).toBe(true)
      expect((await answering(leave, `y${enter}`)).code).toBe(0)
      expect(existsSync(data)).toBe(false)
    }))
})
