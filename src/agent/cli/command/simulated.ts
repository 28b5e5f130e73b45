import { exitCode, misuse } from '../../../error.ts'
import { runSimulated } from '../../../supervisor/simulated/main.ts'

const programs = ['mesos-master', 'mesos-agent', 'marathon', 'mesos-log'] as const

/** `meshbox simulated <program> <its own flags>`: what the supervisor starts in place of a program in a simulated cluster. */
export async function simulated([name, ...flags]: string[]): Promise<number> {
  const program = programs.find((known) => known === name)
  if (!program) {
    throw misuse(
      'simulated-unknown',
      `cannot simulate "${name ?? ''}": there are stand-ins for ${programs.join(', ')} only`,
      'try `meshbox dev`, which starts them',
    )
  }
  process.exitCode = exitCode.ok
  return runSimulated(program, flags)
}
