import { expect, test } from 'bun:test'
import { importedConfig, planned } from './planned.ts'

/** Point 18 of the charm's faults: option values went through a shell unquoted. */
test('a value reaches its program as it was written, whatever a shell would make of it', () => {
  const nasty = `a:$(touch /tmp/x) \`id\` "b" 'c' ; rm -rf * && echo | x > y \\ #`
  // To Mesos a semicolon begins another attribute.
  const attribute = nasty.replace(';', ';b:')
  const config = importedConfig({ slave_attributes: attribute, allocator: nasty })
  expect(planned('mesos-agent', config).argv).toContain(`--attributes=${attribute}`)
  expect(planned('mesos-master', config).argv).toContain(`--allocator=${nasty}`)
})
