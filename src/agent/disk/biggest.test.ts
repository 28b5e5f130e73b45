import { expect, test } from 'bun:test'
import { biggestOn } from './biggest.ts'

test('a folder is one word for the shell', () => {
  expect(biggestOn('/nowhere/a;id>$(x)')).toContain(" '/nowhere/a;id>$(x)' | sort")
})
