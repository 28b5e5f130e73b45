import { describe, expect, test } from 'bun:test'
import marathon from '../flags/marathon.json' with { type: 'json' }
import agent from '../flags/mesos-agent.json' with { type: 'json' }
import master from '../flags/mesos-master.json' with { type: 'json' }
import zookeeper from '../flags/zookeeper.json' with { type: 'json' }
import { agentSchema, documentSchema, marathonSchema, masterSchema, zookeeperSchema } from '../schema.ts'
import { kindOf, written } from './kind/kind.ts'
import { optionsIn } from './walk.ts'

const options = optionsIn(documentSchema)
const nameOf = ({ path }: { path: string[] }) => path.join('.')

describe('every option', () => {
  test('is known by its kind and its facts, in words', () => {
    for (const option of options) {
      const { facts, schema } = option
      const kind = kindOf(schema)
      expect({ name: nameOf(option), kind: kind !== undefined, text: /^\S.*\.$/s.test(facts.text) }).toEqual({
        name: nameOf(option),
        kind: true,
        text: true,
      })
      expect({ name: nameOf(option), why: facts.why !== undefined }).toEqual({
        name: nameOf(option),
        why: facts.change === 'immutable',
      })
    }
  })

  test('takes what its program takes by default, and its own default', () => {
    for (const option of options) {
      const { programDefault } = option.facts
      if (programDefault === undefined || kindOf(option.schema)?.name === 'set by meshbox') continue
      const taken = (option.schema as typeof documentSchema).safeParse(programDefault).success
      expect({ name: nameOf(option), taken }).toEqual({ name: nameOf(option), taken: true })
    }
  })

  test('whose default is not that of its program says why', () => {
    for (const option of options) {
      const { programDefault, old, reason } = option.facts
      const own = (option.schema as typeof documentSchema).safeParse(undefined)
      if (programDefault === undefined || !own.success || own.data === undefined) continue
      const differs = !Bun.deepEquals(own.data, programDefault)
      expect({ name: nameOf(option), told: old !== undefined && reason !== undefined }).toEqual({
        name: nameOf(option),
        told: differs,
      })
      if (differs) expect<unknown>(old).toEqual(programDefault)
    }
  })
})

describe('ZooKeeper', () => {
  /** In the server list of an ensemble or for Java itself, not in zoo.cfg. */
  const ours = ['quorumPort', 'electionPort', 'heap', 'extraParameters']
  const rows = optionsIn(zookeeperSchema).filter(({ path }) => !ours.includes(path.join('.')))
  /** Names that begin with the program's stand here without it: they are in its section. */
  const short = (name: string) => name.replace(/^zookeeper\./, '')

  test('has every parameter of 3.8, and none that it has not', () => {
    expect(rows.map(nameOf).sort()).toEqual(zookeeper.parameters.map(({ name }) => short(name)).sort())
  })

  test('what zoo.cfg does not take becomes the Java property of the catalogue', () => {
    /** Read in the code of 3.8.0: there the catalogue has another name, or none. */
    const inCode: Record<string, string> = {
      requestThrottleDropStale: 'zookeeper.request_throttle_drop_stale',
      cnxTimeout: 'zookeeper.cnxTimeout',
      quorumCnxnTimeoutMs: 'zookeeper.quorumCnxnTimeoutMs',
      leaderServes: 'zookeeper.leaderServes',
      'enforce.auth.enabled': 'zookeeper.enforce.auth.enabled',
      'enforce.auth.schemes': 'zookeeper.enforce.auth.schemes',
    }
    /** A secret has no place on a command line; what zoo.cfg does not know becomes a property as well. */
    const secret = ['DigestAuthenticationProvider.superDigest']
    for (const { name, inZooCfg, systemProperty } of zookeeper.parameters) {
      const row = rows.find((each) => nameOf(each) === short(name))
      const property = inCode[name] ?? (systemProperty === 'only' ? name : systemProperty)
      const flag = inZooCfg || secret.includes(name) ? undefined : `-D${property}`
      expect({ name, flag: row?.facts.flag }).toEqual({ name, flag })
    }
  })
})

type Flag = { name: string; default?: string | number | boolean; aliases?: string[]; secret?: boolean }

/** The name of the cluster stands at the top of the document. */
const clusterName = optionsIn(documentSchema).filter(({ path }) => path.join('.') === 'name')

describe.each([
  ['mesos-master', [...optionsIn(masterSchema), ...clusterName], master.flags as Flag[]],
  ['mesos-agent', optionsIn(agentSchema), agent.flags as Flag[]],
  ['marathon', optionsIn(marathonSchema), marathon.flags as Flag[]],
])('%s', (program, all, flags) => {
  const rows = new Map(
    all
      .filter((row) => nameOf(row) !== 'extraFlags')
      .map((row) => [row.facts.flag ?? nameOf(row), row] as const),
  )

  test('has every flag of the catalogue, and none that is not in it', () => {
    expect([...rows.keys()].sort()).toEqual(flags.map(({ name }) => name).sort())
    expect(new Set<string | undefined>([...rows.values()].map(({ facts }) => facts.program))).toEqual(
      new Set<string | undefined>([program]),
    )
  })

  test('has the defaults, the older names and the secrets of the catalogue', () => {
    for (const flag of flags) {
      const row = rows.get(flag.name)
      const { programDefault, before, secret } = row?.facts ?? {}
      const text = programDefault === undefined || !row ? '' : written(row.schema, programDefault)
      expect({ flag: flag.name, default: text, before: before ?? [] }).toEqual({
        flag: flag.name,
        default: String(flag.default ?? ''),
        before: flag.aliases ?? [],
      })
      if (flag.secret) expect({ flag: flag.name, secret }).toEqual({ flag: flag.name, secret: true })
    }
  })

  test('switches are true or false, and nothing else is', () => {
    for (const flag of flags as (Flag & { boolean?: boolean; type?: string })[]) {
      const kind = kindOf(rows.get(flag.name)?.schema ?? documentSchema)?.name
      if (kind === 'set by meshbox') continue
      const isSwitch = flag.boolean === true || flag.type === 'toggle' || flag.type === 'bool'
      expect({ flag: flag.name, isSwitch: kind === 'boolean' }).toEqual({ flag: flag.name, isSwitch })
      if (flag.type === 'int') expect(['integer', 'port']).toContain(kind ?? '')
    }
  })
})

test('the programs themselves take what they have by default', async () => {
  // The recorded `/flags` of a real master and agent name a type for each value by its form.
  const read = async (program: string) =>
    (await Bun.file(`${import.meta.dir}/../../../test/fixtures/mesos/flags-${program}.json`).json())
      .flags as Record<string, string>
  for (const [schema, values] of [
    [masterSchema, await read('master')],
    [agentSchema, await read('agent')],
  ] as const) {
    for (const row of optionsIn(schema)) {
      const value = values[nameOf(row)]
      const kind = kindOf(row.schema)?.name ?? ''
      if (value === undefined || kind === 'set by meshbox') continue
      const typed =
        kind === 'boolean'
          ? value === 'true'
          : ['integer', 'port', 'decimal', 'ratio'].includes(kind)
            ? Number(value)
            : value
      expect({
        option: nameOf(row),
        taken: (row.schema as typeof documentSchema).safeParse(typed).success,
      }).toEqual({ option: nameOf(row), taken: true })
    }
  }
})
