import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Screen } from '../../screen.ts'
import { importInto } from './import.ts'

test('a trial shows what would be imported, also where that needs what only the document has', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshbox-import-'))
  const path = join(folder, 'flags.json')
  const flags = { authenticate_http_readonly: 'true', credentials: '/etc/c', zk: 'zk://a/mesos' }
  writeFileSync(path, JSON.stringify({ flags }))
  let shown = ''
  const screen = {
    note() {},
    paint: (_, text) => text,
    data(text) {
      shown = text
    },
  } satisfies Partial<Screen> as unknown as Screen
  const given = (flag: string) => flag === 'dry-run'
  expect(await importInto({ args: [path], text: () => undefined, given }, screen)).toBe(0)
  expect(shown).toContain('authenticate_http_readonly: true')
  rmSync(folder, { recursive: true })
})
