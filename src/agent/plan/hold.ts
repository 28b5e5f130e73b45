import { changesBetween } from '../../config/document/changes.ts'
import { checkSettings } from '../../config/document/check.ts'
import { isSettings, type Settings, valueAt } from '../../config/document/layers.ts'
import type { Config } from '../../config/schema.ts'
import { classOf, optionOf, type Part, partOf } from './part.ts'

/** What a machine is to run by: as it was written, and with the defaults filled in. */
export type Setup = { settings: Settings; config: Config }

/**
 * What to run by while some changes wait: each waiting option stays as it was, the others are as wanted. Where the two do
 * not hold together everything stays as it was.
 * @param before by which the programs run
 */
export function withHeld(wanted: Setup, before: Setup, waits: (path: string[]) => boolean): Setup {
  const held = changesBetween(before.config, wanted.config).filter(({ path }) => waits(path))
  if (held.length === 0) return wanted
  const settings = putBack(
    wanted.settings,
    before.settings,
    held.map(({ path }) => path),
  )
  const checked = checkSettings(settings)
  return checked.kind === 'valid' ? { settings, config: checked.config } : before
}

/** Rolling changes wait for somebody's word, immutable ones for ever; nothing waits for a part that does not run. */
export function waitsHere(path: string[], allowed: boolean, runs: (part: Part) => boolean): boolean {
  const change = classOf(path)
  return (change === 'immutable' || (change === 'rolling' && !allowed)) && runs(partOf(path))
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
