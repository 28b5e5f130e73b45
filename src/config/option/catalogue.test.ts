import { describe, expect, test } from 'bun:test'
import zookeeper from '../flags/zookeeper.json' with { type: 'json' }
import { documentSchema, zookeeperSchema } from '../schema.ts'
import { kindOf } from './kind/kind.ts'
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
  /** In the server list of an ensemble, not in zoo.cfg. */
  const ours = ['quorumPort', 'electionPort', 'extraParameters']
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
