import { expect, test } from 'bun:test'
import { editsOf } from '../../src/config/import/finding.ts'
import { importSettings } from '../../src/config/import/recognise.ts'

const imported = (mname: string, rname: string) => {
  const text = `dns_SOAMname: ${mname}\ndns_SOARname: ${rname}\n`
  const { findings } = importSettings([{ name: 'charm.yaml', text }], { oneMachine: false })
  const names = Object.fromEntries(editsOf(findings).map(({ path, value }) => [path.at(-1), value]))
  return { names, told: findings.filter((each) => each.kind === 'taken' && each.mended !== undefined).length }
}

/** Point 13 of the charm's faults: the defaults of dns_SOAMname and dns_SOARname were swapped. */
test('the swapped defaults are taken the right way round, and it is said; other names are taken as they are', () => {
  expect(imported('root.ns1.mesos', 'ns1.mesos')).toEqual({
    names: { soaMname: 'ns1.mesos', soaRname: 'root.ns1.mesos' },
    told: 2,
  })
  expect(imported('a.example', 'me.example')).toEqual({
    names: { soaMname: 'a.example', soaRname: 'me.example' },
    told: 0,
  })
})
