import { parseArgs } from 'node:util'
import { nearest } from '../../config/nearest.ts'
import { misuse } from '../../error.ts'
import type { Command, Input } from './command.ts'
import { usage } from './help.ts'

export type Parsed =
  | { kind: 'overview' }
  | { kind: 'help'; command: Command; path: string }
  | { kind: 'run'; command: Command; path: string; input: Input }

/**
 * Finds the command and reads its arguments and flags.
 * @throws MeshboxError (exit 2) for anything that the table does not know, with the nearest name
 */
export function parseCommandLine(argv: string[], commands: Command[]): Parsed {
  const [first, ...rest] = argv
  if (first === undefined || first === '--help' || first === '-h') return { kind: 'overview' }
  if (first === 'help') return askedFor(rest, commands)
  const [command, path, remaining] = find(argv, commands)
  if (asksHelp(remaining)) return { kind: 'help', command, path }
  if (command.subcommands) {
    throw misuse(
      'command-missing',
      `cannot run \`${path}\`: it needs one of ${names(command.subcommands)}`,
      `run \`${path} --help\``,
    )
  }
  return { kind: 'run', command, path, input: readInput(command, path, remaining) }
}

function askedFor(rest: string[], commands: Command[]): Parsed {
  if (rest.length === 0) return { kind: 'overview' }
  const [command, path] = find(rest, commands)
  return { kind: 'help', command, path }
}

function find(argv: string[], commands: Command[], prefix = 'meshbox'): [Command, string, string[]] {
  const [word = '', ...rest] = argv
  const command = commands.find(({ name }) => name === word)
  if (!command) {
    const guess = nearest(
      word,
      commands.map(({ name }) => name),
    )
    throw misuse(
      'command-unknown',
      `cannot run \`${prefix} ${word}\`: there is no such command`,
      guess ? `did you mean \`${prefix} ${guess}\`?` : `run \`${prefix} --help\` for the list`,
    )
  }
  const path = `${prefix} ${word}`
  const goesOn = command.subcommands && rest[0] !== undefined && !rest[0].startsWith('-')
  return goesOn ? find(rest, command.subcommands ?? [], path) : [command, path, rest]
}

function asksHelp(argv: string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).some((word) => word === '--help' || word === '-h')
}

function readInput(command: Command, path: string, argv: string[]): Input {
  const flags = command.flags ?? []
  const options = Object.fromEntries(
    flags.map(({ name, value, short }) => [
      name,
      { type: value ? ('string' as const) : ('boolean' as const), ...(short ? { short } : {}) },
    ]),
  )
  const { tokens } = parseArgs({ args: argv, options, strict: false, tokens: true, allowPositionals: true })
  const values = new Map<string, string>()
  const args: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') args.push(token.value)
    if (token.kind !== 'option') continue
    const flag = flags.find(({ name }) => name === token.name)
    if (!flag)
      throw unknownFlag(
        token.rawName,
        path,
        flags.map(({ name }) => name),
      )
    if (values.has(flag.name))
      throw misuse('flag-twice', `cannot run \`${path}\`: --${flag.name} was given twice`)
    if (
      flag.value &&
      (token.value === undefined ||
        token.value === '' ||
        (!token.inlineValue && token.value.startsWith('--')))
    ) {
      throw misuse(
        'flag-value',
        `cannot run \`${path}\`: --${flag.name} needs a value`,
        `write --${flag.name} ${flag.value}`,
      )
    }
    if (!flag.value && token.value !== undefined) {
      throw misuse(
        'flag-value',
        `cannot run \`${path}\`: --${flag.name} takes no value`,
        `write --${flag.name} alone`,
      )
    }
    values.set(flag.name, token.value ?? '')
  }
  checkArguments(command, path, args)
  const otherwise = (name: string) => flags.find((flag) => flag.name === name)?.otherwise
  return { args, text: (name) => values.get(name) ?? otherwise(name), given: (name) => values.has(name) }
}

function unknownFlag(rawName: string, path: string, known: string[]): Error {
  const guess = nearest(rawName.replace(/^-+/, ''), known)
  return misuse(
    'flag-unknown',
    `cannot run \`${path}\`: there is no flag ${rawName}`,
    guess ? `did you mean --${guess}?` : `run \`${path} --help\` for the list`,
  )
}

function checkArguments(command: Command, path: string, args: string[]): void {
  const wanted = command.args ?? []
  const hint = `usage: ${usage(command, path)}`
  const missing = wanted.find((arg, index) => !arg.optional && args[index] === undefined)
  if (missing)
    throw misuse(
      'argument-missing',
      `cannot run \`${path}\`: <${missing.name}> is missing (${missing.help})`,
      hint,
    )
  if (args.length > wanted.length && !wanted.at(-1)?.many) {
    throw misuse(
      'argument-extra',
      `cannot run \`${path}\`: "${args[wanted.length]}" is one argument too many`,
      hint,
    )
  }
}

function names(commands: Command[]): string {
  return commands.map(({ name }) => name).join(', ')
}
