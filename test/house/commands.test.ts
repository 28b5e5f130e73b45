import { expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { blocksOf, helpExamples } from '../documented.ts'

const root = join(import.meta.dir, '../..')
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
)

/** What some page or `--help` has already, and a test runs for it. */
const run = new Set([
  ...helpExamples(),
  ...pages.flatMap((page) =>
    blocksOf(page).flatMap(({ runBy, examples }) => (runBy ? examples.map(({ command }) => command) : [])),
  ),
])

test('every command in README.md and docs/ is run by a test, which the comment above it names', () => {
  const wrong = pages.flatMap((page) =>
    blocksOf(page).flatMap(({ line, runBy, examples }) => {
      const at = `${page}:${line}`
      const news = examples.filter(({ command }) => !run.has(command))
      if (runBy === undefined)
        return news.map(({ command }) => `${at}: write <!-- run by test/….test.ts --> above ${command}`)
      if (!existsSync(join(root, runBy))) return [`${at}: there is no ${runBy}`]
      return readFileSync(join(root, runBy), 'utf8').includes(basename(page))
        ? []
        : [`${at}: ${runBy} does not read ${page}`]
    }),
  )
  expect(wrong).toEqual([])
})
