import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from '../src/agent/cli/command.ts'
import { parseCommandLine } from '../src/agent/cli/parse.ts'
import { commands } from '../src/agent/cli/table.ts'

const root = join(import.meta.dir, '..')

/** One command of a page. */
export type Example = {
  command: string
  /** On which machine: `[b]$ …`, or on each of them: `[each]$ …`. */
  on: string | undefined
  /** What the page shows below it; undefined where it shows commands alone. */
  shown: string | undefined
}

/** Commands that stand together on a page, and which test runs them: the last comment above says it. */
export type Block = { line: number; runBy: string | undefined; examples: Example[] }

const comment = /^<!-- run by (\S+) -->$/
const programs = /^ {4}(?:(?:sudo )?(?:meshbox|npm|npx|curl|dig|sh|apt-get|systemctl) .*)$/
const prompt = /^(?:\[(\w+)\])?\$ (.*)$/

/** Every block of commands: fences in which lines begin with `$ `, and indented lines that begin with a program. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = []
  let runBy: string | undefined
  let fence: { line: number; lines: string[] } | undefined
  let indented: Block | undefined
  for (const [index, text] of readFileSync(join(root, page), 'utf8').split('\n').entries()) {
    const line = index + 1
    if (text.startsWith('```')) {
      const examples = fence ? examplesOf(fence.lines) : []
      if (fence && examples.length > 0) blocks.push({ line: fence.line, runBy, examples })
      fence = fence ? undefined : { line, lines: [] }
    } else if (fence) fence.lines.push(text)
    else if (comment.test(text)) runBy = comment.exec(text)?.[1]
    if (!fence && programs.test(text)) {
      indented ??= { line, runBy, examples: [] }
      if (indented.examples.length === 0) blocks.push(indented)
      indented.examples.push({ command: withoutRemark(text.trim()), on: undefined, shown: undefined })
    } else indented = undefined
  }
  return blocks
}

/** The commands of a page that a test runs, in their order. */
export function documented(page: string, test: string): Example[] {
  const found = blocksOf(page)
    .filter(({ runBy }) => runBy === test)
    .flatMap(({ examples }) => examples)
  if (found.length === 0) throw new Error(`${page} has no commands that ${test} is to run`)
  return found
}

function examplesOf(lines: string[]): Example[] {
  const examples: Example[] = []
  for (const text of lines) {
    const [, on, command] = prompt.exec(text) ?? []
    const last = examples.at(-1)
    if (command !== undefined) examples.push({ command, on, shown: '' })
    else if (last) last.shown = last.shown === '' ? text : `${last.shown}\n${text}`
  }
  return examples.map((example) => ({ ...example, shown: example.shown?.trimEnd() }))
}

/** `meshbox status    # what runs`. */
const withoutRemark = (text: string) => text.replace(/\s+# .*$/, '')

/** A line of `…` stands for any lines, `…` within one for any text. */
export function patternOf(shown: string): RegExp {
  if (shown === '') return /^$/
  const lines = shown.split('\n').map((line) =>
    line === '…'
      ? '(?:.*\\n)*?'
      : `${line
          .split('…')
          .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')} *\\n`,
  )
  return new RegExp(`^${lines.join('')}$`)
}

/** The words of a command line, quotes taken off, and the file that its output goes to. */
export function wordsOf(command: string): { words: string[]; file: string | undefined } {
  const [, line = '', file] = /^(.*?)(?: > (\S+))?$/.exec(command) ?? []
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  )
  return { words, file }
}

/** Whether a command line of meshbox can be told by --data-dir which machine it is for. */
export function hasFolder(argv: string[]): boolean {
  const parsed = parseCommandLine(argv, commands)
  return parsed.kind === 'run' && (parsed.command.flags ?? []).some(({ name }) => name === 'data-dir')
}

/** What `--help` gives as examples. */
export function helpExamples(from: Command[] = commands): string[] {
  return from.flatMap(({ examples = [], subcommands = [] }) => [...examples, ...helpExamples(subcommands)])
}
