import { expect, test } from 'bun:test'
import type { Screen } from '../cli/screen.ts'
import { fitting } from './table.ts'

const on = (width: number) => ({ width, paint: (_: string, text: string) => text }) as Screen
const titles = ['MACHINE', 'ADDRESS', 'STATE', 'DOC']
const rows = [
  ['worker-with-a-long-name-1.example', '10.0.0.1', 'ready', '4'],
  ['w2', '10.0.0.2', 'failed', ''],
]
const shown = (width: number) => fitting(on(width), titles, rows, ['ADDRESS', 'MACHINE', 'DOC']).split('\n')

test('what fits is shown whole', () => {
  expect(shown(80)[1]).toBe('worker-with-a-long-name-1.example  10.0.0.1  ready   4')
})

test('what does not goes without a column, then with shorter names, then without another column', () => {
  expect(shown(50)[1]).toBe('worker-with-a-long-name-1.example  ready   4')
  expect(shown(40)).toEqual([
    'MACHINE                      STATE   DOC',
    'worker-with-a-long-name-1.…  ready   4',
    'w2                           failed',
  ])
  expect(shown(20)[1]).toBe('worker-with-a-l…  ready')
})

test('two names that would look alike stay whole', () => {
  const alike = [
    ['machine-of-the-cluster-1', '10.0.0.1', 'ready', '4'],
    ['machine-of-the-cluster-2', '10.0.0.2', 'ready', '4'],
  ]
  const lines = fitting(on(30), titles, alike, ['ADDRESS', 'MACHINE', 'DOC']).split('\n')
  expect(lines.slice(1)).toEqual(['machine-of-the-cluster-1  ready', 'machine-of-the-cluster-2  ready'])
})
