import { expect, test } from 'bun:test'
import { fateOf, signed, unitText } from './text.ts'

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

test('a unit of another version is brought up to date, and one that somebody has changed is theirs', () => {
  const wanted = unitText(['/m'], 254)
  const older = signed(wanted.slice(wanted.indexOf('[Unit]')).replace('RestartSec=2', 'RestartSec=1'))
  expect(fateOf(undefined, wanted)).toBe('outdated')
  expect(fateOf(wanted, wanted)).toBe('same')
  expect(fateOf(older, wanted)).toBe('outdated')
  expect(fateOf(older.replace('RestartSec=1', 'RestartSec=9'), wanted)).toBe('edited')
  expect(fateOf(wanted.replace('WantedBy=', 'WantedBy=x '), wanted)).toBe('edited')
  expect(fateOf('[Service]\nExecStart=/bin/meshbox agent\n', wanted)).toBe('edited')
})
