import { expect, test } from 'bun:test'
import { createTable, weightOf } from './table.ts'

const entry = (i: number, value = 0) => ({ name: `m${i}`, value })

function filled(count: number) {
  const table = createTable<{ name: string; value: number }>()
  for (let i = 0; i < count; i++) table.set(entry(i))
  return table
}

test.each([0, 1, 100, 5000])('%i entries are found, replaced and deleted by name', (count) => {
  const table = filled(count)
  table.set(entry(count))
  table.set(entry(count, 7))
  expect([table.size(), table.all().length]).toEqual([count + 1, count + 1])
  expect(table.get(`m${count}`)).toEqual(entry(count, 7))
  table.delete(`m${count}`)
  table.delete('nobody')
  expect([table.size(), table.get(`m${count}`)]).toEqual([count, undefined])
})

test('the parts hold all entries, about as many each', () => {
  const table = filled(5000)
  const sizes = Array.from({ length: table.parts() }, (_, i) => table.part(i).length)
  expect(sizes.reduce((sum, size) => sum + size)).toBe(5000)
  expect(Math.max(...sizes)).toBe(table.deepest())
  expect(table.deepest()).toBeLessThan(30)
})

test('a copy shares what neither changes, and sees no change of the other', () => {
  const table = filled(100)
  const copy = table.copy()
  copy.set(entry(3, 9))
  copy.set(entry(100))
  table.delete('m5')
  expect([table.get('m3')?.value, table.size()]).toEqual([0, 99])
  expect([copy.get('m3')?.value, copy.size(), copy.get('m5')?.value]).toEqual([9, 101, 0])
  const shared = Array.from({ length: table.parts() }, (_, i) => table.part(i) === copy.part(i))
  expect(shared.filter((same) => !same).length).toBeLessThanOrEqual(3)
})

test('the sum tells whether two tables hold the same, however they came to it', () => {
  const weigh = ({ name, value }: { name: string; value: number }) =>
    value < 0 ? 0 : weightOf(`${name} ${value}`)
  const [one, other] = [createTable(weigh), createTable(weigh)]
  for (let i = 0; i < 1000; i++) one.set(entry(i, i % 7))
  for (let i = 999; i >= 0; i--) other.set(entry(i))
  expect(other.sum()).not.toBe(one.sum())
  for (let i = 0; i < 1000; i++) other.set(entry(i, i % 7))
  expect(other.sum()).toBe(one.sum())
  other.set(entry(1000, -1))
  expect(other.copy().sum()).toBe(one.sum())
  other.set(entry(3, 4))
  expect(other.sum()).not.toBe(one.sum())
  other.delete('m3')
  one.delete('m3')
  expect(other.sum()).toBe(one.sum())
  expect(Number.isSafeInteger(one.sum())).toBe(true)
})
