import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { systemClock, until } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'
import { self } from '../../version.ts'
import { agentClient } from '../api/client.ts'
import type { Folders } from '../local/folders.ts'

const startMs = 30_000

/**
 * Starts the agent in a session of its own, so that it outlives the terminal, and waits until its API answers.
 * @throws MeshboxError with the agent's own last words when it ends at once
 */
export async function startBackground(folders: Folders): Promise<void> {
  mkdirSync(folders.logs, { recursive: true })
  const outputFile = `${folders.logs}/agent.out`
  const output = openSync(outputFile, 'w')
  const flags = folders.named === undefined ? [] : ['--data-dir', folders.named]
  const child = Bun.spawn([...self, 'agent', ...flags], {
    cwd: '/',
    detached: true,
    stdin: 'ignore',
    stdout: output,
    stderr: output,
  })
  closeSync(output)
  const client = agentClient(folders)
  const up = await until(systemClock, { everyMs: 50, timeoutMs: startMs }, async () => {
    if (child.exitCode !== null) throw failed(outputFile)
    if (!existsSync(folders.socket)) return undefined
    return client.get('/v1/status').catch(() => undefined)
  })
  if (!up) throw failed(outputFile)
  child.unref()
}

function failed(outputFile: string): MeshboxError {
  const words = readFileSync(outputFile, 'utf8').trim().split('\n').slice(-5).join('\n')
  return new MeshboxError({
    code: 'agent-start',
    message: `cannot start the agent${words ? `:\n${words.replace(/^error: /, '')}` : ''}`,
    hint: `its output is in ${outputFile}`,
  })
}
