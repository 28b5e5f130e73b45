import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { checkSettings } from '../config/document/check.ts'
import { isReference } from '../config/option/kind/file-value.ts'
import { kindOf, written } from '../config/option/kind/kind.ts'
import { type Option, optionsIn } from '../config/option/walk.ts'
import { type Config, documentSchema } from '../config/schema.ts'
import { parseZkUrl } from '../config/zookeeper/url.ts'
import { planServices } from './plan.ts'
import { type Availability, choosePrograms, serviceNames } from './provider/choose.ts'
import type { ServiceName, ServiceSpec } from './service/spec.ts'
import { type Flags, loadMesosFlags } from './simulated/flags/mesos.ts'
import { loadMarathonFlags } from './simulated/marathon/flags.ts'

const seed = Number(process.env.MESHBOX_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = process.env.MESHBOX_LONG ? 10_000 : 150
let state = seed
const draw = (below: number) => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
  return (state >> 8) % below
}
const oneOf = <T>(list: readonly T[]) => list[draw(list.length)] as T

const here = Object.fromEntries(
  serviceNames.map((name) => [name, { kind: 'here', provided: { provider: 'system', command: [name] } }]),
) as Record<ServiceName, Availability>
const programs = choosePrograms(here, { simulated: false, self: [] })

function plan(config: Config): ServiceSpec[] {
  const machine = {
    ...{ name: 'one', hostname: 'one', ip: '10.0.0.1', dataDir: '/data', logDir: '/log' },
    ...{ root: true, systemd: false, cpus: 2, memMb: 4096 },
  }
  const servers = [{ id: 1, host: '10.0.0.1', clientPort: 2181, quorumPort: 2888, electionPort: 3888 }]
  return planServices({
    config,
    machine,
    zk: parseZkUrl('zk://10.0.0.1/mesos'),
    birth: { serverId: 1, clientPort: 2181, founder: false, servers },
    programs,
    mode: 'joined',
    roles: { controller: true, worker: true },
  }).services
}

/** How a program reads what it is given: by the rules of its stand-in, which are those of the real one. */
function readBy(spec: ServiceSpec): Map<string, string> {
  const argv = spec.argv.slice(1)
  if (spec.name === 'marathon') {
    const loaded = loadMarathonFlags(argv, spec.env)
    if (loaded.kind !== 'flags') throw new Error(`Marathon refuses: ${JSON.stringify(loaded)}`)
    return loaded.flags
  }
  const contentOf = (path: string) => spec.files.find((file) => file.path === path)?.content.trim() ?? '{}'
  if (spec.name !== 'mesos-master' && spec.name !== 'mesos-agent') return new Map()
  const loaded = loadMesosFlags(spec.name, argv, spec.env, contentOf)
  if (loaded.kind !== 'flags') throw new Error(`${spec.name} refuses: ${JSON.stringify(loaded)}`)
  return throughFiles(loaded.flags, contentOf)
}

/** Flags that are paths stay paths to the program, which then reads the file. */
function throughFiles(flags: Flags, contentOf: (path: string) => string): Map<string, string> {
  return new Map(
    [...flags].map(([name, value]) => {
      const path = /^file:\/\/(\/data\/.*)$/.exec(value)?.[1]
      return [name, path === undefined ? value : contentOf(path)]
    }),
  )
}

const programsOwn = ['mesos-master', 'mesos-agent', 'marathon']
const told = optionsIn(documentSchema).flatMap((option) => {
  if (!programsOwn.includes(option.facts.program ?? '') || option.path.at(-1) === 'extraFlags') return []
  const good = (kindOf(option.schema)?.good ?? []).filter((each) => z.safeParse(option.schema, each).success)
  return good.length > 0 ? [{ option, good }] : []
})

type Setting = { option: Option; value: unknown }

function configWith(settings: Setting[]): Config | undefined {
  const document: Record<string, unknown> = {}
  for (const { option, value } of settings) {
    const inside = option.path.slice(0, -1).reduce<Record<string, unknown>>((at, key) => {
      at[key] ??= {}
      return at[key] as Record<string, unknown>
    }, document)
    inside[option.path.at(-1) ?? ''] = value
  }
  const checked = checkSettings(document)
  return checked.kind === 'valid' ? checked.config : undefined
}

/** Every setting is what its program reads. */
function examine(settings: Setting[]): boolean {
  const config = configWith(settings)
  if (!config) return false // several broke a rule together
  const read = new Map(plan(config).map((spec) => [spec.name, readBy(spec)] as const))
  for (const { option, value } of settings) {
    const { program = '', flag = option.path.at(-1) ?? '' } = option.facts
    const inFile = option.facts.file === true && isReference(value)
    const output = z.safeParse(option.schema, value).data
    const wanted = inFile ? undefined : written(option.schema, output)
    const got = read.get(program as ServiceName)?.get(flag)
    const about = { seed, option: option.path.join('.'), value }
    if (inFile) expect({ ...about, given: got !== undefined }).toEqual({ ...about, given: true })
    else expect({ ...about, got: same(got) }).toEqual({ ...about, got: same(wanted) })
  }
  return true
}

/** The programs print durations and JSON in their own way. */
function same(text: string | undefined): unknown {
  if (text === undefined) return undefined
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(ns|us|ms|secs|mins|hrs|days|weeks)$/.exec(text) ?? []
  if (digits !== undefined) {
    const perUnit = {
      ns: 1,
      us: 1e3,
      ms: 1e6,
      secs: 1e9,
      mins: 6e10,
      hrs: 3.6e12,
      days: 8.64e13,
      weeks: 6.048e14,
    }
    return Math.round(Number(digits) * perUnit[unit as keyof typeof perUnit])
  }
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

describe(`what the document sets is what the programs read, seed ${seed}`, () => {
  test('each option by itself', () => {
    const tried = told.filter(({ option, good }) =>
      good.map((value) => examine([{ option, value }])).some(Boolean),
    )
    expect(tried.length).toBeGreaterThan(told.length * 0.95)
  })

  test('any of them together', () => {
    for (let round = 0; round < rounds; round++) {
      const chosen = new Map(
        Array.from({ length: 1 + draw(12) }, () => oneOf(told)).map((each) => [each.option, each]),
      )
      examine([...chosen.values()].map(({ option, good }) => ({ option, value: oneOf(good) })))
    }
  })
})
