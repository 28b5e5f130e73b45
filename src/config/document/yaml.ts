import { type Document, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLError } from 'yaml'
import { MeshboxError, messageOf, misuse } from '../../error.ts'

type Wrong = { at: number; why: string }

/**
 * Plain values from YAML, and so from JSON too: nothing that the two do not share, such as tags, and no key twice.
 * @param source how to call it in errors
 * @throws MeshboxError (exit 2) with line and column
 */
export function readYaml(text: string, source: string): unknown {
  const document = parseDocument(text, {
    prettyErrors: false,
    logLevel: 'error',
    resolveKnownTags: false,
    // It compares each key of a mapping with each before it, which takes long with thousands of machines.
    uniqueKeys: false,
  })
  const wrong = told(document.errors[0] ?? document.warnings[0]) ?? wrongKey(document)
  if (wrong) throw syntax(source, `${place(text, wrong.at)}: ${wrong.why}`)
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw syntax(source, messageOf(cause), cause)
  }
}

function told(error: YAMLError | undefined): Wrong | undefined {
  if (!error) return undefined
  const [first = ''] = error.message.split('\n')
  const why = error.code === 'MULTIPLE_DOCS' ? 'a second document begins here; take the --- away' : first
  return { at: error.pos[0], why }
}

/** The first key that stands twice in its mapping, or is no text. */
function wrongKey({ contents }: Document): Wrong | undefined {
  const found: Wrong[] = []
  const look = (node: unknown): void => {
    if (isSeq(node)) for (const item of node.items) look(item)
    if (!isMap(node)) return
    const seen = new Set<string>()
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : undefined
      const why = name === undefined ? 'a key must be a text' : faultOfKey(name, seen)
      if (why) found.push({ at: (key as Node | null)?.range?.[0] ?? 0, why })
      else seen.add(name ?? '')
      look(value)
    }
  }
  look(contents)
  return found[0]
}

function faultOfKey(name: string, seen: Set<string>): string | undefined {
  if (name === '__proto__') return '__proto__ is no name for anything'
  return seen.has(name) ? `${name} stands twice in this mapping` : undefined
}

function place(text: string, at: number): string {
  const before = text.slice(0, at).split('\n')
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}

function syntax(source: string, why: string, cause?: unknown): MeshboxError {
  const message = `cannot read ${source}: ${why}`
  if (cause !== undefined) return new MeshboxError({ code: 'document-syntax', message, exit: 2, cause })
  return misuse('document-syntax', message, 'it must be YAML or JSON; check the indentation and the quotes')
}
