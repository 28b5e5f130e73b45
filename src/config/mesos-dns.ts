import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { MeshboxError, messageOf, misuse } from '../error.ts'
import { type DnsConfig, dnsSchema } from './dns.ts'

/** A Mesos-DNS `config.json`, in meshbox's terms. */
export type MesosDnsConfig = {
  dns: DnsConfig
  /** The ZooKeeper URL as written; empty when there is none. */
  zk: string
  /** `HOST:PORT` each; empty when none are listed. */
  masters: string[]
  /** The absolute path that it was read from. */
  file: string
  /** Keys that mean nothing; they are ignored. */
  unknown: string[]
}

/** Mesos-DNS's keys in lower case, and what each is called in the document. */
export const mesosDnsNames: Record<string, string> = Object.fromEntries(
  Object.keys(dnsSchema.shape).map((name) => [name.toLowerCase(), name]),
)

/** Keys that the original overwrites at its start. */
const overwritten = new Set(['file', 'soaserial'])

/** Defaults of the original where meshbox's own differ. */
const originalDefaults = { soamname: 'ns1.mesos', soarname: 'root.ns1.mesos' }

/**
 * Reads a whole Mesos-DNS configuration (SPEC section 2): keys in any letter case, the last one wins, `null` leaves the
 * default, unknown keys are ignored.
 * @throws MeshboxError (exit 2) for what is wrong in the file, (exit 1) when it cannot be read
 */
export function readMesosDnsConfig(path: string): MesosDnsConfig {
  const file = resolve(path)
  const members = Object.entries(originalDefaults)
  const unknown: string[] = []
  const given = new Map<string, unknown>(members)
  for (const [key, value] of Object.entries(parse(path, read(path)))) {
    const name = key.toLowerCase()
    if (overwritten.has(name)) continue
    if (name !== 'zk' && name !== 'masters' && !Object.hasOwn(mesosDnsNames, name)) unknown.push(key)
    else if (value !== null) given.set(name, value)
  }
  const zk = given.get('zk') ?? ''
  if (typeof zk !== 'string') throw refuse(path, ['zk must be a text'])
  const masters = readMasters(path, given.get('masters') ?? [])
  if (zk === '' && masters.length === 0) throw refuse(path, ['zk or masters must be given'])
  given.delete('zk')
  given.delete('masters')
  return { dns: readDns(path, given), zk, masters, file, unknown }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new MeshboxError({
      code: 'dns-config-read',
      message: `cannot read ${path}: ${messageOf(cause)}`,
      hint: 'name the file with --config',
      cause,
    })
  }
}

function parse(path: string, text: string): object {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw refuse(path, [`it is no JSON: ${messageOf(error)}`])
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw refuse(path, ['it must be a JSON object'])
  return json
}

function readMasters(path: string, value: unknown): string[] {
  if (!Array.isArray(value)) throw refuse(path, ['masters must be a list'])
  const seen = new Set<string>()
  for (const entry of value) {
    const match = typeof entry === 'string' ? /^(?:\[[^\]]+\]|[^:[\]]+):(\d{1,5})$/.exec(entry) : undefined
    const port = Number(match?.[1])
    if (!match || port < 1 || port > 65535)
      throw refuse(path, [`masters: ${JSON.stringify(entry)} is no host:port`])
    if (seen.has(entry.toLowerCase())) throw refuse(path, [`masters: ${entry} stands there twice`])
    seen.add(entry.toLowerCase())
  }
  return value
}

function readDns(path: string, given: Map<string, unknown>): DnsConfig {
  const document = Object.fromEntries(
    [...given].map(([name, value]) => [mesosDnsNames[name] ?? name, lowerKeys(name, value)]),
  )
  const result = dnsSchema.safeParse(document)
  if (result.success) return result.data
  throw refuse(
    path,
    result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
  )
}

/** The credentials' own members are matched in any letter case too. */
export function lowerKeys(name: string, value: unknown): unknown {
  if (name !== 'mesoscredentials' || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key.toLowerCase(), text]))
}

function refuse(path: string, faults: string[]): MeshboxError {
  return misuse(
    'dns-config-invalid',
    `cannot take ${path}: ${faults.join('; ')}`,
    'docs/dns.md describes every key',
  )
}
