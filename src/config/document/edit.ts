import { type Document, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import { misuse } from '../../error.ts'
import { isSettings } from './layers.ts'

/** A value for a place in the document; undefined takes away what is there. */
export type Edit = { path: string[]; value?: unknown }

/**
 * The text with some values changed. In YAML comments, order and layout stay; JSON stays JSON.
 * @throws MeshboxError (exit 2) when the text is neither, or a value stands where the path needs a mapping
 */
export function applyEdits(text: string, edits: Edit[]): string {
  const json = asJson(text)
  if (json) return `${JSON.stringify(edits.reduce(editJson, json), null, 2)}\n`
  const document = parseDocument(text)
  const [error] = document.errors
  if (error) throw misuse('document-syntax', `cannot edit the document: ${error.message.split('\n')[0]}`)
  for (const edit of edits) editYaml(document, edit)
  return document.toString({ lineWidth: 0 })
}

function asJson(text: string): Record<string, unknown> | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isSettings(value) ? value : undefined
  } catch {
    return undefined
  }
}

function editJson(document: Record<string, unknown>, { path, value }: Edit): Record<string, unknown> {
  const [key = '', ...rest] = path
  const { [key]: present, ...others } = document
  if (rest.length === 0) {
    if (value === undefined) return others
    return { ...document, [key]: value }
  }
  if (present !== undefined && present !== null && !isSettings(present)) throw blocked(path.slice(0, 1))
  const inner = editJson(isSettings(present) ? present : {}, { path: rest, value })
  if (value === undefined && Object.keys(inner).length === 0) return others
  return { ...document, [key]: inner }
}

function editYaml(document: Document, { path, value }: Edit): void {
  for (let length = 0; length < path.length; length++) {
    const start = path.slice(0, length)
    const node = length === 0 ? document.contents : document.getIn(start, true)
    if (node === undefined || isMap(node)) continue
    if (isSeq(node) && /^\d+$/.test(path[length] ?? '')) continue
    if (node !== null && !(isScalar(node) && node.value === null)) throw blocked(start)
    if (value === undefined) return
    // `dns:` with nothing behind it is a mapping that nobody has filled yet.
    const map = document.createNode({})
    if (isScalar(node)) map.commentBefore = node.comment ?? node.commentBefore ?? null
    document.setIn(start, map)
  }
  if (value !== undefined) {
    document.setIn(path, document.createNode(value))
    return
  }
  if (!document.hasIn(path)) return
  document.deleteIn(path)
  for (let length = path.length - 1; length > 0; length--) {
    const around = document.getIn(path.slice(0, length), true)
    if (!isMap(around) || around.items.length > 0) return
    document.deleteIn(path.slice(0, length))
  }
}

function blocked(path: string[]): Error {
  return misuse(
    'document-shape',
    `cannot edit the document: ${path.join('.') || 'it'} is no mapping of keys to values there`,
    'mend it with `meshbox config edit`',
  )
}
