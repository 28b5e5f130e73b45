import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

export const root = join(import.meta.dir, '../..')

export type Import = {
  /** As from the root of the clone (`src/error.ts`), or the package's name. */
  from: string
  /** `*` stands for all of them. */
  names: string[]
  /** The types alone, or only when it is needed: such an import is no part of a circle. */
  kind: 'static' | 'type' | 'dynamic'
}

export type Export = { name: string; isType: boolean }

export type SourceFile = { path: string; text: string; imports: Import[]; exports: Export[] }

/** Every TypeScript file of a folder. */
export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => /\.tsx?$/.test(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, imports: importsOf(path, text), exports: exportsOf(text) }
    })
}

/** Reads the forms that the formatter leaves: one import a statement, at the start of a line. */
export function importsOf(path: string, text: string): Import[] {
  const from = (specifier: string) =>
    specifier.startsWith('.') ? relative(root, resolve(root, dirname(path), specifier)) : specifier
  const fixed = [
    ...text.matchAll(
      /^(?:import|export)\s+(type\s)?\s*(?:(\w+)(?:,\s*)?)?(\{[^}]*\}|\*(?:\s+as\s+\w+)?)?\s*(?:from\s+)?'([^']+)'/gm,
    ),
  ].map(
    ([, type, whole, listed = '', specifier = '']): Import => ({
      from: from(specifier),
      names: [...(whole !== undefined ? ['default'] : []), ...namesIn(listed)],
      kind: type === undefined ? 'static' : 'type',
    }),
  )
  const later = [...text.matchAll(/\bimport\('([^']+)'\)\)?(?:\.(\w+))?/g)].map(
    ([, specifier = '', name]): Import => ({ from: from(specifier), names: [name ?? '*'], kind: 'dynamic' }),
  )
  return [...fixed, ...later]
}

function namesIn(listed: string): string[] {
  if (listed.startsWith('*')) return ['*']
  return [...listed.matchAll(/(?:^|[{,])\s*(?:type\s+)?(\w+)/g)].map(([, name = '']) => name)
}

function exportsOf(text: string): Export[] {
  const declared = /^export (?:async )?(const|let|function\*?|class|type|interface|enum) (\w+)/gm
  return [...text.matchAll(declared)].map(([, word = '', name = '']) => ({
    name,
    isType: word === 'type' || word === 'interface',
  }))
}
