import { describe, expect, test } from 'bun:test'
import { parse } from 'yaml'
import { changesBetween } from '../../config/document/changes.ts'
import { checkSettings } from '../../config/document/check.ts'
import { applyEdits, type Edit } from '../../config/document/edit.ts'
import { effectiveConfig } from '../../config/document/effective.ts'
import { valueAt } from '../../config/document/layers.ts'
import { parseDocumentText } from '../../config/document/parse.ts'
import { kindOf } from '../../config/option/kind/kind.ts'
import { type Option, optionsIn } from '../../config/option/walk.ts'
import { type Config, documentSchema } from '../../config/schema.ts'
import { parseZkUrl } from '../../config/zookeeper/url.ts'
import { planServices } from '../../supervisor/plan.ts'
import type { PlanInput } from '../../supervisor/program/input.ts'
import { type Availability, choosePrograms, serviceNames } from '../../supervisor/provider/choose.ts'
import type { ServiceName } from '../../supervisor/service/spec.ts'
import { concernsPrograms, decideActions, type Now } from './actions.ts'
import { type Setup, waitsHere, withHeld } from './hold.ts'

const seed = Number(process.env.MESHBOX_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = process.env.MESHBOX_LONG ? 1000 : 60
let state = seed
const draw = (below: number) => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
  return (state >> 8) % below
}

function configOf(settings: object): Config {
  const checked = checkSettings(settings)
  if (checked.kind === 'valid') return checked.config
  throw new Error(JSON.stringify(checked.faults))
}

/** All of them are installed, except these. */
function programs(less: Partial<Record<ServiceName, Availability>>) {
  const here = Object.fromEntries(
    serviceNames.map((name) => [name, { kind: 'here', provided: { provider: 'system', command: [name] } }]),
  ) as Record<ServiceName, Availability>
  return choosePrograms({ ...here, ...less }, { simulated: false, self: [] })
}

const input = (config: Config, more: Partial<PlanInput> = {}): PlanInput => ({
  config,
  machine: {
    name: 'one',
    hostname: 'one',
    ip: '10.0.0.1',
    dataDir: '/data',
    logDir: '/log',
    root: true,
    systemd: false,
    cpus: 2,
    memMb: 4096,
  },
  zk: parseZkUrl('zk://10.0.0.1/mesos'),
  birth: {
    serverId: 1,
    clientPort: 2181,
    founder: false,
    servers: [{ id: 1, host: '10.0.0.1', clientPort: 2181, quorumPort: 2888, electionPort: 3888 }],
  },
  programs: programs({}),
  mode: 'joined',
  roles: { controller: true, worker: true },
  ...more,
})

const applied = (wanted: PlanInput): Now => ({
  config: wanted.config,
  services: planServices(wanted).services,
})
const before = configOf({})

const options = optionsIn(documentSchema)
const goodOf = ({ schema }: Option) => kindOf(schema)?.good ?? []

/** A document with such values; undefined where no document may have them. */
function documentWith(edits: Edit[]): Config | undefined {
  try {
    return parseDocumentText(applyEdits('', edits), 'x').common
  } catch {
    return undefined
  }
}

/** Some options at random, with good values. */
function changed(): Config | undefined {
  const edits = Array.from({ length: 1 + draw(4) }, () => {
    const option = options[draw(options.length)]
    const good = option ? goodOf(option) : []
    return { path: option?.path ?? [], value: good[draw(good.length)] }
  })
  return documentWith(edits.filter(({ value }) => value !== undefined))
}

