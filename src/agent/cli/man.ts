import { exitCode } from '../../error.ts'
import { version } from '../../version.ts'
import type { Command, Flag } from './command.ts'
import { codes, usage } from './help.ts'
import { commands } from './table.ts'

/** A page of section 1, in the man macros of man(7). */
export type ManPage = { name: string; text: string }

/** meshbox(1), and one page for each command with all that is below it. */
export function manPages(): ManPage[] {
  return [
    { name: 'meshbox.1', text: overviewPage() },
    ...commands.map((command) => ({ name: `meshbox-${command.name}.1`, text: commandPage(command) })),
  ]
}

function overviewPage(): string {
  return page('meshbox', 'turns Linux machines into a Mesos cluster', [
    ...section('SYNOPSIS', [bold('meshbox'), '.I command', '[flags]']),
    ...section('DESCRIPTION', [
      'One agent on each machine runs ZooKeeper, mesos\\-master, mesos\\-agent and Marathon, answers DNS for the tasks, and takes its settings from one document that all machines share.',
      'Each command has a page of its own, and',
      `${bold('\\-\\-help')}.`,
    ]),
    ...section(
      'COMMANDS',
      commands.flatMap(({ name, summary }) => [
        '.TP',
        `.BR meshbox\\-${escaped(name)} (1)`,
        escaped(summary),
      ]),
    ),
    ...section(
      'EXIT STATUS',
      Object.entries(codes).flatMap(([name, text]) => [
        '.TP',
        bold(String(exitCode[name as keyof typeof exitCode])),
        escaped(text),
      ]),
    ),
    ...section('FILES', [
      '.TP',
      '.I /var/lib/meshbox',
      'What this machine remembers, and the data of its programs.',
      '.TP',
      '.I /var/log/meshbox',
      'A log for each program, and the own one of the agent.',
      '.TP',
      '.I /run/meshbox.sock',
      'Where the agent is asked. With',
      `${bold('\\-\\-data\\-dir')}`,
      'all of these are under one folder.',
    ]),
    ...section('ENVIRONMENT', [
      '.TP',
      bold('MESHBOX_KEY_FILE'),
      "The file of the cluster's key, in place of",
      `${bold('\\-\\-key\\-file')}.`,
      '.TP',
      bold('NO_COLOR'),
      'No colours, also on a terminal.',
    ]),
  ])
}

function commandPage(command: Command): string {
  const leaves = leavesOf(command, `meshbox ${command.name}`)
  return page(`meshbox-${command.name}`, command.summary, [
    ...section(
      'SYNOPSIS',
      leaves.flatMap(([leaf, path], at) => [...(at > 0 ? ['.br'] : []), usageLine(leaf, path)]),
    ),
    ...section('DESCRIPTION', [
      escaped(sentence(command.details ?? command.summary)),
      ...(command.subcommands ? leaves.flatMap(([leaf, path]) => leafText(leaf, path)) : inside(command)),
    ]),
    ...section('EXAMPLES', ['.nf', ...leaves.flatMap(([leaf]) => leaf.examples ?? []).map(escaped), '.fi']),
    ...section('SEE ALSO', ['.BR meshbox (1)']),
  ])
}

/** The commands that can be run, each with its whole name. */
function leavesOf(command: Command, path: string): [Command, string][] {
  return command.subcommands
    ? command.subcommands.flatMap((sub) => leavesOf(sub, `${path} ${sub.name}`))
    : [[command, path]]
}

function leafText(leaf: Command, path: string): string[] {
  return [
    `.SS ${escaped(path)}`,
    escaped(sentence(leaf.summary)),
    ...(leaf.details ? [escaped(leaf.details)] : []),
    ...inside(leaf),
  ]
}

const inside = ({ args = [], flags = [] }: Command): string[] => [
  ...args.flatMap(({ name, help }) => ['.TP', `.I ${escaped(name)}`, escaped(sentence(help))]),
  ...flags.flatMap((flag) => ['.TP', flagLine(flag), escaped(sentence(flag.help))]),
]

function flagLine({ name, short, value }: Flag): string {
  const names = [...(short ? [`\\-${short}`] : []), `\\-\\-${escaped(name)}`].join(', ')
  return value ? `.BI "${names} " ${escaped(value)}` : bold(`"${names}"`)
}

function usageLine(leaf: Command, path: string): string {
  const whole = usage(leaf, path)
  return `${bold(`"${escaped(path)}"`)}${whole === path ? '' : `\n${escaped(whole.slice(path.length + 1))}`}`
}

function page(name: string, summary: string, body: string[]): string {
  return `${[
    `.TH ${escaped(name.toUpperCase())} 1 "" "meshbox ${version}" "meshbox"`,
    ...section('NAME', [`${escaped(name)} \\- ${escaped(summary)}`]),
    ...body,
  ].join('\n')}\n`
}

const section = (title: string, lines: string[]) => [`.SH ${title}`, ...lines]
const bold = (text: string) => `.B ${text}`

const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.…]$/.test(text) ? '' : '.'}`

/** As roff takes it: a dash that is typed is none that is typeset, and a line does not begin with a request. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replaceAll('’', "'")
    .replace(/^([.'])/, '\\&$1')
}
