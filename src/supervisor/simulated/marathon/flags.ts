import { isIP } from 'node:net'
import { type MarathonFlag, marathonFlags } from '../flags/catalogue.ts'

export type MarathonFlags = Map<string, string>

export type LoadedMarathon =
  | { kind: 'flags'; flags: MarathonFlags }
  | { kind: 'help' | 'version' }
  | { kind: 'failed'; message: string }

const failed = (why: string): LoadedMarathon => ({ kind: 'failed', message: `[scallop] Error: ${why}` })

const byName = new Map(marathonFlags.map((flag) => [flag.name, flag]))
const byNegation = new Map(marathonFlags.flatMap((flag) => (flag.negatedBy ? [[flag.negatedBy, flag]] : [])))

const takesValue = (flag: MarathonFlag) => flag.type !== 'toggle' && flag.type !== 'bool'

/**
 * Reads a command line by Marathon's rules: `--name value`, `--name=value`, `--toggle`, `--disable_toggle`; where it is
 * silent MARATHON_NAME counts.
 */
export function loadMarathonFlags(argv: string[], env: Record<string, string | undefined>): LoadedMarathon {
  const flags: MarathonFlags = new Map()
  const rest = [...argv]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const match = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word)
    if (!match?.[1]) return failed(`Excess arguments provided: '${word}'`)
    const [, name, inline] = match
    if (name === 'help' || name === 'version') return { kind: name }
    const negated = byNegation.get(name)
    const flag = negated ?? byName.get(name)
    if (!flag) return failed(`Unknown option '${name}'`)
    if (flags.has(flag.name))
      return failed(
        `Wrong format for option '${flag.name}': you should provide exactly one argument for this option`,
      )
    const value = negated ? 'false' : takesValue(flag) ? (inline ?? rest.shift()) : (inline ?? 'true')
    if (value === undefined) return failed(`Bad arguments for option '${flag.name}': ''`)
    flags.set(flag.name, value)
  }
  for (const [key, value] of Object.entries(env)) {
    if (!key.startsWith('MARATHON_') || value === undefined) continue
    const name = key.slice('MARATHON_'.length).toLowerCase()
    const negated = byNegation.get(name)
    const flag = negated ?? [...byName.values()].find((each) => each.name.toLowerCase() === name)
    if (flag && !flags.has(flag.name)) flags.set(flag.name, negated ? 'false' : value || 'true')
  }
  for (const [name, value] of flags) {
    const flag = byName.get(name)
    const why = flag && refuse(flag, value)
    if (why) return failed(`Bad arguments for option '${name}': '${value}' - ${why}`)
  }
  for (const flag of marathonFlags) {
    if (flag.required && !flags.has(flag.name)) return failed(`Required option '${flag.name}' not found`)
    if (flag.default !== undefined && !flags.has(flag.name)) flags.set(flag.name, String(flag.default))
  }
  return { kind: 'flags', flags }
}

function refuse(flag: MarathonFlag, value: string): string | undefined {
  if (flag.type === 'int' && !/^-?\d+$/.test(value)) return 'bad Int value'
  if (flag.type === 'int' && flag.name.endsWith('_port') && (Number(value) < 0 || Number(value) > 65535))
    return 'no port'
  if (!takesValue(flag) && value !== 'true' && value !== 'false') return 'expected a Boolean'
  if (flag.name === 'http_address' && !isIP(value)) return 'no address'
  return undefined
}

export function marathonHelp(version: string): string {
  const lines = marathonFlags.map((flag) => {
    const value = takesValue(flag) ? '  <arg>' : ''
    const negation = flag.negatedBy ? ` (--${flag.negatedBy})` : ''
    return `      --${flag.name}${value}${negation}${flag.default === undefined ? '' : `  (default = ${flag.default})`}`
  })
  return [
    `Marathon ${version}`,
    "This is meshbox's simulated Marathon: a stand-in for demos and tests.",
    '',
    ...lines,
    '',
  ].join('\n')
}
