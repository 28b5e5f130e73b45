import { expect, test } from 'bun:test'
import { importedConfig, planned } from './planned.ts'

/** Point 1 of the charm's faults: `allocation_interval` ended up as the value of `authenticate`. */
test('allocation_interval and authenticate each reach their own flag', () => {
  const { argv } = planned(
    'mesos-master',
    importedConfig({ allocation_interval: '7secs', authenticate: true, credentials: 'fw word' }),
  )
  expect(argv).toContain('--allocation_interval=7secs')
  expect(argv).toContain('--authenticate_frameworks')
  expect(argv.filter((word) => word.includes('7secs'))).toHaveLength(1)
})
