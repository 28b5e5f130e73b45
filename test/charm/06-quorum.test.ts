import { expect, test } from 'bun:test'
import { importSettings } from '../../src/config/import/recognise.ts'

/** Point 6 of the charm's faults: quorum was (n+1)/2 rounded down, no majority for an even number of masters. */
test('a quorum that is no majority is never taken over, and is told', () => {
  for (let masters = 1; masters <= 7; masters++) {
    const hosts = Array.from({ length: masters }, (_, index) => `m${index}`).join(',')
    const charms = Math.max(1, Math.floor((masters + 1) / 2))
    const majority = Math.floor(masters / 2) + 1
    const text = `quorum: ${charms}\nzookeeper: zk://${hosts}/mesos\n`
    const { findings } = importSettings([{ name: 'charm.yaml', text }], { oneMachine: false })
    expect(findings.some(({ kind }) => kind === 'taken')).toBe(false)
    const told = findings.find(({ from }) => from === 'quorum')
    expect(told?.kind).toBe(charms === majority ? 'left' : 'mended')
    if (charms !== majority) expect(told).toMatchObject({ why: expect.stringContaining(`${majority} is`) })
  }
})
