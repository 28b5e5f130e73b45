import type { Attribute } from '../attributes.ts'
import { type Resource, scalarOf } from '../resources.ts'
import type { AgentInfo } from '../wire/model.ts'

/**
 * Whether an agent may keep its id with changed settings, by `--reconfiguration_policy`.
 * @returns why not, in Mesos's words; undefined when it may
 */
export function incompatible(policy: string, old: AgentInfo, next: AgentInfo): string | undefined {
  if (policy === 'any') return undefined
  if (policy === 'additive') {
    const why = shrunk(old, next)
    return why && `Configuration change not permitted under 'additive' policy: ${why}`
  }
  if (canonical(old) === canonical(next)) return undefined
  const line = '-'.repeat(60)
  return `Incompatible agent info detected. \n\n${line}\nOld agent info: ${canonical(old)}\n\nNew agent info: ${canonical(next)}\n`
}

const byName = <T extends { name: string; role?: string }>(list: T[]): T[] =>
  [...list].sort((a, b) => (`${a.name} ${a.role}` < `${b.name} ${b.role}` ? -1 : 1))

const canonical = (info: AgentInfo): string =>
  JSON.stringify({ ...info, resources: byName(info.resources), attributes: byName(info.attributes) })

function shrunk(old: AgentInfo, next: AgentInfo): string | undefined {
  if (old.hostname !== next.hostname) return `Hostname changed from ${old.hostname} to ${next.hostname}`
  if (old.port !== next.port) return `Port changed from ${old.port} to ${next.port}`
  return lessResources(old.resources, next.resources) ?? lostAttributes(old.attributes, next.attributes)
}

function lessResources(old: Resource[], next: Resource[]): string | undefined {
  for (const { name, value } of old) {
    const now = next.find((each) => each.name === name)
    if (!now) return `Resource '${name}' was removed`
    if (typeof value !== 'number') continue
    const [before, after] = [scalarOf(old, name), scalarOf(next, name)]
    if (after < before) return `Value of scalar resource '${name}' decreased from ${before} to ${after}`
  }
  return undefined
}

function lostAttributes(old: Attribute[], next: Attribute[]): string | undefined {
  for (const { name, value } of old) {
    const now = next.find((each) => each.name === name)
    if (!now) return `Attribute '${name}' was removed`
    if (JSON.stringify(now.value) !== JSON.stringify(value)) return `Attribute '${name}' changed its value`
  }
  return undefined
}
