import { z } from 'zod'
import { jsonOf } from '../kind/json.ts'
import { kind } from '../kind/kind.ts'
import { text } from '../kind/text.ts'

const about = 'a mapping, or such JSON as a text'

/** Some structure of Mesos's own that is a mapping, as Mesos's documentation describes it. */
export function structure(example: Record<string, unknown>) {
  return jsonOf(z.record(z.string(), z.unknown(), { error: `must be ${about}` }), {
    name: 'json',
    text: about,
    good: [example],
    bad: [[], [1]],
  })
}

const filled = z.string({ error: 'must be a text' }).min(1, { error: 'must not be empty' })
const credentialOf = z.strictObject(
  { principal: filled, secret: filled.optional() },
  { error: 'must be a mapping of principal and secret' },
)

/** Who somebody is, and the word that proves it. */
export const credential = jsonOf(credentialOf, {
  name: 'credential',
  text: 'a mapping of principal and secret',
  good: [{ principal: 'agent', secret: 'word' }],
  bad: [{ principal: '' }, { secret: 'word' }, { principal: 'a', password: 'b' }, []],
})

const lines = (value: string) => ({
  credentials: value
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([principal]) => principal !== '')
    .map(([principal = '', secret]) => ({ principal, secret })),
})

/** What a text with many of them says, which may be JSON. */
const told = (value: unknown) =>
  typeof value === 'string'
    ? (json(value) ?? (/^[^\s{[/]\S*\s+\S+/.test(value) ? lines(value) : value))
    : value

/** Those of a file that somebody else has written: as Mesos does, it passes over what is not known. */
export const credentialsFile = z.preprocess(
  told,
  z.object({
    credentials: z.array(z.object({ principal: z.string(), secret: z.string().default('') })),
  }),
)

const error = 'must be a mapping with a list of credentials, each with principal and secret'

/** Many of them; also as lines `principal secret`, which Mesos takes too. */
export const credentials = kind(
  z.preprocess(
    told,
    z.strictObject({ credentials: z.array(credentialOf, { error }).min(1, { error }) }, { error }),
  ),
  {
    name: 'credentials',
    text: '{credentials: [{principal, secret}]}, or a line "principal secret" for each',
    good: [{ credentials: [{ principal: 'marathon', secret: 'word' }] }, 'marathon word'],
    bad: [{ credentials: [] }, { credentials: [{ secret: 'word' }] }, { principal: 'a' }, 'marathon', 5, []],
    json: { type: ['object', 'string'] },
    write: (value) => JSON.stringify(value),
  },
)

function json(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

const moduleError = 'must be a mapping with a list of libraries, each with a file or a name and its modules'

export const modules = jsonOf(
  z.strictObject(
    {
      libraries: z.array(
        z.looseObject(
          { modules: z.array(z.looseObject({ name: filled }), { error: moduleError }).optional() },
          { error: moduleError },
        ),
        { error: moduleError },
      ),
    },
    { error: moduleError },
  ),
  {
    name: 'modules',
    text: '{libraries: [{file, modules: [{name, parameters}]}]}',
    good: [{ libraries: [{ file: '/lib/x.so', modules: [{ name: 'org_example_X' }] }] }],
    bad: [{ libraries: {} }, { modules: [] }, []],
  },
)

const domainError = 'must be {fault_domain: {region: {name}, zone: {name}}}'
const named = z.strictObject({ name: filled }, { error: domainError })

export const faultDomain = jsonOf(
  z.strictObject(
    { fault_domain: z.strictObject({ region: named, zone: named }, { error: domainError }) },
    { error: domainError },
  ),
  {
    name: 'fault domain',
    text: '{fault_domain: {region: {name}, zone: {name}}}',
    good: [{ fault_domain: { region: { name: 'eu' }, zone: { name: 'eu-1' } } }],
    bad: [{ region: 'eu' }, { fault_domain: {} }, []],
  },
)

/** The name of something in a module. */
export const symbol = kind(text.min(1, { error: 'must not be empty' }), {
  name: 'text',
  text: 'a name',
  good: ['org_example_X', 'basic'],
  bad: ['', 'two\nlines', 5],
})
