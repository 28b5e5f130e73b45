import { messageOf } from '../../error.ts'
import { runAgent } from './agent/run.ts'
import { dieBy, type Ending, StartFailure } from './ending.ts'
import { toStderr } from './glog.ts'
import { runMarathon } from './marathon/run.ts'
import { runMaster } from './master/run.ts'
import { runMesosLog } from './mesos-log.ts'

export type Program = 'mesos-master' | 'mesos-agent' | 'marathon' | 'mesos-log'

/**
 * Runs a stand-in for one of the real programs in this process, until it ends. It ends as the original does: by its
 * exit status, or as killed by a signal, and then this does not return. Once it has started it ends the process itself,
 * without waiting for anything that is still open.
 * @returns the exit status of a start that failed, or of `--help` and `--version`
 */
export async function runSimulated(program: Program, argv: string[]): Promise<number> {
  try {
    leave(await run(program, argv))
  } catch (error) {
    if (error instanceof StartFailure) {
      if (error.ending.kind === 'exit') return error.ending.status
      return leave(error.ending)
    }
    toStderr(`simulated ${program}: ${messageOf(error)}\n`)
    return 1
  }
}

function run(program: Program, argv: string[]): Promise<Ending> {
  if (program === 'mesos-master') return runMaster(argv, process.env)
  if (program === 'mesos-agent') return runAgent(argv, process.env)
  if (program === 'mesos-log') return runMesosLog(argv)
  return runMarathon(argv, process.env)
}

function leave(ending: Ending): never {
  if (ending.kind === 'exit') process.exit(ending.status)
  return dieBy(ending.signal)
}
