import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from '../../store.ts'

/**
 * How far the upgrade of a machine is. It stands in a file, for the agent that was asked for it ends meanwhile, and the one
 * that is asked how it went is another.
 */
export const upgradeSchema = z.object({
  state: z.enum(['none', 'working', 'done', 'failed']),
  /** To which version. */
  to: z.string().optional(),
  /** The process that does it. */
  pid: z.int().optional(),
  error: z.object({ code: z.string(), title: z.string(), hint: z.string().optional() }).optional(),
})

export type UpgradeStatus = z.output<typeof upgradeSchema>

const fileIn = (state: string) => join(state, 'upgrade.json')

export function writeUpgrade(state: string, status: UpgradeStatus): void {
  if (existsSync(state)) writeFileAtomic(fileIn(state), JSON.stringify(status))
}

/** One whose process is gone has failed. */
export function readUpgrade(state: string): UpgradeStatus {
  let status: UpgradeStatus
  try {
    status = upgradeSchema.parse(JSON.parse(readFileSync(fileIn(state), 'utf8')))
  } catch {
    return { state: 'none' }
  }
  if (status.state !== 'working' || (status.pid !== undefined && isAlive(status.pid))) return status
  const error = {
    code: 'upgrade-interrupted',
    title: 'cannot upgrade: it was interrupted',
    hint: 'run it again',
  }
  return { ...status, state: 'failed', error }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
