import { expect, test } from 'bun:test'
import { masterSchema } from '../../config/schema.ts'
import { setIn } from './set.ts'

test('an older program gets the flags that it has, by the names that it knows', () => {
  const values = { agent_ping_timeout: '20secs', hostname_lookup: false, roles: ['web'] }
  const flags = (version?: string) => setIn(masterSchema, values, '/data', version).flags
  expect(flags()).toEqual({ agent_ping_timeout: '20secs', hostname_lookup: false, roles: 'web' })
  expect(flags('1.4.1-2.0.1')).toEqual(flags())
  expect(flags('0.22.1-1.0')).toEqual({ slave_ping_timeout: '20secs', roles: 'web' })
})
