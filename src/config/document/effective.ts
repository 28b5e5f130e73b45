import type { Config } from '../schema.ts'
import { checkSettings } from './check.ts'
import {
  isSettings,
  type Layer,
  layersFor,
  merge,
  type NodeFacts,
  type Origin,
  originOf,
  pathIn,
} from './layers.ts'
import { type Document, invalid } from './parse.ts'

/** The configuration of one machine, and the layers that it was made of. */
export type Effective = { config: Config; layers: Layer[] }

/**
 * What a document says for one machine.
 * @throws MeshboxError `document-invalid` when layers that hold by themselves break a rule together
 */
export function effectiveConfig(document: Document, node: NodeFacts): Effective {
  const layers = layersFor(document.layers, node)
  const checked = checkSettings(merge(layers), node)
  if (checked.kind === 'valid') return { config: checked.config, layers }
  throw invalid(
    `the document for ${node.name}`,
    checked.faults.map(({ path, message }) => ({ path: pathIn(originOf(layers, path), path), message })),
  )
}

/** One value and where it was written. */
export type Entry = { path: string; value: unknown; origin: Origin }

/** Every value of a machine's configuration, in the schema's order. */
export function entriesOf({ config, layers }: Effective): Entry[] {
  const walk = (value: unknown, path: string[]): Entry[] =>
    isSettings(value) && Object.keys(value).length > 0
      ? Object.entries(value).flatMap(([key, inner]) => walk(inner, [...path, key]))
      : [{ path: path.join('.'), value, origin: originOf(layers, path) }]
  return walk(config, [])
}
