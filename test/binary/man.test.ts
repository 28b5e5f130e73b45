import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { manPages } from '../../src/agent/cli/man.ts'
import { commands } from '../../src/agent/cli/table.ts'

const dir = mkdtempSync(join(tmpdir(), 'mb-man-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const pages = manPages()
const paths = pages.map(({ name, text }) => {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
})

test('mandoc finds nothing wrong with the man pages but that they have no date', () => {
  const { stdout } = Bun.spawnSync(['mandoc', '-T', 'lint', '-W', 'warning', ...paths])
  expect(stdout.toString().replace(/^.*missing date.*\n/gm, '')).toBe('')
})

test('there is one for each command, with all of its flags and examples as they are typed', () => {
  expect(pages.map(({ name }) => name)).toEqual([
    'meshbox.1',
    ...commands.map(({ name }) => `meshbox-${name}.1`),
  ])
  for (const command of commands) {
    const page = join(dir, `meshbox-${command.name}.1`)
    const shown = Bun.spawnSync(['mandoc', '-T', 'ascii', '-O', 'width=300', page])
      .stdout.toString()
      .split('\b')
      .reduce((before, part) => before.slice(0, -1) + part)
    const leaves = command.subcommands ?? [command]
    for (const { flags = [], examples = [] } of leaves)
      for (const text of [...flags.map(({ name }) => `--${name}`), ...examples])
        expect({ command: command.name, text, shown: shown.includes(text) }).toMatchObject({ shown: true })
    expect(readFileSync(page, 'utf8')).toContain('.SH EXAMPLES')
  }
})
