import { optionsIn } from '../../../config/option/walk.ts'
import { documentSchema } from '../../../config/schema.ts'
import { exitCode, misuse } from '../../../error.ts'
import type { Command, Run } from '../command.ts'
import { commands } from '../table.ts'

export const completion: Run = async (input, screen) => {
  const [shell = ''] = input.args
  if (!isShell(shell)) {
    throw misuse(
      'completion-shell',
      `cannot complete for "${shell}": only ${Object.keys(scripts).join(', ')} are known`,
      'run `meshbox completion bash`',
    )
  }
  screen.print(completionFor(shell))
  return exitCode.ok
}

type Shell = 'bash' | 'zsh' | 'fish'

/** The script that a shell completes by. */
export const completionFor = (shell: Shell): string => scripts[shell]()

const isShell = (name: string): name is Shell => Object.hasOwn(scripts, name)

type Place = { path: string[]; words: string[]; flags: string[]; many?: boolean }

/** Each place on a command line with the words that may follow. */
function places(list: Command[], path: string[] = []): Place[] {
  const here: Place = { path, words: list.map(({ name }) => name), flags: ['--help'] }
  return [
    here,
    ...list.flatMap((command): Place[] =>
      command.subcommands
        ? places(command.subcommands, [...path, command.name])
        : [
            {
              path: [...path, command.name],
              words: wordsFor(command),
              many: command.args?.[0]?.many === true,
              flags: [...(command.flags ?? []).map(({ name }) => `--${name}`), '--help'],
            },
          ],
    ),
  ]
}

/** The names of options, with `=` where a value has to follow. */
function wordsFor({ args = [] }: Command): string[] {
  const [first] = args
  if (first?.completes !== 'options') return []
  const end = first.name.endsWith('=value') ? '=' : ''
  return optionsIn(documentSchema).map(({ path }) => `${path.join('.')}${end}`)
}

const scripts: Record<Shell, () => string> = { bash, zsh, fish }

function bash(): string {
  const cases = places(commands).map(
    ({ path, words, flags, many }) =>
      `    "${path.join(' ')}"${many && words.length > 0 ? '*' : ''}) words="${words.join(' ')}"; flags="${flags.join(' ')}" ;;`,
  )
  return `_meshbox() {
  local current=\${COMP_WORDS[COMP_CWORD]} place="" words="" flags="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -* ]] && break
    place="\${place:+$place }\${COMP_WORDS[i]}"
  done
  case "$place" in
${cases.join('\n')}
  esac
  if [[ $current == -* || -z $words ]]; then words=$flags; fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  [[ \${COMPREPLY[0]-} == *= ]] && compopt -o nospace
  if [[ \${#COMPREPLY[@]} -eq 0 ]]; then mapfile -t COMPREPLY < <(compgen -f -- "$current"); fi
}
complete -F _meshbox meshbox`
}

function zsh(): string {
  return `#compdef meshbox\nautoload -U +X bashcompinit && bashcompinit\n${bash()}`
}

function fish(): string {
  const lines = places(commands).flatMap(({ path, words, flags }) => {
    const condition =
      path.length === 0
        ? '__fish_use_subcommand'
        : path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')
    return [
      ...words.map((word) => `complete -c meshbox -f -n '${condition}' -a ${word}`),
      ...flags.map((flag) => `complete -c meshbox -n '${condition}' -l ${flag.slice(2)}`),
    ]
  })
  return lines.join('\n')
}
