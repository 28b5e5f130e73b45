import { cpSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, until } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'

/** The lock of who works in it, and the words of LevelDB: neither is part of the log. */
const notCopied = new Set(['LOCK', 'LOG', 'LOG.old'])

/**
 * Copies the masters' replicated log while mesos-master works in it: a copy counts when nothing in the folder has
 * changed meanwhile. The registry is written seldom, when agents come and go.
 * @throws MeshboxError when it never holds still
 */
export async function copyReplicatedLog(
  from: string,
  to: string,
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<void> {
  const copied = await until(clock, { everyMs: 200, timeoutMs }, () => {
    const before = seen(from)
    rmSync(to, { recursive: true, force: true })
    try {
      cpSync(from, to, { recursive: true, filter: (path) => !notCopied.has(path.slice(from.length + 1)) })
    } catch (error) {
      if (existsSync(from) && error instanceof Error && 'code' in error && error.code === 'ENOENT')
        return undefined
      throw error
    }
    return seen(from) === before ? true : undefined
  })
  if (copied) return
  throw new MeshboxError({
    code: 'backup-registry',
    message: `cannot back up: ${from} changes all the time`,
    hint: 'try again when fewer agents come and go',
  })
}

function seen(folder: string): string {
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => !notCopied.has(name))
    .sort()
  return files
    .map((name) => {
      const about = statSync(join(folder, name), { throwIfNoEntry: false })
      return `${name} ${about?.size} ${about?.mtimeMs} ${about?.ino}`
    })
    .join('\n')
}
