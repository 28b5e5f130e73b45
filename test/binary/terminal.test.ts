import { expect, test } from 'bun:test'
import { join } from 'node:path'

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
