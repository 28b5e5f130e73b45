import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manPages } from '../src/agent/cli/man.ts'

/** Writes the man pages of all commands into a folder. `bun build/man.ts [folder]` */
if (import.meta.main) {
  const folder = process.argv[2] ?? join(import.meta.dir, '../dist/man')
  mkdirSync(folder, { recursive: true })
  for (const { name, text } of manPages()) writeFileSync(join(folder, name), text)
}
