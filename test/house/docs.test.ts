import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { reference } from '../../build/reference.ts'

const root = join(import.meta.dir, '../..')

test('every case in docs/bootstrap.md names a test that there is', () => {
  const titles = ['src', 'test']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((name) => join(root, folder, String(name))),
    )
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
  const rows = readFileSync(join(root, 'docs/bootstrap.md'), 'utf8').match(/^\| (?!case|---).+\|$/gm) ?? []
  const named = rows.map((row) => row.split('|').at(-2)?.trim() ?? '')
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((title) => !titles.includes(title))).toEqual([])
})

test('docs/configuration.md is what the schema says; `npm run docs` writes it anew', () => {
  expect(readFileSync(join(root, 'docs/configuration.md'), 'utf8')).toBe(reference())
})

test('every link between the documents leads somewhere', () => {
  const documents = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
  ]
  const broken = documents
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, target = '']) => ({ path, target }))
        .filter(({ target }) => !Bun.file(join(root, path, '..', target)).size),
    )
  expect(broken).toEqual([])
})
