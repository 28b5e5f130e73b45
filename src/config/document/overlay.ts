import { checkSettings } from './check.ts'
import type { Effective } from './effective.ts'
import { type Layer, merge } from './layers.ts'

/**
 * One machine's configuration with some top-level sections of a newer one. Undefined when the two do not hold together.
 */
export function withSections(base: Effective, newer: Effective, sections: string[]): Effective | undefined {
  const pick = ({ origin, settings }: Layer, wanted: boolean): Layer => ({
    origin,
    settings: Object.fromEntries(
      Object.entries(settings).filter(([section]) => sections.includes(section) === wanted),
    ),
  })
  const layers = [
    ...base.layers.map((layer) => pick(layer, false)),
    ...newer.layers.map((layer) => pick(layer, true)),
  ]
  const checked = checkSettings(merge(layers))
  return checked.kind === 'valid' ? { config: checked.config, layers } : undefined
}
