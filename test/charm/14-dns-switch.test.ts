import { expect, test } from 'bun:test'
import { applyEdits } from '../../src/config/document/edit.ts'
import { effectiveConfig } from '../../src/config/document/effective.ts'
import { parseDocumentText } from '../../src/config/document/parse.ts'
import { editsOf } from '../../src/config/import/finding.ts'
import { importSettings } from '../../src/config/import/recognise.ts'

/** Point 14 of the charm's faults: the DNS switch was written under a misspelt key and had no effect. */
test('the misspelt switch turns DNS off', () => {
  const { findings } = importSettings([{ name: 'charm.yaml', text: 'dns_dsnon: false\n' }], {
    oneMachine: false,
  })
  const document = parseDocumentText(applyEdits('', editsOf(findings)), 'x')
  expect(effectiveConfig(document, { name: 'a', roles: ['worker'] }).config.dns.dnsOn).toBe(false)
})
