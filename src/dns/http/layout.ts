const lazily = Symbol('lazily')

/** The members of an object, or the items of a list, that are made while they are written. */
export type Lazy =
  | { [lazily]: 'members'; source: Iterable<readonly [string, unknown]> }
  | { [lazily]: 'items'; source: Iterable<unknown> }

export const lazyMembers = (source: Iterable<readonly [string, unknown]>): Lazy => ({
  [lazily]: 'members',
  source,
})
export const lazyItems = (source: Iterable<unknown>): Lazy => ({ [lazily]: 'items', source })

/**
 * JSON as Mesos-DNS lays it out, byte for byte, in pieces: one blank for each level, one more before every line but the
 * first, and `<`, `>`, `&` (and the two line separators) of texts as escapes.
 */
export function* layOut(value: unknown): Generator<string> {
  yield* below(value, ' ')
}

function* below(value: unknown, indent: string): Generator<string> {
  if (!isLazy(value) && !holdsLazy(value)) return yield plain(value, indent)
  const list = isLazy(value) && value[lazily] === 'items'
  const [open, close] = list ? '[]' : '{}'
  let any = false
  for (const [name, inner] of membersOf(value)) {
    yield `${any ? ',' : open}\n${indent} ${list ? '' : `${plain(name, '')}: `}`
    any = true
    yield* below(inner, `${indent} `)
  }
  yield any ? `\n${indent}${close}` : `${open}${close}`
}

function plain(value: unknown, indent: string): string {
  return JSON.stringify(value, null, 1)
    .replaceAll('\n', `\n${indent}`)
    .replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function isLazy(value: unknown): value is Lazy {
  return typeof value === 'object' && value !== null && lazily in value
}

/** Lists never do, and objects only as a member. */
function holdsLazy(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).some((inner) => isLazy(inner) || holdsLazy(inner))
}

function* membersOf(value: Lazy | object): Generator<readonly [string, unknown]> {
  if (!isLazy(value)) yield* Object.entries(value)
  else if (value[lazily] === 'members') yield* value.source
  else for (const item of value.source) yield ['', item]
}
