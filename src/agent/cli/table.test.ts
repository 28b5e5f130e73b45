import { expect, test } from 'bun:test'
import type { Command } from './command.ts'
import { commands } from './table.ts'

const leaves = (list: Command[], before = ''): [string, Command][] =>
  list.flatMap((command): [string, Command][] => {
    const path = `${before} ${command.name}`.trim()
    return command.subcommands ? leaves(command.subcommands, path) : [[path, command]]
  })

/** They print what is no data of theirs, is JSON anyway, or nothing at all. */
const withoutJson = [
  ...['logs', 'config schema', 'key install', 'key use', 'key remove', 'token revoke', 'dns serve', 'dev'],
  ...['agent', 'completion'],
]

test('every command that prints prints JSON too', () => {
  const lacking = leaves(commands).filter(([, { flags = [] }]) => !flags.some(({ name }) => name === 'json'))
  expect(lacking.map(([path]) => path).filter((path) => !withoutJson.includes(path))).toEqual([])
})

test('every command has examples, which are of it', () => {
  for (const [path, { examples = [] }] of leaves(commands)) {
    expect({ path, examples: examples.length > 0 }).toEqual({ path, examples: true })
    for (const example of examples) expect(`${example} `).toStartWith(`meshbox ${path} `)
  }
})
