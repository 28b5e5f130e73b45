import type { About } from '../../config/option/about.ts'
import type { Screen } from '../cli/screen.ts'
import { valueText } from './origins.ts'
import { table } from './table.ts'

const costs: Record<About['change'], string> = {
  live: 'counts at once',
  reload: 'the program reads it again',
  restart: 'the program starts anew, on some machines at a time',
  rolling: 'one machine after the other starts the program anew',
  immutable: 'cannot be changed',
}

/** One option, with all there is to know of it. */
export function optionText(about: About & { charm: string[] }, screen: Screen): string {
  const ours = about.type === 'set by meshbox'
  const rows: [string, string | undefined][] = [
    ['type', about.type],
    [ours ? 'because' : 'takes', about.takes],
    ['unit', about.unit],
    ['example', tellsMore(about) ? valueText(about.example) : undefined],
    ['default', about.default === undefined ? undefined : valueText(about.default)],
    ["program's default", differs(about) ? valueText(about.programDefault) : undefined],
    ['because', about.reason],
    ['becomes', about.becomes && `${about.becomes} of ${about.program}`],
    ['since', about.since && `${about.program} ${about.since}`],
    ['until', about.until && `${about.program} ${about.until}`],
    ['a change', ours ? undefined : costOf(about)],
    ['machines', ours ? undefined : about.local ? 'may differ in it' : 'all have the same'],
    ['secret', about.secret ? 'shown as ***' : undefined],
    ['file', about.file ? 'written to a file that its owner alone reads' : undefined],
    ['in the charm', about.charm.join(', ') || undefined],
  ]
  const shown = rows.flatMap(([name, text]) => (text === undefined ? [] : [{ name, text }]))
  const width = Math.max(...shown.map(({ name }) => name.length)) + 2
  const lines = shown.map(({ name, text }) => `${screen.paint('dim', name.padEnd(width))}${text}`)
  return [screen.paint('bold', about.option), about.text, '', ...lines].join('\n')
}

/** An example of a number, of a word that is listed anyway, or of true and false says nothing. */
function tellsMore({ type, example }: About): boolean {
  return typeof example === 'object' || (typeof example === 'string' && type !== 'choice')
}

function costOf({ change, program, why }: About): string {
  if (change === 'restart' && program === undefined) return 'counts when the agent of meshbox starts anew'
  return why ? `${costs[change]}: ${why}` : costs[change]
}

function differs({ programDefault, default: own }: About): boolean {
  return programDefault !== undefined && !Bun.deepEquals(programDefault, own)
}

/** Several options, a line each. */
export function optionTable(all: About[], screen: Screen): string {
  return table(
    screen,
    ['OPTION', 'TYPE', 'DEFAULT', 'WHAT IT IS'],
    all.map((about) => [
      about.option,
      about.type,
      about.default === undefined ? '' : cut(valueText(about.default)),
      about.text.split(/(?<=\.)\s/)[0] ?? '',
    ]),
  )
}

function cut(text: string): string {
  return text.length > 24 ? `${text.slice(0, 23)}…` : text
}
