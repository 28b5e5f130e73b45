import { describe, expect, test } from 'bun:test'
import { MeshboxError } from '../../error.ts'
import type { Command } from './command.ts'
import { help, overview } from './help.ts'
import { parseCommandLine } from './parse.ts'
import { commands } from './table.ts'

function refusal(...argv: string[]): MeshboxError {
  try {
    parseCommandLine(argv, commands)
  } catch (error) {
    if (error instanceof MeshboxError) return error
    throw error
  }
  throw new Error('was taken')
}

function input(...argv: string[]) {
  const parsed = parseCommandLine(argv, commands)
  if (parsed.kind !== 'run') throw new Error(parsed.kind)
  return parsed.input
}

describe('a command line', () => {
  test('gives arguments and flags, in any order and both spellings', () => {
    const { args, text, given } = input('join', '--name=a', 'zk://a/mesos', '--timeout', '5', '--json')
    expect(args).toEqual(['zk://a/mesos'])
    expect([text('name'), text('timeout'), text('config')]).toEqual(['a', '5', undefined])
    expect([given('json'), given('simulated')]).toEqual([true, false])
  })

  test('takes what follows -- as arguments', () => {
    expect(input('config', 'apply', '--', '--odd-name').args).toEqual(['--odd-name'])
    expect(input('config', 'apply', '-').args).toEqual(['-'])
  })

  test('asks for help anywhere', () => {
    expect(parseCommandLine([], commands).kind).toBe('overview')
    expect(parseCommandLine(['--help'], commands).kind).toBe('overview')
    for (const argv of [
      ['join', '--help'],
      ['join', 'x', '-h'],
      ['help', 'join'],
      ['config', '--help'],
      ['help', 'config', 'show'],
    ]) {
      expect(parseCommandLine(argv, commands).kind).toBe('help')
    }
  })
})

describe('a wrong command line is refused with exit 2 and the nearest name', () => {
  const cases: [string[], string, string][] = [
    [['jion'], 'command-unknown', 'meshbox join'],
    [['--version'], 'command-unknown', 'meshbox version'],
    [['xyzzyxyzzy'], 'command-unknown', 'meshbox --help'],
    [['config', 'shwo'], 'command-unknown', 'meshbox config show'],
    [['config'], 'command-missing', 'meshbox config --help'],
    [['join', 'zk://a/m', '--nmae', 'x'], 'flag-unknown', '--name'],
    [['join', 'zk://a/m', '-x'], 'flag-unknown', 'meshbox join --help'],
    [['join', 'zk://a/m', '--name'], 'flag-value', '--name NAME'],
    [['join', 'zk://a/m', '--name', '--json'], 'flag-value', '--name NAME'],
    [['join', 'zk://a/m', '--name='], 'flag-value', '--name NAME'],
    [['join', 'zk://a/m', '--json=yes'], 'flag-value', '--json alone'],
    [['join', 'zk://a/m', '--name=a', '--name=b'], 'flag-twice', ''],
    [['join'], 'argument-missing', 'meshbox join <target>'],
    [['join', 'a', 'b'], 'argument-extra', 'meshbox join <target>'],
    [['version', 'now'], 'argument-extra', 'meshbox version'],
  ]
  test.each(cases)('%p', (argv, code, hint) => {
    const error = refusal(...argv)
    expect(error).toMatchObject({ code, exit: 2 })
    expect(error.hint ?? '').toContain(hint)
  })
})

describe('help', () => {
  const all = (list: Command[], path: string): [string, Command][] =>
    list.flatMap((command): [string, Command][] => [
      [`${path} ${command.name}`, command],
      ...all(command.subcommands ?? [], `${path} ${command.name}`),
    ])

  test.each(all(commands, 'meshbox'))(
    '%s fits 80 columns and shows an example that parses',
    (path, command) => {
      const text = help(command, path)
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
      expect(text).toContain('Examples:')
      for (const example of command.examples ?? []) {
        const argv = example
          .replace(/ > .*$/, '')
          .split(' ')
          .slice(1)
        expect(parseCommandLine(argv, commands)).toMatchObject({ kind: 'run', path })
      }
    },
  )

  test('of all fits 80 columns', () => {
    for (const line of overview(commands).split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  })
})
