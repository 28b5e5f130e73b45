import { mkdirSync } from 'node:fs'
import { MeshboxError } from '../../error.ts'
import { giveFolder } from '../process/spawn.ts'
import { runToEnd } from '../provider/run.ts'
import type { FirstLog } from './first.ts'

const withinMs = 60_000

/**
 * Initialises this machine's replica. A log that is not empty is one that an agent before this one has initialised, and
 * was killed before it could write that down.
 * @throws MeshboxError when it could not be done; then mesos-master must not start
 */
export async function initializeLog({ workDir, commands, env, user }: FirstLog): Promise<void> {
  mkdirSync(workDir, { recursive: true })
  const command = commands.find(([program = '']) => Bun.which(program) !== null)
  if (!command)
    throw new MeshboxError({
      code: 'log-tool',
      message: "cannot initialise the masters' log: mesos-log is neither beside mesos-master nor on the PATH",
      hint: 'install it, as the packages of Mesos do, or have the masters do it when all are there: `meshbox config set mesos.master.log_auto_initialize=true`',
    })
  const { code, out, complaints } = await runToEnd(command, { env, signal: AbortSignal.timeout(withinMs) })
  const said = `${out}\n${complaints}`.trim()
  if (code !== 0 && !said.includes('The log is not empty'))
    throw new MeshboxError({
      code: 'log-initialize',
      message: `cannot initialise the masters' log: mesos-log ended with ${code}: ${said.split('\n').slice(-3).join(' ')}`,
      hint: `look at ${workDir}; it is tried again by itself`,
    })
  if (user !== undefined) giveFolder(workDir, user)
}
