/** An object of parsed JSON whose members are found whatever their letter case. */
export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The member by its lower-case name; the usual spelling costs no search. */
export function member(object: Json, name: string): unknown {
  const found = object[name]
  if (found !== undefined) return found
  for (const key in object) {
    if (key.length === name.length && key.toLowerCase() === name) return object[key]
  }
  return undefined
}

/** A text member; empty when absent or null. @throws Error when it is anything else */
export function text(object: Json, name: string): string {
  const value = member(object, name)
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new Error(`"${name}" is no text`)
  return value
}

/** A list member; empty when absent or null. @throws Error when it is anything else */
export function list(object: Json, name: string): unknown[] {
  const value = member(object, name)
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new Error(`"${name}" is no list`)
  return value
}

/** An object member; undefined when absent or null. @throws Error when it is anything else */
export function object(parent: Json, name: string): Json | undefined {
  const value = member(parent, name)
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw new Error(`"${name}" is no object`)
  return value
}
