import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { importsOf, root, type SourceFile, sourceFiles } from './source.ts'

const everything = ['src', 'test', 'build'].flatMap(sourceFiles)
const source = everything.filter(({ path }) => path.startsWith('src/'))
const isTest = ({ path }: SourceFile) => /^test\/|\.test\.tsx?$/.test(path)

/** Which rooms a room may import besides itself. */
const allowed: Record<string, string[]> = {
  agent: ['config', 'dns', 'supervisor'],
  config: [],
  dns: ['config'],
  supervisor: ['config'],
}

/** Files over 500 lines, each with its reason. */
const longFiles: Record<string, string> = {}

/** `src/dns/zone/open.ts` → `dns`; nothing for the files beside main.ts. */
const roomOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1]

test('imports are read in every form', () => {
  const text = `import one from './one.ts'
import { two, type Three as Four } from '../two.ts'
import type { Five } from 'five'
import * as six from 'six'
import './seven.ts'
import {
  eight,
  nine,
} from './eight.ts'
import ten, { eleven } from 'ten'
export * from './twelve.ts'
export { thirteen } from './thirteen.ts'
const load = async () => (await import('./later.ts')).later
type Late = import('./late.ts').Late`
  expect(importsOf('src/dns/x.ts', text).map(({ from, names, kind }) => `${kind} ${from} ${names}`)).toEqual([
    'static src/dns/one.ts default',
    'static src/two.ts two,Three',
    'type five Five',
    'static six *',
    'static src/dns/seven.ts ',
    'static src/dns/eight.ts eight,nine',
    'static ten default,eleven',
    'static src/dns/twelve.ts *',
    'static src/dns/thirteen.ts thirteen',
    'dynamic src/dns/later.ts later',
    'dynamic src/dns/late.ts Late',
  ])
})

describe('the rooms', () => {
  test('are the four of the design, and nothing else stands beside them but single files', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    )
    expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(allowed))
  })

  test('import only what they may', () => {
    const wrong = source.flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => {
          const [here, there] = [roomOf(path), roomOf(from)]
          if (there === undefined || here === there) return false
          if (here === undefined) return path !== 'src/main.ts' || there !== 'agent'
          return !allowed[here]?.includes(there)
        })
        .map(({ from }) => `${path} imports ${from}`),
    )
    expect(wrong).toEqual([])
  })

  test('main.ts imports the command line and nothing else', () => {
    const main = source.find(({ path }) => path === 'src/main.ts')
    expect(main?.imports.map(({ from }) => from)).toEqual(['src/agent/cli/run.ts'])
  })

  test('import nothing of test/ or build/, and no package that is not in the package.json for them', () => {
    const known = (name: string) =>
      /^(node|bun):|^bun$/.test(name) ||
      Object.keys(manifest.dependencies).some(
        (dependency) => name === dependency || name.startsWith(`${dependency}/`),
      )
    const wrong = source
      .filter((file) => !isTest(file))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ from }) => !from.startsWith('src/') && from !== 'package.json' && !known(from))
          .map(({ from }) => `${path} imports ${from}`),
      )
    expect(wrong).toEqual([])
  })
})

test('no file imports itself in a circle', () => {
  const edges = new Map(
    everything.map(({ path, imports }) => [path, imports.filter(({ kind }) => kind === 'static')]),
  )
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: string[]) => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path) || trail.includes(path)) return
    for (const { from } of edges.get(path) ?? []) visit(from, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  expect(circles).toEqual([])
})

describe('the tree', () => {
  test('has its map', () => {
    expect(existsSync(join(root, 'docs/architecture.md'))).toBe(true)
  })

  test('has no drawer for odds and ends', () => {
    const drawers = /^(utils?|helpers?|common|manager|misc|lib)(\.|$)/
    const paths = everything.map(({ path }) => path)
    expect(paths.filter((path) => path.split('/').some((part) => drawers.test(part)))).toEqual([])
  })

  test('has no file over 500 lines without a reason', () => {
    const long = everything.filter(({ text }) => text.split('\n').length > 501)
    expect(long.map(({ path }) => path)).toEqual(Object.keys(longFiles).sort())
  })

  test('exports nothing that nobody imports', () => {
    const imported = new Map<string, { code: Set<string>; tests: Set<string> }>()
    for (const file of everything) {
      for (const { from, names } of file.imports) {
        const by = imported.get(from) ?? { code: new Set(), tests: new Set() }
        imported.set(from, by)
        for (const name of names) (isTest(file) ? by.tests : by.code).add(name)
      }
    }
    const unused = everything.flatMap((file) => {
      const by = imported.get(file.path)
      const has = (names: Set<string> | undefined, name: string) => names?.has(name) || names?.has('*')
      return file.exports
        .filter(({ name, isType }) => {
          if (has(by?.code, name)) return false
          const ownUse = [...file.text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length > 1
          // A type may be no more than the name of what a function here takes or gives.
          if (isType) return !ownUse && !has(by?.tests, name)
          // What only tests import must be of use to its own file, or nothing but a test needs it.
          return !(has(by?.tests, name) && (isTest(file) || ownUse))
        })
        .map(({ name }) => `${file.path}: ${name}`)
    })
    expect(unused).toEqual([])
  })

  test('skips no test and silences no checker', () => {
    const silenced =
      /\b(?:test|it|describe)\.(?:skip|only|todo|failing)\b|@ts-(?:ignore|nocheck|expect-error)|\bas any\b|\bTODO\b|\bFIXME\b/
    const names = ['test/house/architecture.test.ts', 'test/root.ts'] // itself; what only root can run is counted apart
    const wrong = everything.filter(({ path, text }) => !names.includes(path) && silenced.test(text))
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  test('gives a reason wherever the linter is silenced', () => {
    const wrong = everything.flatMap(({ path, text }) =>
      [...text.matchAll(/biome-ignore[^:\n]*(?::\s*(.*))?$/gm)]
        .filter(
          ([, reason = '']) => reason.split(' ').length < 3 && path !== 'test/house/architecture.test.ts',
        )
        .map(([line]) => `${path}: ${line}`),
    )
    expect(wrong).toEqual([])
  })

  test('says of every recording where it comes from', () => {
    const folders = readdirSync(join(root, 'test/fixtures'))
    const silent = folders.filter((folder) => !existsSync(join(root, 'test/fixtures', folder, 'README.md')))
    expect(silent).toEqual([])
  })

  test('names no place that only one machine has', () => {
    const wrong = everything.filter(
      ({ path, text }) => /\/work\/\w/.test(text) && path !== 'test/house/architecture.test.ts',
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })
})
