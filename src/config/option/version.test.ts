import { expect, test } from 'bun:test'
import { nameIn } from './version.ts'

const facts = { text: '', change: 'restart', since: '1.0.0', before: ['slave_ping_timeout'] } as const

test('an option is called as the version of its program calls it', () => {
  const named = (version?: string) => nameIn(version, 'agent_ping_timeout', facts)
  expect(named()).toBe('agent_ping_timeout')
  expect(named('1.0.0')).toBe('agent_ping_timeout')
  expect(named('1.10')).toBe('agent_ping_timeout')
  expect(named('1:0.28.2-2.0.27.debian81')).toBe('slave_ping_timeout')
  expect(nameIn('0.28.2', 'domain', { text: '', change: 'restart', since: '1.5.0' })).toBeUndefined()
  expect(nameIn('1.9.0', 'gone', { text: '', change: 'restart', until: '1.9.0' })).toBeUndefined()
})
