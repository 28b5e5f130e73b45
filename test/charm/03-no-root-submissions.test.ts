import { expect, test } from 'bun:test'
import { importedConfig, planned } from './planned.ts'

/** Point 3: `root_submissions=false` was written as a value, not as `--no-root_submissions`. */
test('a switch that is off is given as --no-…, and as nothing where that is the default', () => {
  const off = planned('mesos-master', importedConfig({ root_submissions: false, quiet: false })).argv
  expect(off).toContain('--no-root_submissions')
  expect(off.some((word) => word.includes('=false'))).toBe(false)
  const on = planned('mesos-master', importedConfig({ root_submissions: true })).argv
  expect(on.join(' ')).not.toContain('no-root_submissions')
})
