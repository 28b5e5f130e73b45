import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { MeshboxError } from '../../error.ts'
import { runToEnd } from '../../supervisor/provider/run.ts'
import { type Installation, previousIn } from '../installation/installation.ts'

/**
 * Puts the new binary in the place of the present one, in one step; that one is kept.
 * @returns what it says of what lies beside it
 */
export async function swapIn(installation: Installation, path: string, source: string): Promise<string[]> {
  const previous = previousIn(installation)
  const draft = `${previous}.${process.pid}`
  mkdirSync(dirname(previous), { recursive: true })
  try {
    linkSync(installation.binary, draft)
  } catch {
    copyFileSync(installation.binary, draft) // on another disk
  }
  renameSync(draft, previous)
  renameSync(path, installation.binary)
  return setUp(installation, source)
}

/** The way back. @throws MeshboxError when there is nothing to go back to */
export async function swapBack(installation: Installation, source: string): Promise<void> {
  const previous = previousIn(installation)
  if (!existsSync(previous)) throw new Error(`${previous} is gone`)
  // A copy first: the kept one stays, whatever happens.
  const draft = `${installation.binary}.${process.pid}.back`
  try {
    copyFileSync(previous, draft)
    renameSync(draft, installation.binary)
  } finally {
    rmSync(draft, { force: true })
  }
  await setUp(installation, source)
}

/** What lies beside the binary comes out of the one that is there now. */
async function setUp({ binary }: Installation, source: string): Promise<string[]> {
  const { code, complaints } = await runToEnd([binary, 'setup', source])
  if (code === 0) return complaints.split('\n').filter(Boolean)
  throw new MeshboxError({
    code: 'upgrade-setup',
    message: `cannot upgrade: what belongs to the binary cannot be written: ${complaints.trim()}`,
    hint: 'check the disk, and run it again',
  })
}
