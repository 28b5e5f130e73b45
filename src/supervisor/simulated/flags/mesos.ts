import { readFileSync } from 'node:fs'
import { type MesosFlag, type MesosProgram, mesosFlags } from './catalogue.ts'
import { parseDuration } from './duration.ts'
import { checkValue, kindOf, outOfRange } from './types.ts'

/** Flags as loaded: canonical name to the value in its printed form. Flags that are unset and have no default are absent. */
export type Flags = Map<string, string>

export type Loaded =
  | { kind: 'flags'; flags: Flags; deprecated: string[] }
  | { kind: 'help' | 'version' }
  /** The message as printed, without the line that points to `--help`. */
  | { kind: 'failed'; message: string }

type Given = { name: string; value: string | undefined }

const required: Record<MesosProgram, string[]> = { 'mesos-master': [], 'mesos-agent': ['work_dir'] }

/**
 * Reads a command line and the environment by stout's rules: only `--name=value`, `--name` and `--no-name`; anything
 * else is skipped; MESOS_* counts where the command line is silent; a flag may be given once, under one of its names.
 */
export function loadMesosFlags(
  program: MesosProgram,
  argv: string[],
  env: Record<string, string | undefined>,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Loaded {
  const catalogue = byName(mesosFlags[program])
  const given = fromCommandLine(argv)
  if (given.some(({ name, value }) => name === 'help' && value !== 'false')) return { kind: 'help' }
  if (given.some(({ name, value }) => name === 'version' && value !== 'false')) return { kind: 'version' }
  const said = new Set(given.map(({ name }) => catalogue.get(positive(name))?.name))
  const all = [...fromEnvironment(env, catalogue, said), ...given]
  all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))

  const flags: Flags = new Map()
  const loadedVia = new Map<string, string>()
  const deprecated: string[] = []
  for (const each of all) {
    const negated = !catalogue.has(each.name) && each.name.startsWith('no-')
    const name = negated ? positive(each.name) : each.name
    const flag = catalogue.get(name)
    const via = negated ? ` via '${each.name}'` : ''
    if (!flag) return failed(`Failed to load unknown flag '${name}'${via}`)
    const before = loadedVia.get(flag.name)
    if (before !== undefined) return failed(`Flag '${name}' is already loaded via name '${before}'`)
    loadedVia.set(flag.name, name)
    if (name !== flag.name) deprecated.push(name)
    const read = load(flag, name, each, negated, readFile)
    if ('why' in read) return failed(read.why)
    flags.set(flag.name, read.value)
  }
  for (const name of required[program]) {
    if (!flags.has(name)) return failed(`Flag '${name}' is required, but it was not provided`)
  }
  for (const flag of mesosFlags[program]) {
    const value = flags.get(flag.name) ?? flag.default
    if (value === undefined) continue
    const range = outOfRange(flag.name, value)
    if (range) return failed(range)
    flags.set(flag.name, value)
  }
  return { kind: 'flags', flags: new Map([...flags].sort(([a], [b]) => (a < b ? -1 : 1))), deprecated }
}

const failed = (message: string): Loaded => ({ kind: 'failed', message })
const positive = (name: string) => name.replace(/^no-/, '')

function byName(flags: MesosFlag[]): Map<string, MesosFlag> {
  return new Map(flags.flatMap((flag) => [flag.name, ...(flag.aliases ?? [])].map((name) => [name, flag])))
}

function fromCommandLine(argv: string[]): Given[] {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).flatMap((argument) => {
    const match = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument)
    return match?.[1] ? [{ name: match[1], value: match[2] }] : []
  })
}

function fromEnvironment(
  env: Record<string, string | undefined>,
  catalogue: Map<string, MesosFlag>,
  said: Set<string | undefined>,
): Given[] {
  return Object.entries(env).flatMap(([key, value]) => {
    const name = key.startsWith('MESOS_') ? key.slice('MESOS_'.length).toLowerCase() : ''
    const flag = catalogue.get(name)
    return flag && value !== undefined && !said.has(flag.name) ? [{ name, value }] : []
  })
}

function load(
  flag: MesosFlag,
  name: string,
  { name: spelled, value }: Given,
  negated: boolean,
  readFile: (path: string) => string,
): { value: string } | { why: string } {
  if (!flag.boolean) {
    if (negated) return { why: `Failed to load non-boolean flag '${name}' via '${spelled}'` }
    if (value === undefined) return { why: `Failed to load non-boolean flag '${name}': Missing value` }
  }
  if (negated && value !== undefined && value !== '') {
    return { why: `Failed to load boolean flag '${name}' via '${spelled}' with value '${value}'` }
  }
  if (negated) return { value: 'false' }
  if (value === undefined || (flag.boolean && value === '')) return { value: 'true' }
  const because = (why: string) => ({
    why: `Failed to load flag '${name}': Failed to load value '${value}': ${why}`,
  })
  let content = value
  if (value.startsWith('file://') && kindOf(flag) !== 'path') {
    const path = value.slice('file://'.length)
    try {
      content = readFile(path)
    } catch {
      return because(`Error reading file '${path}': No such file or directory`)
    }
  }
  const checked = checkValue(flag, content)
  return 'why' in checked ? because(checked.why) : checked
}

export const isOn = (flags: Flags, name: string): boolean => flags.get(name) === 'true'

/** A flag of duration type in milliseconds. Only for flags that have a default. */
export function milliseconds(flags: Flags, name: string): number {
  return Number(parseDuration(flags.get(name) ?? '')) / 1e6
}

/** The `Flags at startup` line. */
export function flagsLine(flags: Flags): string {
  return `Flags at startup: ${[...flags].map(([name, value]) => `--${name}="${value}"`).join(' ')}`
}