describe('whatever options change', () => {
  const now = applied(input(before))

  /** What the plan must be like whichever configuration is wanted. */
  function examine(config: Config, what: unknown): void {
    const wanted = input(config)
    const actions = decideActions(wanted, now, false)
    const told = actions.flatMap((action) => action.options.map(({ option }) => option)).sort()
    const differ = changesBetween(before, config).map(({ path }) => path.join('.'))
    expect({ what, told }).toEqual({ what, told: differ.sort() })
    expect(decideActions(wanted, now, false)).toEqual(actions)
    const waits = actions.some((action) => action.waits)
    expect({ what, unseen: waits && !concernsPrograms(before, config) }).toEqual({ what, unseen: false })
    const done = applied(wanted)
    if (actions.every(({ kind }) => kind !== 'refuse'))
      expect({ what, left: decideActions(wanted, done, false) }).toEqual({ what, left: [] })
  }

  test('there is something to do, it is the same each time, and once done there is nothing', () => {
    expect(decideActions(input(before), now, false)).toEqual([])
    for (let round = 0; round < rounds; round++) {
      const config = changed()
      if (config) examine(config, { seed, round })
    }
  })

  test('each option that there is is told by the plan', () => {
    const edits = options.flatMap((option) => {
      const value = goodOf(option).find((good) => !Bun.deepEquals(good, valueAt(before, option.path)))
      return value === undefined ? [] : [{ path: option.path, value }]
    })
    let tried = 0
    /** Many at once, or in halves where they do not go together. */
    function tryAll(some: Edit[]): void {
      const config = documentWith(some)
      if (config) {
        tried += some.length
        examine(
          config,
          some.map(({ path }) => path.join('.')),
        )
      } else if (some.length > 1) {
        tryAll(some.slice(0, some.length / 2))
        tryAll(some.slice(some.length / 2))
      }
    }
    for (let at = 0; at < edits.length; at += 16) tryAll(edits.slice(at, at + 16))
    expect(tried).toBeGreaterThan(edits.length * 0.9)
  })

  test('what starts something anew or cannot change stays as it was while it waits, and only that', () => {
    const bare: Setup = { settings: {}, config: before }
    for (let round = 0; round < rounds; round++) {
      const config = changed()
      if (!config) continue
      const gate = { allowed: false, runs: () => true }
      const waits = (path: string[]) => waitsHere(path, gate)
      const held = withHeld({ settings: config, config }, bare, gate).config
      const left = changesBetween(held, config).map(({ path }) => path)
      expect({ seed, round, left: left.filter((path) => !waits(path)) }).toEqual({ seed, round, left: [] })
      const done = changesBetween(before, held).map(({ path }) => path)
      expect({ seed, round, done: done.filter(waits) }).toEqual({ seed, round, done: [] })
    }
  })
})

