import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asciiOf, hasAllLetters } from './letters.ts'

test.each([
  [{}, true],
  [{ LANG: '' }, true],
  [{ LANG: 'C.UTF-8' }, true],
  [{ LANG: 'de_DE.utf8' }, true],
  [{ LANG: 'ca_ES.UTF-8@valencia' }, true],
  [{ LANG: 'C' }, false],
  [{ LANG: 'POSIX' }, false],
  [{ LANG: 'en_US' }, false],
  [{ LANG: 'de_DE.ISO-8859-1' }, false],
  [{ LANG: 'de_DE.UTF-8', LC_ALL: 'C' }, false],
  [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, true],
  [{ LANG: 'C', LC_CTYPE: '', LC_ALL: '' }, false],
])('%p has all letters: %p', (env, all) => {
  expect(hasAllLetters(env)).toBe(all)
})

test('what is cut short in a column keeps its width', () => {
  expect(asciiOf('zookeeper-of-…  ready\nexamining … 3s')).toBe('zookeeper-of-~  ready\nexamining ... 3s')
})

test('every sign that the sources write has an ASCII one', () => {
  const src = join(import.meta.dir, '../..')
  const signs = readdirSync(src, { recursive: true })
    .map(String)
    .filter((path) => /\.ts$/.test(path) && !/\.test\.ts$|(^|\/)page\//.test(path))
    .flatMap((path) => readFileSync(join(src, path), 'utf8').match(/[^\0-\x7f]/g) ?? [])
  expect([...new Set(signs)].map(asciiOf).join('')).toMatch(/^[\0-\x7f]+$/)
})
