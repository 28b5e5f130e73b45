import type { Command, Completes, Flag } from '../command.ts'

/** A word that may come next, and what it is. */
export type Candidate = { word: string; help?: string }

/** What is known of the cluster and of the document: asked only when it is needed. */
export type Sources = Record<Completes, (typed: string) => Promise<Candidate[]>>

/**
 * What may stand in the place of the last word of a command line; nothing where any file may.
 * @param words what follows `meshbox`, the last one as far as it is typed
 */
export async function candidatesFor(
  words: readonly string[],
  commands: Command[],
  sources: Sources,
): Promise<Candidate[]> {
  const typed = words.at(-1) ?? ''
  const found = await all(words.slice(0, -1), typed, commands, sources)
  return found.filter(({ word }) => word.startsWith(typed))
}

async function all(
  before: readonly string[],
  typed: string,
  commands: Command[],
  sources: Sources,
): Promise<Candidate[]> {
  const asked = before[0] === 'help' ? before.slice(1) : before
  const [command, rest] = find(asked, commands)
  const below = command ? command.subcommands : commands
  if (below && rest.length === 0)
    return typed.startsWith('-')
      ? [helpFlag]
      : below.map(({ name, summary }) => ({ word: name, help: summary }))
  if (!command || below || asked !== before) return []
  const { flags = [], args = [] } = command
  const open = openFlag(rest, flags)
  if (open) return open.completes ? sources[open.completes](typed) : []
  const [, name, value] = /^--([^=]+)=(.*)$/.exec(typed) ?? []
  const inline = flags.find((flag) => flag.name === name)?.completes
  if (inline) return (await sources[inline](value ?? '')).map(({ word }) => ({ word: `--${name}=${word}` }))
  if (typed.startsWith('-')) return [...flags.filter(isLeft(rest)).map(wordOf), helpFlag]
  const given = positionals(rest, flags)
  const arg = args[given.length] ?? (args.at(-1)?.many ? args.at(-1) : undefined)
  if (!arg) return flags.filter(isLeft(rest)).map(wordOf)
  if (!arg.completes) return []
  return (await sources[arg.completes](typed)).filter(({ word }) => !given.includes(word))
}

const helpFlag: Candidate = { word: '--help', help: 'tell more' }
const wordOf = ({ name, help }: Flag): Candidate => ({ word: `--${name}`, help })
const isLeft = (rest: readonly string[]) => (flag: Flag) =>
  !rest.some((word) => word === `--${flag.name}` || word.startsWith(`--${flag.name}=`))

/** The command that the words lead to, and what follows its name. */
function find(words: readonly string[], commands: Command[]): [Command | undefined, readonly string[]] {
  const [name, ...rest] = words
  const command = commands.find((each) => each.name === name)
  if (!command) return [undefined, words]
  const [deeper, left] = find(rest, command.subcommands ?? [])
  return deeper ? [deeper, left] : [command, rest]
}

/** The flag whose value comes next. */
function openFlag(rest: readonly string[], flags: Flag[]): Flag | undefined {
  const last = rest.at(-1) ?? ''
  return flags.find(
    ({ name, short, value }) => value !== undefined && (last === `--${name}` || last === `-${short}`),
  )
}

function positionals(rest: readonly string[], flags: Flag[]): string[] {
  return rest.filter((word, index) => !word.startsWith('-') && !openFlag(rest.slice(0, index), flags))
}
