import type { Clock } from '../../clock.ts'
import type { StopStep } from '../service/spec.ts'
import { isAlive, type ProcessId } from './proc.ts'
import type { Running } from './spawn.ts'

/**
 * Ends a program step by step: a signal, its grace, the next signal. Signals go to the program's own process group;
 * what it has put into sessions of their own (the executors of mesos-agent) never gets one.
 */
export async function stopProcess(running: Running, steps: StopStep[], clock: Clock): Promise<void> {
  for (const { signal, graceMs } of steps) {
    if (!isAlive(running.id)) return
    signalGroup(running.id, signal)
    let cancel = () => {}
    const grace = new Promise<'over'>((resolve) => {
      cancel = clock.after(graceMs, () => resolve('over'))
    })
    const ended = await Promise.race([running.exited, grace])
    cancel()
    if (ended !== 'over') return
  }
}

/** SIGUSR1 is a word to the program itself and would kill a helper of its that does not know it. */
function signalGroup({ pid }: ProcessId, signal: StopStep['signal']): void {
  try {
    process.kill(signal === 'SIGUSR1' ? pid : -pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
