import { roles } from '../../../config/document/layers.ts'
import { within } from '../../../config/option/option.ts'
import { type Option, optionsIn } from '../../../config/option/walk.ts'
import { documentSchema } from '../../../config/schema.ts'
import { serviceNames } from '../../../supervisor/provider/choose.ts'
import type { AgentClient } from '../../api/client.ts'
import type { Member } from '../../gossip/gossip.ts'
import type { Status } from '../../status.ts'
import type { Candidate, Sources } from './candidates.ts'

const words = (list: readonly string[]) => list.map((word): Candidate => ({ word }))

/** What an agent that does not answer cannot tell is not offered. */
export function sourcesFrom(agent: Pick<AgentClient, 'get'>): Sources {
  const ask = <T>(path: string) => agent.get<T>(path).catch(() => undefined)
  return {
    async options(typed) {
      return optionCandidates(typed, '')
    },
    async assignments(typed) {
      const name = typed.slice(0, Math.max(0, typed.indexOf('=')))
      return name === '' ? optionCandidates(typed, '=') : valueCandidates(name)
    },
    async services() {
      const status = await ask<Status>('/v1/status')
      const here = status?.machines.flatMap(({ services }) => services) ?? []
      if (here.length === 0) return words(serviceNames)
      return here.map(({ name, state }) => ({ word: name, help: state }))
    },
    async nodes() {
      const members = await ask<Member[]>('/v1/members')
      return (members ?? []).map(({ name, address, status }) => ({
        word: name,
        help: `${address}, ${status}`,
      }))
    },
    async versions() {
      const past = await ask<{ version: number; how: string }[]>('/v1/config/history')
      return (past ?? []).map(({ version, how }) => ({ word: String(version), help: how }))
    },
    async roles() {
      return words(roles)
    },
    async formats() {
      return words(['mesosphere', 'mesos-dns'])
    },
    async shells() {
      return words(['bash', 'zsh', 'fish'])
    },
  }
}

const nameOf = ({ path }: Option) => path.join('.')

function optionCandidates(typed: string, end: string): Candidate[] {
  const [, layer = '', rest = typed] = /^((?:nodes|roles)\.[^.]+\.)(.*)$/.exec(typed) ?? []
  return optionsIn(documentSchema)
    .filter((option) => nameOf(option).startsWith(rest))
    .map((option) => ({ word: `${layer}${nameOf(option)}${end}`, help: option.facts.text }))
}

/** The values of an option that has only some. */
function valueCandidates(name: string): Candidate[] {
  const [, own = name] = /^(?:nodes|roles)\.[^.]+\.(.*)$/.exec(name) ?? []
  const option = optionsIn(documentSchema).find((each) => nameOf(each) === own)
  return option ? words(valuesOf(option.schema).map((value) => `${name}=${value}`)) : []
}

function valuesOf(schema: Option['schema']): string[] {
  const inside = within(schema)
  if (inside) return valuesOf(inside)
  const { type, entries = {} } = schema._zod.def as { type: string; entries?: Record<string, string> }
  return type === 'boolean' ? ['true', 'false'] : Object.values(entries)
}
