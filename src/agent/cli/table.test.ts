import { expect, test } from 'bun:test'
import type { Command } from './command.ts'
import { commands } from './table.ts'

const leaves = (list: Command[], before = ''): [string, Command][] =>
  list.flatMap((command): [string, Command][] => {
    const path = `${before} ${command.name}`.trim()
    return command.subcommands ? leaves(command.subcommands, path) : [[path, command]]
  })

const withoutJson: Record<string, string> = {
  'config schema': 'it prints JSON anyway',
  'dns serve': 'it prints its log alone, a line of JSON for each',
  agent: 'it prints nothing; its log is one of JSON lines, in a file',
  completion: 'it prints a script for a shell',
}

test('every command prints JSON too, but those that print nothing else for a machine', () => {
  const lacking = leaves(commands).filter(([, { flags = [] }]) => !flags.some(({ name }) => name === 'json'))
  expect(lacking.map(([path]) => path).sort()).toEqual(Object.keys(withoutJson).sort())
})

test('every command has examples, which are of it', () => {
  for (const [path, { examples = [] }] of leaves(commands)) {
    expect({ path, examples: examples.length > 0 }).toEqual({ path, examples: true })
    for (const example of examples) expect(`${example} `).toStartWith(`meshbox ${path} `)
  }
})
