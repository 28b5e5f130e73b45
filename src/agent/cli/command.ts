import type { ExitCode } from '../../error.ts'
import type { Screen } from './screen.ts'

export type Flag = {
  name: string
  /** Placeholder of its value, as in `--data-dir DIR`; a flag without one is a switch. */
  value?: string
  /** One letter: `-f`. */
  short?: string
  help: string
  /** What stands for it where it is not given. */
  otherwise?: string
  completes?: Completes
}

/** What the shell offers for a value. `assignments` are options with `=` and what may follow it. */
export type Completes =
  | 'options'
  | 'assignments'
  | 'services'
  | 'nodes'
  | 'roles'
  | 'versions'
  | 'formats'
  | 'shells'

export type Argument = {
  name: string
  help: string
  optional?: boolean
  many?: boolean
  completes?: Completes
}

/** What the person typed, checked against the command's own arguments and flags. */
export type Input = {
  args: string[]
  /** The flag's value, or what stands for it when it was not given. */
  text(flag: string): string | undefined
  given(flag: string): boolean
}

export type Run = (input: Input, screen: Screen) => Promise<ExitCode>

/** One line of the table of commands: usage, `--help` and completions are made from it. */
export type Command = {
  name: string
  summary: string
  /** Further lines for `--help`. */
  details?: string
  args?: Argument[]
  flags?: Flag[]
  examples?: string[]
  subcommands?: Command[]
  /** Loaded only when the command runs, so that the others start fast. */
  load?: () => Promise<Run>
}
