import { optionIn, readValue } from '../document/option.ts'
import marathon from '../flags/marathon.json' with { type: 'json' }
import agent from '../flags/mesos-agent.json' with { type: 'json' }
import master from '../flags/mesos-master.json' with { type: 'json' }
import { type Finding, type Options, taken } from './finding.ts'

export type Program = 'mesos-master' | 'mesos-agent' | 'marathon'

type Flag = {
  name: string
  boolean?: boolean
  type?: string
  aliases?: string[]
  negatedBy?: string
  default?: string | number | boolean
}

/** Where the flags of each program stand in the document. */
export const sections: Record<Program, string[]> = {
  'mesos-master': ['mesos', 'master'],
  'mesos-agent': ['mesos', 'agent'],
  marathon: ['marathon'],
}

const catalogues: Record<Program, { version: string; flags: Flag[] }> = {
  'mesos-master': master,
  'mesos-agent': agent,
  marathon,
}

const derivedUrl = 'every program gets the URL that the machine was joined with: `meshbox join zk://…`'
const derived: Record<Program, Record<string, string>> = {
  'mesos-master': { zk: derivedUrl, quorum: 'meshbox derives it from the number of controllers' },
  'mesos-agent': { master: derivedUrl },
  marathon: { zk: derivedUrl, master: derivedUrl },
}

/** They name one machine, and would be wrong on every other. */
const machineFlags = new Set([
  'ip',
  'ip6',
  'hostname',
  'advertise_ip',
  'advertise_port',
  'ip_discovery_command',
  'ip6_discovery_command',
  'domain',
  'http_address',
  'https_address',
])

/** Written by the charm, dropped by Mesos after 0.22. */
const dropped = new Set(['resource_monitoring_interval'])
const droppedWhy = 'Mesos has no such flag since 0.23'

/** Flags that Mesos reads from a file: their words are secret, and on no command line. */
const fileFlags = new Set(['credentials', 'credential', 'http_credentials', 'acls', 'modules', 'rate_limits'])

/**
 * What becomes of a flag as somebody gave it to a program, in older spellings too.
 * @param text the value; undefined for a switch that stands there without one
 */
export function flagFinding(
  program: Program,
  written: string,
  text: string | undefined,
  from: string,
  { oneMachine }: Options,
): Finding {
  const left = (why: string): Finding => ({ kind: 'left', from, why })
  const { flag, negated } = find(program, written)
  const name = flag?.name ?? written
  if (dropped.has(name)) return left(droppedWhy)
  const why = derived[program][name]
  if (why) return left(why)
  const { version } = catalogues[program]
  if (!flag) return left(`${program} ${version.split(' ')[0]} has no flag ${written}`)
  if (machineFlags.has(name) && !oneMachine)
    return left('it names one machine: import it for that one, with --node NAME')
  const typed = optionOf(program, name)
  if (!typed && fileFlags.has(name) && !/^(file:\/\/)?\//.test(text ?? ''))
    return left('its words belong into a file that the programs alone can read')
  const path = typed ?? [...sections[program], 'extraFlags', name]
  const value = flagValue(flag, text, negated, path, typed !== undefined)
  if (!typed && String(flag.default) === String(value)) return { kind: 'same', from, path, value }
  return taken(from, path, value)
}

/** Where a flag stands in the document, or why it has no place there. */
export function placeOf(program: Program, written: string): { path: string[] } | { why: string } {
  const name = find(program, written).flag?.name ?? written
  if (dropped.has(name)) return { why: droppedWhy }
  const why = derived[program][name]
  return why ? { why } : { path: optionOf(program, name) ?? [...sections[program], 'extraFlags', name] }
}

/** Where a flag has an option of its own; the others stand under `extraFlags`. */
function optionOf(program: Program, name: string): string[] | undefined {
  if (program === 'mesos-master' && name === 'cluster') return ['name']
  return optionIn(sections[program], name)
}

function find(program: Program, written: string): { flag: Flag | undefined; negated: boolean } {
  const { flags } = catalogues[program]
  const byName = (name: string) =>
    flags.find((flag) => flag.name === name || (flag.aliases ?? []).includes(name))
  const flag = byName(written)
  if (flag) return { flag, negated: false }
  const off = program === 'marathon' ? undefined : /^no-(.+)$/.exec(written)?.[1]
  const opposite = off === undefined ? flags.find((each) => each.negatedBy === written) : byName(off)
  return { flag: opposite, negated: true }
}

function flagValue(
  flag: Flag,
  text: string | undefined,
  negated: boolean,
  path: string[],
  typed: boolean,
): unknown {
  const isSwitch = flag.boolean === true || flag.type === 'toggle' || flag.type === 'bool'
  if (isSwitch) return !/^(false|0|no)$/i.test(text ?? 'true') !== negated
  // Older versions took a line of two words for one credential, as they did for many.
  const [, principal, secret] = /^([^\s{[/]\S*)\s+(\S+)$/.exec(text ?? '') ?? []
  if (flag.name === 'credential' && principal !== undefined) return { principal, secret }
  return typed ? readValue(path, text ?? '') : (text ?? '')
}
