import { Database } from 'bun:sqlite'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MeshboxError } from '../../error.ts'
import { writeFileAtomic } from '../../store.ts'

/**
 * Makes this process the only agent of a data directory. SQLite's exclusive lock is a lock of the kernel's: it goes
 * with the process, however that ends, and children do not inherit it.
 * @throws MeshboxError `agent-running`, naming the process that holds it
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true })
  const holder = join(folder, 'agent.pid')
  const lock = new Database(join(folder, 'agent.lock'), { create: true })
  try {
    lock.run('PRAGMA locking_mode = EXCLUSIVE')
    lock.run('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new MeshboxError({
      code: 'agent-running',
      message: `cannot start: another meshbox (pid ${pidIn(holder)}) already works in ${folder}`,
      hint: 'use `meshbox status` to look at it, or another --data-dir',
      cause,
    })
  }
  writeFileAtomic(holder, `${process.pid}\n`)
  return () => lock.close()
}

function pidIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return 'unknown'
  }
}
