import { isSettings, type Settings } from '../document/layers.ts'
import { charmSettings, fromCharm } from './charm.ts'
import type { Finding, Options, Source } from './finding.ts'
import { flagFinding } from './flag.ts'
import { fromMesosDns, isMesosDns } from './mesos-dns.ts'
import { fromMesosphere, isMesosphere } from './mesosphere.ts'
import { quorumFinding } from './quorum.ts'
import { fromZooCfg, isZooCfg } from './zoo-cfg.ts'

/** What was found, and the names of the sources that say nothing to anybody. */
export type Imported = { findings: Finding[]; unknown: string[] }

/** Reads settings of other tools, each by its shape and name, into changes of the document. */
export function importSettings(sources: Source[], options: Options): Imported {
  const mesosphere = sources.filter(({ name }) => isMesosphere(name))
  const others = sources.filter(({ name }) => !isMesosphere(name))
  const readings = others.map((source) => ({ source, findings: fromOne(source, options) }))
  return {
    findings: [...fromMesosphere(mesosphere, options), ...readings.flatMap(({ findings }) => findings ?? [])],
    unknown: readings.filter(({ findings }) => !findings).map(({ source }) => source.name),
  }
}

function fromOne({ text }: Source, options: Options): Finding[] | undefined {
  const json = asObject(text)
  if (json && isSettings(json.flags)) return fromFlags(json.flags, options)
  // Before Mesos-DNS, which has a `port` too but no other name in common.
  const charm = trying(() => charmSettings(text))
  if (charm) return fromCharm(charm, options)
  if (json && isMesosDns(json)) return fromMesosDns(json)
  return isZooCfg(text) ? fromZooCfg(text) : undefined
}

/** What a running master or agent answers at `/flags`: every flag, those that nobody set too. */
function fromFlags(flags: Settings, options: Options): Finding[] {
  // Every agent was told where its master is, and no master was.
  const program = Object.hasOwn(flags, 'master') ? 'mesos-agent' : 'mesos-master'
  return Object.entries(flags).map(([name, value]) =>
    name === 'quorum'
      ? quorumFinding(name, Number(value), flags.zk)
      : flagFinding(program, name, String(value), name, options),
  )
}

function asObject(text: string): Settings | undefined {
  const value = trying(() => JSON.parse(text))
  return isSettings(value) ? value : undefined
}

function trying<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
