import { type MeshboxError, misuse } from '../../error.ts'
import { type Option, optionAt } from '../option/walk.ts'
import type { Cluster, Subject } from '../rule/rule.ts'
import { type Config, documentSchema } from '../schema.ts'
import { changesBetween } from './changes.ts'
import { checkSettings, type Fault, faultsOf } from './check.ts'
import {
  isSettings,
  type Layer,
  type Layers,
  layersSchema,
  merge,
  type Origin,
  originOf,
  pathIn,
  roles,
  splitLayers,
} from './layers.ts'
import { mayStandIn } from './local.ts'
import { type Seen, withoutEmpty } from './sections.ts'
import { readYaml } from './yaml.ts'

/** A document that holds for every layer by itself. */
export type Document = {
  layers: Layers
  /** The configuration of a machine that no role, selector or name singles out. */
  common: Config
  /** What can hardly be meant, though it holds. */
  warnings: Fault[]
}

/** Reads a document that somebody wants to be the shared one. @throws MeshboxError as `readDocumentText`, and for what is refused */
export function parseDocumentText(text: string, source: string, cluster: Cluster = {}): Document {
  const document = readDocumentText(text, source, cluster)
  refuse(document.warnings, source)
  return document
}

/** What was warned of before is no news to whoever changes something else. */
export function newWarnings({ warnings }: Document, before: Document | undefined): Fault[] {
  const known = new Set(before?.warnings.map(faultText))
  return warnings.filter((fault) => !known.has(faultText(fault)))
}

/** @throws MeshboxError (exit 2) where one of these warnings is of what nobody may write */
export function refuse(warnings: Fault[], source: string): void {
  const refused = warnings.filter((each) => each.refused)
  if (refused.length > 0) throw invalid(source, refused)
}

/**
 * Reads the shared document, or what is to become it: YAML (and so JSON too), every layer checked against the schema. An
 * empty document is fine: everything has a default.
 * @param source how to call it in errors: a file's name, `the shared document`
 * @param cluster what is known of it; without that some rules cannot be looked at
 * @param opened gives the values with their secrets opened, where those are sealed
 * @throws MeshboxError (exit 2) that names every fault with its path
 */
export function readDocumentText(
  text: string,
  source: string,
  cluster: Cluster = {},
  opened: (value: unknown) => unknown = (value) => value,
): Document {
  const read = readLayers(opened(readYaml(text, source) ?? {}), cluster)
  if (read.kind === 'faulty') throw invalid(source, read.faults)
  return read.document
}

type Read = { kind: 'valid'; document: Document } | { kind: 'faulty'; faults: Fault[] }

function readLayers(written: unknown, cluster: Cluster): Read {
  const value = withoutEmpty(written)
  const shape = layersSchema.safeParse(value, { reportInput: true })
  if (!shape.success) return { kind: 'faulty', faults: faultsOf(shape.error, layersSchema) }
  if (!isSettings(value)) return { kind: 'faulty', faults: [{ path: [], message: 'expected object' }] }
  const layers = splitLayers(value)
  const seen: Seen = new Map()
  const common = checkSettings(layers.top, { roles: ['worker', 'controller'], ...cluster }, seen)
  const faults = common.kind === 'faulty' ? common.faults : []
  const warnings = common.kind === 'valid' ? common.warnings : []
  for (const above of layersAboveTop(layers)) {
    const told = toldOfLayer(layers, above, { faults, warnings }, { cluster, seen })
    faults.push(...told.faults)
    warnings.push(...told.warnings)
  }
  if (common.kind === 'faulty' || faults.length > 0) return { kind: 'faulty', faults }
  return { kind: 'valid', document: { layers, common: common.config, warnings } }
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

/** What may not differ between machines has no place in a layer for some of them. */
function misplacedIn({ origin, settings }: Layer): Fault[] {
  const above = origin.kind === 'role' ? origin.role : 'machine'
  const options = changesBetween({}, settings).flatMap(({ path }) => optionAt(documentSchema, path) ?? [])
  return [...new Map(options.map((option) => [option.path.join('.'), option])).values()]
    .filter((option) => !mayStandIn(above, option))
    .map((option) => ({
      path: pathIn(origin, option.path),
      message: `must be the same on all machines: write it as ${placesFor(option)}`,
    }))
}

function placesFor(option: Option): string {
  const role = (['worker', 'controller'] as const).find((above) => mayStandIn(above, option))
  const name = option.path.join('.')
  return role ? `${name} or roles.${role}.${name}` : name
}

type Told = { faults: Fault[]; warnings: Fault[] }

/** What is to be said of the top level and one layer over it that is not said without it. */
function toldOfLayer(
  layers: Layers,
  above: Layer,
  known: Told,
  { cluster, seen }: { cluster: Cluster; seen: Seen },
): Told {
  const misplaced = misplacedIn(above)
  if (misplaced.length > 0) return { faults: misplaced, warnings: [] }
  const both: Layer[] = [{ origin: { kind: 'top' }, settings: layers.top }, above]
  const checked = checkSettings(merge(both), { roles: rolesIn(above), ...cluster }, seen)
  const added = (found: Fault[], before: Fault[]) =>
    found
      .filter((fault) => !before.some((each) => textOf(each) === textOf(fault)))
      .map(({ path, message, ...rest }): Fault => {
        const origin = originOfFault(both, path)
        if (origin.kind === above.origin.kind) return { path: pathIn(origin, path), message, ...rest }
        return { path, ...rest, message: `${message} (as ${pathIn(above.origin, []).join('.')} has it)` }
      })
  return checked.kind === 'valid'
    ? { faults: [], warnings: added(checked.warnings, known.warnings) }
    : { faults: added(checked.faults, known.faults), warnings: [] }
}

/** What lacks in a mapping is a fault of the layer that has the mapping. */
function originOfFault(layers: Layer[], path: PropertyKey[]): Origin {
  const origin = originOf(layers, path)
  const option = optionAt(documentSchema, path)?.path
  if (origin.kind !== 'default' || !option || option.length >= path.length) return origin
  return originOfFault(layers, path.slice(0, -1))
}

function textOf({ path, message }: Fault): string {
  return `${path.join('.')} ${message}`
}

/** Every controller is a worker as well; of other layers it is not known whether they are for one. */
function rolesIn({ origin }: Layer): Subject['roles'] {
  return origin.kind === 'role' && origin.role === 'controller' ? ['worker', 'controller'] : ['worker']
}

/** A fault or a warning in one line. */
export function faultText({ path, message }: Fault): string {
  if (path.length === 0) return `the document must be a mapping of keys to values: ${message}`
  return /^is not known; /.test(message) ? `${path.join('.')} ${message}` : `${path.join('.')}: ${message}`
}

/** All faults in one error. */
export function invalid(source: string, faults: Fault[]): MeshboxError {
  const lines = faults.map(faultText)
  const message =
    lines.length === 1
      ? `cannot take ${source}: ${lines[0]}`
      : `cannot take ${source}:\n${lines.map((line) => `  - ${line}`).join('\n')}`
  return misuse('document-invalid', message, 'nothing was changed; mend it and try again')
}
