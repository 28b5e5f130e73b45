import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from '../../store.ts'

/** Topics of a machine's memory, as they are stored. */
export type MemoryCopy = Record<string, unknown>

const copySchema = z.record(z.string(), z.unknown())

/** Of the memory in that file. */
export const copyBeside = (path: string): string => join(dirname(path), 'memory.json')

/** Whether it could be. An old copy is worse than none: what a machine has promised since then would be forgotten. */
export function writeCopy(path: string, copy: MemoryCopy): boolean {
  try {
    writeFileAtomic(path, `${JSON.stringify(copy)}\n`, 0o600)
    return true
  } catch {
    rmSync(path, { force: true })
    return false
  }
}

/** Undefined where there is none that can be used. */
export function readCopy(path: string): MemoryCopy | undefined {
  try {
    return copySchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}
