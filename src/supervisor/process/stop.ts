import { type Clock, until } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'
import type { StopStep } from '../service/spec.ts'
import { isAlive } from './proc.ts'
import { membersOf, type Running } from './running.ts'

const pollMs = 50

/**
 * Ends all of a program's processes, step by step: a signal, its grace, the next signal. Nothing outside the program's
 * own session gets one.
 * @throws MeshboxError when something is left after the last step
 */
export async function stopProgram(
  program: Pick<Running, 'id' | 'token'>,
  steps: StopStep[],
  clock: Clock,
): Promise<void> {
  for (const { signal, graceMs } of steps) {
    if (membersOf(program).length === 0) return
    send(program, signal)
    const gone = await until(clock, { everyMs: pollMs, timeoutMs: graceMs }, () =>
      membersOf(program).length === 0 ? true : undefined,
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

/** SIGUSR1 is a word to the program alone, and would kill a helper of its that does not know it. */
function send(program: Pick<Running, 'id' | 'token'>, signal: StopStep['signal']): void {
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
