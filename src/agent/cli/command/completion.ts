import { exitCode, misuse } from '../../../error.ts'
import type { Run } from '../command.ts'
import { scripts } from '../completion/scripts.ts'

export const completion: Run = async (input, screen) => {
  const [shell = ''] = input.args
  if (!isShell(shell)) {
    throw misuse(
      'completion-shell',
      `cannot complete for "${shell}": only ${Object.keys(scripts).join(', ')} are known`,
      'run `meshbox completion bash`',
    )
  }
  screen.data(completionFor(shell).trimEnd())
  return exitCode.ok
}

type Shell = keyof typeof scripts

/** The script that a shell completes by. */
export const completionFor = (shell: Shell): string => scripts[shell]()

const isShell = (name: string): name is Shell => Object.hasOwn(scripts, name)
