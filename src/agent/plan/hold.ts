import { changesBetween } from '../../config/document/changes.ts'
import { checkSettings } from '../../config/document/check.ts'
import type { Cluster } from '../../config/document/cluster.ts'
import { isSettings, type Settings, valueAt } from '../../config/document/layers.ts'
import type { Config } from '../../config/schema.ts'
import { classOf, optionOf, type Part, partOf } from './part.ts'

/** What a machine is to run by: as it was written, with the defaults filled in, and the controllers that there are. */
export type Setup = { settings: Settings; config: Config; servers?: Cluster['servers'] }

/**
 * `allowed`: no permit is needed. `moves`: the controllers may be others, whatever else waits. `runs`: whether a part is
 * there to be disturbed.
 */
export type Gate = { allowed: boolean; moves?: boolean; runs: (part: Part) => boolean }

/**
 * What to run by while some changes wait: each waiting option stays as it was, the others are as wanted. Where the two do
 * not hold together everything stays as it was.
 * @param before by which the programs run
 */
export function withHeld(wanted: Setup, before: Setup, gate: Gate): Setup {
  const servers = gate.allowed || gate.moves ? wanted.servers : (before.servers ?? wanted.servers)
  const list = servers ? { servers } : {}
  const held = changesBetween(before.config, wanted.config).filter(({ path }) => waitsHere(path, gate))
  if (held.length === 0) return { ...wanted, ...list }
  const settings = putBack(
    wanted.settings,
    before.settings,
    held.map(({ path }) => path),
  )
  const checked = checkSettings(settings)
  return checked.kind === 'valid' ? { settings, config: checked.config, ...list } : { ...before, ...list }
}

/** What starts a program anew waits for a permit, what is immutable for ever; nothing waits for a part that does not run. */
export function waitsHere(path: string[], { allowed, runs }: Gate): boolean {
  const change = classOf(path)
  const rolls = change === 'rolling' || change === 'restart'
  return (change === 'immutable' || (rolls && !allowed)) && disturbed(path).some(runs)
}

/** Whether meshbox runs the engine of docker or not, mesos-agent has flags for it. */
function disturbed(path: string[]): Part[] {
  const part = partOf(path)
  return part === 'docker' ? ['docker', 'mesos-agent'] : [part]
}

/** A copy in which the options at these paths are as before; nothing that came in is changed. */
export function putBack<T extends object>(wanted: T, before: T, paths: string[][]): T {
  return paths.reduce((settings, path) => {
    const option = optionOf(path)
    return replaced(settings, option, valueAt(before, option))
  }, wanted)
}

function replaced<T extends object>(from: T, [key, ...rest]: string[], value: unknown): T {
  if (key === undefined) return from
  const inner = rest.length === 0 ? value : replaced(sectionAt(from, key), rest, value)
  const { [key as keyof T]: _, ...others } = from
  return (inner === undefined ? others : { ...from, [key]: inner }) as T
}

function sectionAt(from: object, key: string): object {
  const section = valueAt(from, [key])
  return isSettings(section) ? section : {}
}
