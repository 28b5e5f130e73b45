import { exitCode } from '../../error.ts'
import type { Command, Flag } from './command.ts'

const width = 80

/** What each exit code means. */
export const codes: Record<keyof typeof exitCode, string> = {
  ok: 'all went well',
  failed: 'it failed: the error says why, and what to type next',
  misused: 'the command line, or what was to be written, is not right',
  notRunning: 'the agent of this machine does not run',
  differences: 'differences were found (plan --exit-code, config diff --exit-code)',
  unhealthy: 'doctor has found a failure',
}

/** The first page: all commands, a line each. */
export function overview(commands: Command[]): string {
  return [
    'meshbox turns Linux machines into a Mesos cluster.',
    '',
    'Usage: meshbox <command> [flags]',
    '',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'First steps:',
    '  meshbox dev                              a cluster on this machine, to try',
    '  meshbox join zk://10.0.0.1:2181/mesos    make this machine part of a real one',
    '',
    'Exit codes:',
    ...Object.entries(codes).map(([name, text]) => `  ${exitCode[name as keyof typeof codes]}  ${text}`),
    '',
    'With --json a command prints JSON; without it: agent (its log), dns serve (its',
    'log), completion (a script), config schema (JSON anyway).',
    '',
    '`meshbox <command> --help` tells more.',
  ].join('\n')
}

/** Help for one command: usage, arguments, flags, examples. */
export function help(command: Command, path: string): string {
  const sections = [`${path}: ${command.summary}`, `Usage: ${usage(command, path)}`]
  if (command.details) sections.push(wrap(command.details, width).join('\n'))
  if (command.subcommands) {
    sections.push(titled('Commands', columns(command.subcommands.map((sub) => [sub.name, sub.summary]))))
  }
  if (command.args)
    sections.push(titled('Arguments', columns(command.args.map((arg) => [arg.name, arg.help]))))
  if (command.flags)
    sections.push(titled('Flags', columns(command.flags.map((flag) => [spelled(flag), flag.help]))))
  const examples = command.examples ?? command.subcommands?.flatMap((sub) => sub.examples?.slice(0, 1) ?? [])
  if (examples)
    sections.push(
      titled(
        'Examples',
        examples.map((example) => `  ${example}`),
      ),
    )
  return sections.join('\n\n')
}

/** `meshbox join <target> [flags]` */
export function usage(command: Command, path: string): string {
  if (command.subcommands) {
    const line = `${path} <${command.subcommands.map(({ name }) => name).join('|')}> [flags]`
    return line.length <= width - 'Usage: '.length ? line : `${path} <command> [flags]`
  }
  const args = (command.args ?? []).map((arg) => {
    const name = `<${arg.name}>${arg.many ? '…' : ''}`
    return arg.optional ? `[${name}]` : name
  })
  return [path, ...args, ...(command.flags ? ['[flags]'] : [])].join(' ')
}

function titled(title: string, lines: string[]): string {
  return [`${title}:`, ...lines].join('\n')
}

function spelled({ name, value, short }: Flag): string {
  return `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`
}

/** Two columns, the second wrapped so that nothing is wider than a terminal. */
function columns(rows: [string, string][]): string[] {
  const first = Math.max(...rows.map(([left]) => left.length)) + 4
  return rows.flatMap(([left, right]) => {
    const [head = '', ...more] = wrap(right, width - first - 2)
    return [`  ${left.padEnd(first)}${head}`, ...more.map((line) => `  ${' '.repeat(first)}${line}`)]
  })
}

function wrap(text: string, room: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