describe('an action', () => {
  const decide = (settings: object, now = applied(input(before)), free = false) =>
    decideActions(input(configOf(settings)), now, free)

  test('tells which option changed, from what to what, and who notices', () => {
    expect(decide({ mesos: { agent: { port: 5052 } } })).toMatchObject([
      {
        part: 'mesos-agent',
        kind: 'restart',
        class: 'restart',
        waits: true,
        options: [{ option: 'mesos.agent.port', from: 5051, to: 5052 }],
        blast: expect.stringContaining('tasks of this machine go on'),
      },
    ])
  })

  test('that starts a program anew waits for the permit, unless the machine is a trial', () => {
    const settings = { zookeeper: { tickTime: 3000 }, name: 'x', dns: { ttl: 5 } }
    const short = (free: boolean) =>
      decide(settings, undefined, free).map(({ part, kind, waits }) => `${part} ${kind} ${waits}`)
    expect(short(false)).toEqual(['zookeeper restart true', 'mesos-master restart true', 'dns change false'])
    expect(short(true)).toEqual(['zookeeper restart false', 'mesos-master restart false', 'dns change false'])
  })

  test('starts what does not run yet, and stops what is not for this machine any more', () => {
    const wanted = input(before, { roles: { controller: false, worker: true } })
    expect(
      decideActions(wanted, { config: before, services: [] }, false).map(({ part, kind }) => [part, kind]),
    ).toEqual([
      ['zookeeper', 'start'],
      ['mesos-agent', 'start'],
    ])
    expect(
      decideActions(wanted, applied(input(before)), false).map(({ part, kind }) => [part, kind]),
    ).toEqual([
      ['mesos-master', 'stop'],
      ['marathon', 'stop'],
    ])
  })

  test('is refused where the birth has decided, and nothing starts anew by it', () => {
    expect(decide({ zookeeper: { clientPort: 2182, dataLogDir: '/fast' } })).toMatchObject([
      { part: 'zookeeper', kind: 'refuse', options: [{ option: 'zookeeper.clientPort' }] },
      { part: 'zookeeper', kind: 'refuse', options: [{ option: 'zookeeper.dataLogDir' }] },
    ])
  })

  test('comes later where the agent of meshbox has to start again', () => {
    expect(decide({ api: { port: 7950 } })).toMatchObject([
      { part: 'meshbox', kind: 'keep', why: 'it counts when the agent of this machine starts again' },
    ])
  })

  test('on a program that does not run on this machine changes nothing, and is told', () => {
    const { birth: _, ...worker } = input(configOf({ zookeeper: { tickTime: 3000 } }))
    const { birth: __, ...ran } = input(before)
    expect(decideActions(worker, applied(ran), false)).toMatchObject([
      { part: 'zookeeper', kind: 'keep', why: 'it does not run on this machine', waits: false },
    ])
  })

  test('for another package starts the program anew, one machine at a time', () => {
    const packages = { zookeeper: { provider: 'apt' }, marathon: { provider: 'apt' } }
    expect(decide({ packages })).toMatchObject([
      { part: 'zookeeper', kind: 'restart', waits: true },
      { part: 'marathon', kind: 'restart', waits: true },
    ])
  })

  test('of versions goes from the masters to the agents, and back the other way', () => {
    const versions = (version: string) => ({
      packages: { 'mesos-master': { provider: 'apt', version }, 'mesos-agent': { provider: 'apt', version } },
    })
    const [old, young] = [versions('1.10.0'), versions('1.11.0')]
    const partsOf = (from: object, to: object) =>
      decideActions(input(configOf(to)), applied(input(configOf(from))), false).map(({ part }) => part)
    expect(partsOf(old, young)).toEqual(['mesos-master', 'mesos-agent'])
    expect(partsOf(young, old)).toEqual(['mesos-agent', 'mesos-master'])
  })

  test('that no option asked for tells what is new on the command line', () => {
    const zk = parseZkUrl('zk://10.0.0.1,10.0.0.2,10.0.0.3/mesos')
    const { birth: _, ...three } = input(before, { zk })
    const [master] = decideActions(three, applied(input(before)), false).filter(
      ({ part }) => part === 'mesos-master',
    )
    expect(master?.why).toContain('--quorum=2')
  })

  test('for a program that is not installed there is none, unless its options change', () => {
    const absent = programs({ marathon: { kind: 'absent', reason: 'marathon is not installed' } })
    const services = planServices(input(before, { programs: absent })).services
    expect(decideActions(input(before, { programs: absent }), { config: before, services }, false)).toEqual(
      [],
    )
    const config = configOf({ marathon: { http_port: 8081 } })
    expect(
      decideActions(input(config, { programs: absent }), { config: before, services }, false),
    ).toMatchObject([{ part: 'marathon', kind: 'keep', why: 'marathon is not installed' }])
  })
})

/** Milliseconds of the fastest of some runs. */
function fastest(run: () => void): number {
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now()
    run()
    return performance.now() - start
  })
  return Math.min(...times)
}

test('checking and planning 1,000 machines that differ takes little more than reading their YAML does', () => {
  const machines = Array.from(
    { length: 1000 },
    (_, at) =>
      `  m${at}: { mesos: { agent: { attributes: "rack:r${at}", port: ${5051 + at} } }, dns: { ttl: ${at + 60} } }`,
  )
  const text = `zookeeper: { tickTime: 3000 }\nnodes:\n${machines.join('\n')}\n`
  const now = applied(input(before))
  const reading = fastest(() => parse(text))
  const whole = fastest(() => {
    const { config } = effectiveConfig(parseDocumentText(text, 'x'), { name: 'm7', roles: ['worker'] })
    expect(decideActions(input(config), now, false)).toHaveLength(3)
  })
  expect(whole).toBeLessThan(4 * reading)
})
