import { LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { MeshboxError, misuse } from '../../error.ts'
import { nearest } from '../nearest.ts'
import { type Config, documentSchema } from '../schema.ts'

/**
 * Reads the shared document: YAML (and so JSON too), checked against the schema, all defaults filled in.
 * An empty document is fine: everything has a default.
 * @param source how to call it in errors: a file's name, `the shared document`
 * @throws MeshboxError (exit 2) that names every fault with its path
 */
export function parseDocumentText(text: string, source: string): Config {
  const result = documentSchema.safeParse(parseYaml(text, source) ?? {})
  if (result.success) return result.data
  throw invalid(source, result.error.issues)
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

function invalid(source: string, issues: z.core.$ZodIssue[]): MeshboxError {
  const faults = issues.flatMap(describe)
  const [first] = faults
  const message =
    faults.length === 1 && first
      ? `cannot take ${source}: ${first}`
      : `cannot take ${source}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`
  return misuse('document-invalid', message, 'nothing was changed; mend it and try again')
}

function describe(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(documentSchema, issue.path)
    return issue.keys.map((key) => {
      const guess = nearest(key, known)
      const full = path === '' ? key : `${path}.${key}`
      return `${full} is not known${guess ? `; did you mean ${guess}?` : `; known here: ${known.join(', ')}`}`
    })
  }
  const words = issue.message.replace(/^Invalid input: |^Too (big|small): /, '')
  return [path === '' ? `the document must be a mapping of keys to values: ${words}` : `${path}: ${words}`]
}

/** The names that the schema knows at a path; wrappers such as defaults are looked through. */
function keysAt(schema: z.core.$ZodType, path: PropertyKey[]): string[] {
  const def = schema._zod.def as { shape?: Record<string, z.core.$ZodType>; innerType?: z.core.$ZodType }
  if (def.innerType) return keysAt(def.innerType, path)
  const [head, ...rest] = path
  if (head === undefined) return Object.keys(def.shape ?? {})
  const inner = def.shape?.[String(head)]
  return inner ? keysAt(inner, rest) : []
}
