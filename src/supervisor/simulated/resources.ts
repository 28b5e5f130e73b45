export type Range = { begin: number; end: number }

/** One resource of one role: a scalar, ranges (both ends belong to them), or a set. */
export type Resource = { name: string; role: string; value: number | Range[] | string[] }

/** A text is the reason against the value, in Mesos's words. */
type Read<T> = T | string

/** Reads `--resources`, text or JSON. */
export function parseResources(text: string, defaultRole: string): Read<Resource[]> {
  const trimmed = text.trim()
  if (trimmed.startsWith('[')) return parseJson(trimmed, defaultRole)
  const resources: Resource[] = []
  for (const part of trimmed.split(/[;\n]/).filter((each) => each.trim() !== '')) {
    const pair = part.split(':')
    if (pair.length !== 2) return `Bad value for resources, missing or extra ':' in ${part.trim()}`
    const match = /^([^(]+)(?:\(([^()]+)\))?$/.exec((pair[0] ?? '').trim())
    if (!match?.[1]) return `Bad value for resources, unbalanced parentheses in ${part.trim()}`
    const value = parseValue((pair[1] ?? '').trim())
    if (typeof value === 'string') return value
    resources.push({ name: match[1], role: match[2] ?? defaultRole, value })
  }
  return resources
}

function parseValue(text: string): Read<Resource['value']> {
  if (/^\[.*\]$/.test(text)) {
    const ranges: Range[] = []
    for (const part of text.slice(1, -1).split(',')) {
      const match = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(part)
      if (!match) return `Expecting one or more "ranges" in '${text}'`
      const range = { begin: Number(match[1]), end: Number(match[2]) }
      if (range.begin > range.end) return 'Invalid ranges resource: begin > end'
      ranges.push(range)
    }
    return merge(ranges)
  }
  if (/^\{.*\}$/.test(text))
    return text
      .slice(1, -1)
      .split(',')
      .map((item) => item.trim())
  const scalar = Number(text)
  if (text === '' || !Number.isFinite(scalar)) return `Failed to parse scalar value '${text}'`
  return scalar
}

type Json = {
  name?: string
  type?: string
  role?: string
  scalar?: { value: number }
  ranges?: { range: Range[] }
  set?: { item: string[] }
  reservations?: { role: string }[]
}

function parseJson(text: string, defaultRole: string): Read<Resource[]> {
  let list: Json[]
  try {
    list = JSON.parse(text)
  } catch {
    return `Some JSON resources were not formatted properly: syntax error at line 1 near: ${text}`
  }
  const resources: Resource[] = []
  for (const each of list) {
    const missing = (['name', 'type'] as const).filter((field) => each[field] === undefined)
    if (missing.length > 0)
      return `Some JSON resources were not formatted properly: Missing required fields: ${missing.join(', ')}`
    const role = each.reservations?.at(-1)?.role ?? each.role ?? defaultRole
    const value = each.scalar?.value ?? each.ranges?.range ?? each.set?.item
    if (value === undefined) return `Invalid ${each.type?.toLowerCase()} resource: it has no value`
    if (Array.isArray(value) && value.some((item) => typeof item === 'object' && item.begin > item.end))
      return 'Invalid ranges resource: begin > end'
    resources.push({ name: each.name ?? '', role, value })
  }
  return resources
}

/** Ranges sorted, with those that touch made one. */
export function merge(ranges: Range[]): Range[] {
  const merged: Range[] = []
  for (const { begin, end } of [...ranges].sort((a, b) => a.begin - b.begin)) {
    const last = merged.at(-1)
    if (last && begin <= last.end + 1) last.end = Math.max(last.end, end)
    else merged.push({ begin, end })
  }
  return merged
}

const isRanges = (value: Resource['value']): value is Range[] =>
  Array.isArray(value) && typeof value[0] !== 'string'
/** Mesos counts scalars in thousandths. */
export const fixed = (value: number): number => Math.round(value * 1000) / 1000

export function add(left: Resource[], right: Resource[]): Resource[] {
  return combine(
    left,
    right,
    (a, b) => fixed(a + b),
    (a, b) => merge([...a, ...b]),
  )
}

export function subtract(left: Resource[], right: Resource[]): Resource[] {
  return combine(left, right, (a, b) => fixed(a - b), without)
}

export const sum = (lists: Resource[][]): Resource[] => lists.reduce(add, [])

function combine(
  left: Resource[],
  right: Resource[],
  scalars: (a: number, b: number) => number,
  ranges: (a: Range[], b: Range[]) => Range[],
): Resource[] {
  const result = left.map((each) => ({ ...each }))
  for (const each of right) {
    let mine = result.find(({ name, role }) => name === each.name && role === each.role)
    if (!mine) {
      mine = { ...each, value: typeof each.value === 'number' ? 0 : [] }
      result.push(mine)
    }
    if (typeof mine.value === 'number' && typeof each.value === 'number')
      mine.value = scalars(mine.value, each.value)
    else if (isRanges(mine.value) && isRanges(each.value)) mine.value = ranges(mine.value, each.value)
  }
  return result.filter(({ value }) => (typeof value === 'number' ? value !== 0 : value.length > 0))
}

function without(ranges: Range[], gone: Range[]): Range[] {
  let rest = ranges
  for (const hole of gone) {
    rest = rest.flatMap(({ begin, end }) =>
      [
        { begin, end: Math.min(end, hole.begin - 1) },
        { begin: Math.max(begin, hole.end + 1), end },
      ].filter((part) => part.begin <= part.end),
    )
    rest = merge(rest)
  }
  return rest
}

export const scalarOf = (resources: Resource[], name: string): number =>
  resources.reduce(
    (total, each) => (each.name === name && typeof each.value === 'number' ? total + each.value : total),
    0,
  )

export const rangesOf = (resources: Resource[], name: string): Range[] =>
  merge(resources.flatMap((each) => (each.name === name && isRanges(each.value) ? each.value : [])))

/** How much there is of each by its name, whatever its role: scalars, and how many ports. */
export function amounts(resources: Resource[]): Record<string, number> {
  const ports = (name: string) =>
    rangesOf(resources, name).reduce((total, { begin, end }) => total + end - begin + 1, 0)
  const names = [...new Set(resources.map(({ name }) => name))]
  const pairs = names.map((name) => [name, fixed(scalarOf(resources, name)) + ports(name)] as const)
  return Object.fromEntries(pairs.filter(([, amount]) => amount > 0))
}

export const formatRanges = (ranges: Range[]): string =>
  `[${ranges.map(({ begin, end }) => `${begin}-${end}`).join(', ')}]`

/** `cpus:2; mem:1024; ports:[33000-33999]`, as in the log. */
export function formatResources(resources: Resource[]): string {
  if (resources.length === 0) return '{}'
  const text = (value: Resource['value']) =>
    typeof value === 'number' ? value : isRanges(value) ? formatRanges(value) : `{${value.join(', ')}}`
  return resources
    .map(
      ({ name, role, value }) =>
        `${name}${role === '*' ? '' : `(reservations: [(STATIC,${role})])`}:${text(value)}`,
    )
    .join('; ')
}

/** The form of `/state`: scalars of all roles together, ports as text, and absent when there are none. */
export function summary(resources: Resource[]) {
  const ports = rangesOf(resources, 'ports')
  return {
    disk: fixed(scalarOf(resources, 'disk')),
    mem: fixed(scalarOf(resources, 'mem')),
    gpus: fixed(scalarOf(resources, 'gpus')),
    cpus: fixed(scalarOf(resources, 'cpus')),
    ...(ports.length > 0 ? { ports: formatRanges(ports) } : {}),
  }
}

/** Which of the optional members a place of the v1 API shows. */
type Shape = { role?: boolean; allocatedTo?: string; reservations?: boolean }

/** The form of the v1 API and of the `*_full` members. */
export function full(resources: Resource[], { role, allocatedTo, reservations }: Shape) {
  return resources.map((each) => ({
    name: each.name,
    ...(typeof each.value === 'number'
      ? { type: 'SCALAR', scalar: { value: each.value } }
      : isRanges(each.value)
        ? { type: 'RANGES', ranges: { range: each.value } }
        : { type: 'SET', set: { item: each.value } }),
    ...(role ? { role: each.role } : {}),
    ...(allocatedTo === undefined ? {} : { allocation_info: { role: allocatedTo } }),
    ...(reservations && each.role !== '*' ? { reservations: [{ type: 'STATIC', role: each.role }] } : {}),
  }))
}

/** The roles that resources are reserved for, with what is theirs. */
export function reserved(resources: Resource[]): Map<string, Resource[]> {
  return Map.groupBy(
    resources.filter(({ role }) => role !== '*'),
    ({ role }) => role,
  )
}

export const unreserved = (resources: Resource[]): Resource[] => resources.filter(({ role }) => role === '*')
