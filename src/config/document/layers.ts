import { z } from 'zod'
import { type Match, matches, matchSchema } from './selector.ts'

/** Values by section and option, as somebody wrote them: nothing is filled in. */
export type Settings = { [key: string]: unknown }

/** Every machine is a worker unless told otherwise; the machines of the ZooKeeper URL are controllers as well. */
export const roles = ['worker', 'controller'] as const
export type Role = (typeof roles)[number]

/** What decides which layers count for a machine. What is not known matches nothing. */
export type NodeFacts = {
  name: string
  roles: Role[]
  /** How many controllers the cluster has by declaration; it decides no layer, but rules look at it. */
  controllers?: number
  address?: string
  cpus?: number
  memMb?: number
  /** Id and version of os-release, `debian-12`. */
  os?: string
}

/** The document taken apart: what it says of all machines, and what of some. */
export type Layers = {
  top: Settings
  roles: Partial<Record<Role, Settings>>
  selectors: { match: Match; settings: Settings }[]
  nodes: Record<string, Settings>
}

/** Where a value was written. */
export type Origin =
  | { kind: 'default' }
  | { kind: 'top' }
  | { kind: 'role'; role: Role }
  | { kind: 'selector'; index: number }
  | { kind: 'node'; name: string }

export type Layer = { origin: Origin; settings: Settings }

const settings = z.record(z.string(), z.unknown())

/** The shape of what stands around the settings; the settings themselves are checked layer upon layer. */
export const layersSchema = z.object({
  roles: z.partialRecord(z.enum(roles), settings).default({}),
  selectors: z.array(z.looseObject({ match: matchSchema })).default([]),
  nodes: z.record(z.string().min(1, { error: 'must be the name of a machine' }), settings).default({}),
})

/** Takes a document apart that `layersSchema` has checked. */
export function splitLayers(document: Settings): Layers {
  const { roles: _roles, selectors: _selectors, nodes: _nodes, ...top } = document
  const around = layersSchema.parse(document)
  return {
    top,
    roles: around.roles,
    selectors: around.selectors.map(({ match, ...rest }) => ({ match, settings: rest })),
    nodes: around.nodes,
  }
}

/**
 * The layers that count for a machine, the later over the earlier: top level, its roles (worker, then controller),
 * the selectors that match it in document order, its own.
 */
export function layersFor(layers: Layers, node: NodeFacts): Layer[] {
  const byRole = roles
    .filter((role) => node.roles.includes(role))
    .map((role): Layer => ({ origin: { kind: 'role', role }, settings: layers.roles[role] ?? {} }))
  const top: Layer = { origin: { kind: 'top' }, settings: layers.top }
  const own: Layer = {
    origin: { kind: 'node', name: node.name },
    settings: Object.hasOwn(layers.nodes, node.name) ? (layers.nodes[node.name] ?? {}) : {},
  }
  // Selectors look at the attributes that the other layers give a machine: else they would wait for each other.
  const attributes = attributesIn([top, ...byRole, own])
  const selected = layers.selectors.flatMap(({ match, settings }, index): Layer[] =>
    matches(match, node, attributes) ? [{ origin: { kind: 'selector', index }, settings }] : [],
  )
  return [top, ...byRole, ...selected, own].filter((layer) => Object.keys(layer.settings).length > 0)
}

/** mesos-agent's attributes, `rack:r1;zone:b`, as the last of the layers has them. */
function attributesIn(layers: Layer[]): Map<string, string> {
  const written = layers
    .map((layer) => valueAt(layer.settings, ['mesos', 'agent', 'attributes']))
    .findLast((value) => value !== undefined)
  const pairs =
    typeof written === 'string'
      ? written.split(';').map((part): [string, string] => {
          const colon = part.indexOf(':')
          return [part.slice(0, colon).trim(), part.slice(colon + 1).trim()]
        })
      : Object.entries(isSettings(written) ? written : {}).map(([key, value]): [string, string] => [
          key,
          String(value),
        ])
  return new Map(pairs)
}

/** Lays each over those before it: mappings are merged, everything else is replaced. Nothing that came in is changed. */
export function merge(layers: Layer[]): Settings {
  return layers.reduce<Settings>((below, { settings }) => lay(below, settings), {})
}

function lay(below: Settings, above: Settings): Settings {
  const merged = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const present = Object.hasOwn(below, key) ? below[key] : undefined
    merged[key] = isSettings(value) && isSettings(present) ? lay(present, value) : value
  }
  return merged
}

/** The layer whose word a value is. */
export function originOf(layers: Layer[], path: readonly PropertyKey[]): Origin {
  const layer = layers.findLast(({ settings }) => valueAt(settings, path) !== undefined)
  return layer?.origin ?? { kind: 'default' }
}

/** Where a value of a layer stands in the document. */
export function pathIn(origin: Origin, path: readonly PropertyKey[]): PropertyKey[] {
  if (origin.kind === 'role') return ['roles', origin.role, ...path]
  if (origin.kind === 'selector') return ['selectors', origin.index, ...path]
  if (origin.kind === 'node') return ['nodes', origin.name, ...path]
  return [...path]
}

export function valueAt(from: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    from,
  )
}

export function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
