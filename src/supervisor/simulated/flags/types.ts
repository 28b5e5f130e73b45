import { isIP } from 'node:net'
import type { MesosFlag } from './catalogue.ts'
import { formatDuration, parseDuration } from './duration.ts'

/** A checked value in the form in which `/flags` shows it, or the reason against it in Mesos's words. */
export type Checked = { value: string } | { why: string }

type Kind = 'boolean' | 'duration' | 'integer' | 'port' | 'number' | 'json' | 'ip' | 'path' | 'text'

const notConverted = { why: 'Failed to convert into required type' }

/** What the form of the default does not tell. */
const kinds: Record<string, Kind> = {
  port: 'port',
  advertise_port: 'port',
  quorum: 'integer',
  offer_timeout: 'duration',
  acls: 'json',
  rate_limits: 'json',
  firewall_rules: 'json',
  domain: 'json',
  modules: 'json',
  advertise_ip: 'text',
  executor_environment_variables: 'json',
  credentials: 'path',
  credential: 'path',
  http_credentials: 'path',
}

export function kindOf(flag: MesosFlag): Kind {
  const known = kinds[flag.name]
  if (known) return known
  if (flag.boolean) return 'boolean'
  if (/^\d+(\.\d+)?(ns|us|ms|secs|mins|hrs|days|weeks)$/.test(flag.default ?? '')) return 'duration'
  if (/^\d+$/.test(flag.default ?? '')) return 'integer'
  if (/^\d+\.\d+$/.test(flag.default ?? '')) return 'number'
  return 'text'
}

/** Checks one value as the flag's type asks; `file://` has been replaced by the file's content before. */
export function checkValue(flag: MesosFlag, value: string): Checked {
  return checks[kindOf(flag)](value)
}

const checks: Record<Kind, (value: string) => Checked> = {
  boolean(value) {
    if (value === 'true' || value === '1') return { value: 'true' }
    if (value === 'false' || value === '0') return { value: 'false' }
    return { why: 'Expecting a boolean (e.g., true or false)' }
  },
  duration(value) {
    const read = parseDuration(value)
    return typeof read === 'string' ? { why: read } : { value: formatDuration(read) }
  },
  integer: (value) =>
    /^[+-]?\d{1,18}$/.test(value.trim()) ? { value: String(Number(value)) } : notConverted,
  port(value) {
    const valid = /^\d{1,5}$/.test(value.trim()) && Number(value) <= 65535
    return valid ? { value: String(Number(value)) } : notConverted
  },
  number: (value) =>
    value.trim() !== '' && Number.isFinite(Number(value)) ? { value: value.trim() } : notConverted,
  json(value) {
    try {
      JSON.parse(value)
      return { value }
    } catch {
      return { why: `syntax error at line 1 near: ${value.replace(/^[\s{[]*/, '')}` }
    }
  },
  ip: (value) => (isIP(value) ? { value } : { why: `Failed to parse IP as either IPv4 or IPv6:${value}` }),
  path: (value) => ({ value }),
  text: (value) => ({ value }),
}

/** Ranges that the programs check by themselves. */
const ranges: Record<string, { least: string; most: string }> = {
  agent_ping_timeout: { least: '1secs', most: '15mins' },
}

/** The complaint about a value that has the right type but lies outside of its flag's own range. */
export function outOfRange(name: string, value: string): string | undefined {
  const range = ranges[name]
  if (!range) return undefined
  const [at, least, most] = [value, range.least, range.most].map((text) => Number(parseDuration(text)))
  if (at === undefined || least === undefined || most === undefined) return undefined
  return at < least || at > most
    ? `Expected \`--${name}\` to be between ${range.least} and ${range.most}`
    : undefined
}
