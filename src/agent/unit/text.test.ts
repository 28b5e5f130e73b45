import { expect, test } from 'bun:test'
import { unitText } from './text.ts'

test('the unit runs the binary where it is', () => {
  expect(unitText(['/usr/local/bin/meshbox'])).toContain('\nExecStart=/usr/local/bin/meshbox agent\n')
})

test('words that mean something to systemd are quoted', () => {
  expect(unitText(['/opt/my tools/100%/me$h"box'])).toContain(
    '\nExecStart="/opt/my tools/100%%/me$$h\\"box" agent\n',
  )
})
