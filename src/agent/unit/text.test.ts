import { expect, test } from 'bun:test'
import { unitText } from './text.ts'

test('the unit runs the binary where it is', () => {
  expect(unitText(['/usr/local/bin/meshbox'], 252)).toContain('\nExecStart=/usr/local/bin/meshbox agent\n')
})

test('words that mean something to systemd are quoted', () => {
  expect(unitText(['/opt/my tools/100%/me$h"box'], 252)).toContain(
    '\nExecStart="/opt/my tools/100%%/me$$h\\"box" agent\n',
  )
})

test('limits of the programs need a group of its own for the agent, which systemd knows from 254 on', () => {
  expect(unitText(['/m'], 253)).not.toContain('DelegateSubgroup')
  expect(unitText(['/m'], 254)).toContain('\nDelegate=yes\nDelegateSubgroup=agent\nTasksMax=infinity\n')
})
