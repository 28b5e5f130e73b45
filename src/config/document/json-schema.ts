import { z } from 'zod'
import { kindOf } from '../option/kind/kind.ts'
import { factsOf } from '../option/option.ts'
import { type Option, optionsIn } from '../option/walk.ts'
import { documentSchema } from '../schema.ts'
import { type Above, mayStandIn } from './local.ts'
import { matchSchema } from './selector.ts'

type JsonSchema = z.core.JSONSchema.BaseSchema

/** The document as a JSON Schema (draft 2020-12), with the layers: for editors, which complete and check as one types. */
export function documentJsonSchema(): JsonSchema {
  const { $schema, properties, ...top } = jsonOf(documentSchema)
  const match = jsonOf(matchSchema)
  const layer = (above: Above) => reference(`options of a ${above}`)
  return {
    ...($schema ? { $schema } : {}),
    title: 'the shared document of a meshbox cluster',
    ...top,
    properties: {
      ...properties,
      roles: {
        type: 'object',
        additionalProperties: false,
        properties: { worker: layer('worker'), controller: layer('controller') },
      },
      selectors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['match'],
          properties: { match: reference('match') },
          allOf: [layer('machine')],
        },
      },
      nodes: { type: 'object', additionalProperties: layer('machine') },
    },
    $defs: {
      match,
      ...Object.fromEntries(
        (['worker', 'controller', 'machine'] as const).map((above) => [
          `options of a ${above}`,
          { type: 'object', properties: only(properties, optionsFor(above)) },
        ]),
      ),
    },
  }
}

const reference = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` })

function optionsFor(above: Above): Option[] {
  return optionsIn(documentSchema).filter((option) => mayStandIn(above, option))
}

/** The part of some properties that holds the options and nothing else. */
function only(
  properties: JsonSchema['properties'],
  options: Option[],
  depth = 0,
): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(properties ?? {}).flatMap(([name, schema]): [string, JsonSchema][] => {
      const inside = options.filter(({ path }) => path[depth] === name)
      if (inside.length === 0 || typeof schema === 'boolean') return []
      if (inside.some(({ path }) => path.length === depth + 1)) return [[name, schema]]
      return [[name, { ...schema, properties: only(schema.properties, inside, depth + 1) }]]
    }),
  )
}

function jsonOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const json = kindOf(zodSchema)?.json
      if (json) Object.assign(jsonSchema, json)
      const text = factsOf(zodSchema)?.text
      if (text) jsonSchema.description = text
    },
  })
}
