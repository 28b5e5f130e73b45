import { expect, test } from 'bun:test'
import { optionsIn } from '../option/walk.ts'
import { documentSchema } from '../schema.ts'
import { documentJsonSchema } from './json-schema.ts'

type Node = { properties?: Record<string, Node>; description?: string; $defs?: Record<string, Node> }
const schema = documentJsonSchema() as Node
const at = (from: Node | undefined, path: string[]) =>
  path.reduce<Node | undefined>((node, key) => node?.properties?.[key], from)

test('the JSON Schema has every option with its text', () => {
  for (const { path, facts } of optionsIn(documentSchema))
    expect({ path, text: at(schema, path)?.description }).toEqual({ path, text: facts.text })
})

test('a layer has the options alone in which machines may differ', () => {
  const machine = schema.$defs?.['options of a machine']
  expect(at(machine, ['dns', 'port'])).toMatchObject({ type: 'integer', maximum: 65535 })
  expect(at(machine, ['gossip', 'port'])).toBeUndefined()
  expect(at(machine, ['zookeeper', 'tickTime'])).toBeUndefined()
  expect(at(schema.$defs?.['options of a controller'], ['zookeeper', 'tickTime'])).toBeDefined()
})

test('what may be written in two ways may be in the schema too', () => {
  expect(at(schema, ['zookeeper', 'enforce.auth.schemes'])).toMatchObject({
    anyOf: [{ type: 'array' }, { type: 'string' }],
  })
  expect(at(schema, ['zookeeper', 'dataDir'])).toMatchObject({ not: {} })
})
