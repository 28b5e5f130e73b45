import { expect, test } from 'bun:test'
import { importedConfig, planned } from './planned.ts'

/** Point 2: `authenticate`, `authenticate_slaves` and `quiet` were written for the agent and removed for the master. */
test('the switches of the master are given to the master, and to nobody else', () => {
  const config = importedConfig({
    authenticate: true,
    authenticate_slaves: true,
    quiet: true,
    credentials: 'fw word',
  })
  const switches = ['--authenticate_frameworks', '--authenticate_agents', '--quiet']
  expect(planned('mesos-master', config).argv).toEqual(expect.arrayContaining(switches))
  expect(planned('mesos-agent', config).argv.filter((word) => /authenticate|quiet/.test(word))).toEqual([])
})
