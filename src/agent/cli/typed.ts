import { word } from '../../shell.ts'
import type { Command } from './command.ts'
import { dataDir } from './flags.ts'
import { commands } from './table.ts'

/** `service start` and the like: what finds its agent by `--data-dir`. */
const paths = pathsOf(commands).sort((a, b) => b.length - a.length)
/** It goes on to the end of its quotes, of its line, or to where the sentence does. */
const pattern = new RegExp(`\\bmeshbox (?:${paths.join('|')})(?![\\w-])(?:(?! &&|;|, | \\(|\`|\\n).)*`, 'g')
/** What is to be typed on another machine, of which it is not known here where it keeps its files. */
const elsewhere = /^`,? (?:there|on (?:an?|one|each|them|\S+ itself))\b/

/**
 * Commands as they are to be typed on a machine whose agent keeps its files there. The one place that adds the folder: texts
 * name commands as they are on a machine that has all in the usual places.
 * @param folder undefined for the usual places
 */
export function typed(text: string, folder: string | undefined): string {
  if (folder === undefined) return text
  return text.replace(pattern, (command: string, at: number) =>
    command.includes(` --${dataDir.name} `) || elsewhere.test(text.slice(at + command.length))
      ? command
      : command + flagFor(folder),
  )
}

/** The same as it is where all stands in the usual places. */
export function untyped(text: string, folder: string | undefined): string {
  return folder === undefined ? text : text.replaceAll(flagFor(folder), '')
}

const flagFor = (folder: string) => ` --${dataDir.name} ${word(folder)}`

function pathsOf(from: Command[]): string[] {
  return from.flatMap(({ name, flags, subcommands }) => [
    ...(flags?.includes(dataDir) ? [name] : []),
    ...pathsOf(subcommands ?? []).map((path) => `${name} ${path}`),
  ])
}
