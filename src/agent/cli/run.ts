import { type ExitCode, exitCode, MeshboxError, messageOf } from '../../error.ts'
import { help, overview } from './help.ts'
import { parseCommandLine } from './parse.ts'
import { openScreen, type Screen } from './screen.ts'
import { commands } from './table.ts'
import { typed } from './typed.ts'

/** Runs one command line and returns the exit code. The one place where errors are shown to a person. */
export async function run(argv: string[]): Promise<number> {
  const screen = openScreen()
  /** Where the agent that the command is for keeps its files. */
  let folder: string | undefined
  try {
    // The stand-ins take the flags of the programs that they stand for, so this is no line of the table.
    if (argv[0] === 'simulated')
      return await (await import('./command/simulated.ts')).simulated(argv.slice(1))
    if (argv[0] === 'setup') return await (await import('./command/setup.ts')).setup(argv.slice(1))
    if (argv[0] === 'complete')
      return await (await import('./command/complete.ts')).complete(argv.slice(1), commands, screen.data)
    const parsed = parseCommandLine(argv, commands)
    if (parsed.kind === 'overview') screen.print(overview(commands))
    else if (parsed.kind === 'help') screen.print(help(parsed.command, parsed.path))
    else {
      folder = parsed.input.text('data-dir')
      return (await (await parsed.command.load?.())?.(parsed.input, screen)) ?? exitCode.ok
    }
    return exitCode.ok
  } catch (error) {
    return showError(error, folder, screen)
  }
}

function showError(error: unknown, folder: string | undefined, screen: Screen): ExitCode {
  screen.note(`${screen.paint('red', 'error:')} ${messageOf(error)}`)
  if (!(error instanceof MeshboxError)) {
    if (error instanceof Error && error.stack) screen.note(screen.paint('dim', error.stack))
    return exitCode.failed
  }
  if (error.hint) screen.note(`${screen.paint('yellow', 'hint:')} ${typed(error.hint, folder)}`)
  return error.exit
}
