import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = join(import.meta.dir, '../..')
const source = join(root, 'src')
const rooms = ['agent', 'config', 'dns', 'supervisor']

/** Which rooms a room may import besides itself. */
const allowed: Record<string, string[]> = {
  agent: ['config', 'dns', 'supervisor'],
  config: [],
  dns: ['config'],
  supervisor: ['config'],
}

/** Files over 500 lines, each with its reason. */
const longFiles: Record<string, string> = {}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => /\.tsx?$/.test(path))
}

const files = filesUnder(source)
const text = new Map(files.map((path) => [path, readFileSync(path, 'utf8')]))

/** Files of ours that a file imports, statically, dynamically or for their types alone. */
function importsOf(path: string): string[] {
  const specifiers = [...(text.get(path) ?? '').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
  return specifiers.map(([, specifier = '']) => resolve(dirname(path), specifier))
}

const shown = (path: string) => relative(source, path)
const roomOf = (path: string) => {
  const [first = '', second] = shown(path).split('/')
  return second === undefined ? undefined : first
}

describe('the rooms', () => {
  test('are the four of the design, and nothing else stands beside them but single files', () => {
    const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(folders.map(({ name }) => name).sort()).toEqual(rooms)
  })

  test('import only what they may', () => {
    const wrong = files.flatMap((path) =>
      importsOf(path)
        .filter((target) => {
          const [from, to] = [roomOf(path), roomOf(target)]
          if (target.endsWith('.json') || to === undefined || from === to) return false
          if (from === undefined) return shown(path) !== 'main.ts' || to !== 'agent'
          return !allowed[from]?.includes(to)
        })
        .map((target) => `${shown(path)} imports ${shown(target)}`),
    )
    expect(wrong).toEqual([])
  })

  test('main.ts imports the command line and nothing else', () => {
    expect(importsOf(join(source, 'main.ts')).map(shown)).toEqual(['agent/cli/run.ts'])
  })
})

test('no file imports itself in a circle', () => {
  // Types vanish when the program is built, and a command is loaded only when it runs.
  const edges = new Map(
    files.map((path) => {
      const runtime = [
        ...(text.get(path) ?? '').matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+'(\.[^']+)'/gm),
      ]
      return [path, runtime.map(([, specifier = '']) => resolve(dirname(path), specifier))]
    }),
  )
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: string[]) => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].map(shown).join(' → '))
    if (done.has(path) || trail.includes(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of files) visit(path, [])
  expect(circles).toEqual([])
})

describe('the tree', () => {
  test('has no drawer for odds and ends', () => {
    const drawers = /^(utils?|helpers?|common|manager|misc|lib)(\.|$)/
    expect(files.map(shown).filter((path) => path.split('/').some((part) => drawers.test(part)))).toEqual([])
  })

  test('has no file over 500 lines without a reason', () => {
    const everywhere = ['src', 'test', 'build'].flatMap((folder) => filesUnder(join(root, folder)))
    const long = everywhere.filter((path) => readFileSync(path, 'utf8').split('\n').length > 501)
    expect(long.map((path) => relative(root, path))).toEqual(Object.keys(longFiles))
  })

  test('exports nothing that nobody imports', () => {
    const readers = ['src', 'test', 'build'].flatMap((folder) => filesUnder(join(root, folder)))
    const readBy = new Map(readers.map((path) => [path, readFileSync(path, 'utf8')]))
    const unused = files.flatMap((path) =>
      [...(text.get(path) ?? '').matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm)]
        .map(([, name = '']) => name)
        .filter(
          (name) =>
            ![...readBy].some(
              ([reader, words]) => reader !== path && new RegExp(`\\b${name}\\b`).test(words),
            ),
        )
        .map((name) => `${shown(path)}: ${name}`),
    )
    expect(unused).toEqual([])
  })

  test('skips no test and silences no checker', () => {
    const everywhere = ['src', 'test', 'build'].flatMap((folder) => filesUnder(join(root, folder)))
    const silenced =
      /\b(?:test|it|describe)\.(?:skip|only|todo)\b|@ts-(?:ignore|nocheck|expect-error)|\bas any\b/
    const allowedIn = [import.meta.path, join(root, 'test/root.ts')] // counts apart what only root can run
    const wrong = everywhere.filter(
      (path) => !allowedIn.includes(path) && silenced.test(readFileSync(path, 'utf8')),
    )
    expect(wrong.map((path) => relative(root, path))).toEqual([])
  })

  test('says of every recording where it comes from', () => {
    const fixtures = join(root, 'test/fixtures')
    for (const folder of existsSync(fixtures) ? readdirSync(fixtures) : []) {
      expect(existsSync(join(fixtures, folder, 'README.md'))).toBe(true)
    }
  })
})
