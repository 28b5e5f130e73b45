import { LineCounter, parseDocument } from 'yaml'
import { MeshboxError, misuse } from '../../error.ts'
import type { Config } from '../schema.ts'
import { checkSettings, type Fault, faultsOf } from './check.ts'
import {
  isSettings,
  type Layer,
  type Layers,
  layersSchema,
  merge,
  originOf,
  pathIn,
  roles,
  splitLayers,
} from './layers.ts'

/** A document that holds for every layer by itself. */
export type Document = {
  layers: Layers
  /** The configuration of a machine that no role, selector or name singles out. */
  common: Config
}

/**
 * Reads the shared document: YAML (and so JSON too), every layer checked against the schema. An empty document is
 * fine: everything has a default.
 * @param source how to call it in errors: a file's name, `the shared document`
 * @throws MeshboxError (exit 2) that names every fault with its path
 */
export function parseDocumentText(text: string, source: string): Document {
  const read = readLayers(parseYaml(text, source) ?? {})
  if (read.kind === 'faulty') throw invalid(source, read.faults)
  return read.document
}

type Read = { kind: 'valid'; document: Document } | { kind: 'faulty'; faults: Fault[] }

function readLayers(value: unknown): Read {
  const shape = layersSchema.safeParse(value)
  if (!shape.success) return { kind: 'faulty', faults: faultsOf(shape.error, layersSchema) }
  if (!isSettings(value)) return { kind: 'faulty', faults: [{ path: [], message: 'expected object' }] }
  const layers = splitLayers(value)
  const common = checkSettings(layers.top)
  const faults = common.kind === 'faulty' ? common.faults : []
  for (const above of layersAboveTop(layers)) faults.push(...faultsOfLayer(layers, above, faults))
  if (common.kind === 'faulty' || faults.length > 0) return { kind: 'faulty', faults }
  return { kind: 'valid', document: { layers, common: common.config } }
}

function layersAboveTop(layers: Layers): Layer[] {
  return [
    ...roles.map((role): Layer => ({ origin: { kind: 'role', role }, settings: layers.roles[role] ?? {} })),
    ...layers.selectors.map(
      ({ settings }, index): Layer => ({ origin: { kind: 'selector', index }, settings }),
    ),
    ...Object.entries(layers.nodes).map(
      ([name, settings]): Layer => ({ origin: { kind: 'node', name }, settings }),
    ),
  ].filter(({ settings }) => Object.keys(settings).length > 0)
}

/** What is wrong with the top level and one layer over it that is not wrong without it. */
function faultsOfLayer(layers: Layers, above: Layer, known: Fault[]): Fault[] {
  const both: Layer[] = [{ origin: { kind: 'top' }, settings: layers.top }, above]
  const checked = checkSettings(merge(both))
  if (checked.kind === 'valid') return []
  const keyOf = ({ path, message }: Fault) => `${path.join('.')} ${message}`
  const before = new Set(known.map(keyOf))
  return checked.faults
    .filter((fault) => !before.has(keyOf(fault)))
    .map(({ path, message }) => {
      const origin = originOf(both, path)
      if (origin.kind === above.origin.kind) return { path: pathIn(origin, path), message }
      return { path, message: `${message} (as ${pathIn(above.origin, []).join('.')} has it)` }
    })
}

function parseYaml(text: string, source: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    throw misuse(
      'document-syntax',
      `cannot read ${source}: line ${line}, column ${col}: ${firstLine(error.message)}`,
      'it must be YAML or JSON; check the indentation and the quotes',
    )
  }
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new MeshboxError({
      code: 'document-syntax',
      message: `cannot read ${source}: ${firstLine(String(cause))}`,
      exit: 2,
      cause,
    })
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}

/** All faults in one error. */
export function invalid(source: string, faults: Fault[]): MeshboxError {
  const lines = faults.map(({ path, message }) => {
    if (path.length === 0) return `the document must be a mapping of keys to values: ${message}`
    return /^is not known; /.test(message) ? `${path.join('.')} ${message}` : `${path.join('.')}: ${message}`
  })
  const message =
    lines.length === 1
      ? `cannot take ${source}: ${lines[0]}`
      : `cannot take ${source}:\n${lines.map((line) => `  - ${line}`).join('\n')}`
  return misuse('document-invalid', message, 'nothing was changed; mend it and try again')
}
