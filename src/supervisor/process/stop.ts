import { type Clock, until } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'
import type { StopStep } from '../service/spec.ts'
import { isAlive } from './proc.ts'
import { type Known, membersOf } from './running.ts'

const pollMs = 50

/**
 * Ends all of a program's processes, step by step: a signal, its grace, the next signal.
 * @throws MeshboxError when something is left after the last step
 */
export async function stopProgram(program: Known, steps: StopStep[], clock: Clock): Promise<void> {
  for (const { signal, graceMs } of steps) {
    if (isGone(program)) return
    send(program, signal)
    const gone = await until(
      clock,
      { everyMs: pollMs, timeoutMs: graceMs },
      () => isGone(program) || undefined,
    )
    if (gone) return
  }
  const left = membersOf(program).map(({ pid }) => pid)
  if (left.length === 0) return
  throw new MeshboxError({
    code: 'stop',
    message: `cannot stop pid ${left.join(', ')}: still there after ${steps.map(({ signal }) => signal).join(' and ')}`,
    hint: `look at it with \`ps -o pid,stat,wchan,args -p ${left.join(',')}\`; state D waits for a disk or the network`,
  })
}

/** To look for the members takes long on a machine with many processes; as long as the first of them lives there is no need. */
function isGone(program: Known): boolean {
  return !isAlive(program.id) && membersOf(program).length === 0
}

/** SIGUSR1 is a word to the program alone, and would kill a helper of its that does not know it. */
function send(program: Known, signal: StopStep['signal']): void {
  if (signal === 'SIGUSR1') {
    if (isAlive(program.id)) kill(program.id.pid, signal)
    return
  }
  const groups = new Set(membersOf(program).map(({ group }) => group))
  for (const group of groups) {
    kill(-group, signal)
    // One that was halted sees no other signal but SIGKILL.
    kill(-group, 'SIGCONT')
  }
}

function kill(target: number, signal: StopStep['signal'] | 'SIGCONT'): void {
  try {
    process.kill(target, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
