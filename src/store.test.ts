import { expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from './store.ts'

test('a store is a file for its owner alone, or none at all', () => {
  const dir = mkdtempSync(join(tmpdir(), 'meshbox-store-'))
  try {
    openStore(join(dir, 'a/b.db')).close()
    expect(statSync(join(dir, 'a/b.db')).mode & 0o777).toBe(0o600)
    openStore(':memory:').close()
    expect(existsSync(':memory:')).toBe(false)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
