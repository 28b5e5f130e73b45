import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import marathon from '../../src/config/flags/marathon.json' with { type: 'json' }
import agent from '../../src/config/flags/mesos-agent.json' with { type: 'json' }
import master from '../../src/config/flags/mesos-master.json' with { type: 'json' }
import { charmPlace } from '../../src/config/import/charm.ts'
import { placeOf } from '../../src/config/import/flag.ts'
import { importSettings } from '../../src/config/import/recognise.ts'
import options from '../fixtures/charm/options.json' with { type: 'json' }

/** Point 20: the test was empty; so were the options that its README lists as missing: Marathon's, the rest of the master's and of the agent's. */
describe('the options of the charm', () => {
  test('are all known: each has a place, or a reason why it needs none', () => {
    expect(Object.keys(options)).toHaveLength(63)
    expect(Object.keys(options).filter((name) => charmPlace(name) === undefined)).toEqual([])
  })

  test('with their defaults make a valid document; nothing is left out without a reason', () => {
    const defaults = Object.fromEntries(Object.entries(options).map(([name, about]) => [name, about.default]))
    const source = { name: 'charm.json', text: JSON.stringify(defaults) }
    const { findings, unknown } = importSettings([source], { oneMachine: false })
    expect(unknown).toEqual([])
    const set = Object.entries(defaults).filter(([, value]) => value !== '')
    expect(findings.map(({ from }) => from).sort()).toEqual(set.map(([name]) => name).sort())
  })

  test("lacked Marathon's, and most of the master's and of the agent's: each has one now", () => {
    const programs = [
      ['mesos-master', master.flags],
      ['mesos-agent', agent.flags],
      ['marathon', marathon.flags],
    ] as const
    const lacking = programs.flatMap(([program, flags]) =>
      flags.flatMap(({ name }) => {
        const place = placeOf(program, name)
        return 'path' in place && place.path.includes('extraFlags') ? [place.path.join('.')] : []
      }),
    )
    expect(lacking).toEqual([])
  })
})

test('every fault of the charm that the document answers for has a test of its own', () => {
  const points = readdirSync(import.meta.dir).flatMap((name) => /^(\d\d)-.*\.test\.ts$/.exec(name)?.[1] ?? [])
  const answered = [1, 2, 3, 4, 6, 10, 13, 14, 16, 17, 18, 20].map((point) => String(point).padStart(2, '0'))
  expect(answered.filter((point) => !points.includes(point))).toEqual([])
})
