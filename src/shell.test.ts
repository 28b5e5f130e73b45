import { expect, test } from 'bun:test'
import { word } from './shell.ts'

const nasty = [
  '',
  ' ',
  "it's",
  'a;id',
  '$(id)',
  '`id`',
  '~root',
  'A=b',
  'a\nb',
  '\\',
  '!x',
  '*',
  '{a,b}',
  '#',
]

test('what a shell would take for something else is one word', async () => {
  const script = `printf '%s\\0' ${nasty.map(word).join(' ')}`
  const said = await new Response(Bun.spawn(['sh', '-c', script]).stdout).text()
  expect(said.split('\0')).toEqual([...nasty, ''])
})

test('what needs no quotes has none', () => {
  expect(word('/var/lib/meshbox-2/a_b.c')).toBe('/var/lib/meshbox-2/a_b.c')
})
