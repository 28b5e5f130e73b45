import { z } from '@hono/zod-openapi'
import { type Effective, entriesOf } from '../../config/document/effective.ts'
import { merge } from '../../config/document/layers.ts'
import type { SharedDocument } from '../../config/document/shared.ts'
import { translateCharm } from '../../config/import/charm-section.ts'
import { maskSettings } from '../../config/secret/mask.ts'
import { MeshboxError } from '../../error.ts'
import type { Status } from '../status.ts'
import { onceBorn } from './born.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'
import { pastSchema, pastTextSchema, presentSchema, writtenSchema } from './schema/document.ts'

/** What the API needs of the agent to show and change the document. */
export type ConfigSource = {
  /** This machine's name. */
  name: string
  status(): Status
  /** What the document says for this machine, or for the one of that name. */
  effective(name?: string): Effective
  /** Undefined until it is known whose ZooKeeper it is. */
  document(): SharedDocument | undefined
  /** The text of a document as it may be shown. */
  mask(text: string): string
}

const authorSchema = z
  .strictObject({ who: z.string(), how: z.string(), why: z.string().optional() })
  .default({ who: 'unknown', how: 'API' })
const replaceSchema = z.strictObject({ text: z.string(), version: z.int().min(0), author: authorSchema })
const editsSchema = z.strictObject({
  edits: z.array(z.strictObject({ path: z.array(z.string()).min(1), value: z.unknown().optional() })).min(1),
  author: authorSchema,
})
const rollbackSchema = z.strictObject({ version: z.int().min(0), author: authorSchema })

const node = {
  query: z.object({
    node: z.string().optional().openapi({ description: 'Another machine than this one, by its name.' }),
  }),
}
const version = { params: z.object({ version: z.coerce.number().int().min(0) }) }
const settings = z.record(z.string(), z.unknown())
const get = <const P extends string, const R extends object, const A extends object>(
  path: P,
  summary: string,
  request: R,
  responses: A,
) => ({ method: 'get' as const, path, summary, request, responses })

const present = createRoute(
  get('/', 'Shows the document as it stands in ZooKeeper', {}, json('The document.', presentSchema)),
)
const effective = createRoute(
  get('/effective', 'Shows the configuration of a machine', node, json('All options.', settings)),
)
const origins = createRoute(
  get(
    '/origins',
    'Shows the configuration of a machine, and where each value was written',
    node,
    json('Each value.', z.array(z.object({ path: z.string(), value: z.unknown(), origin: settings }))),
  ),
)
const own = createRoute(
  get(
    '/settings',
    'Shows what the document sets for a machine, without defaults',
    node,
    json('What is set.', z.object({ settings, zk: z.string() })),
  ),
)
const history = createRoute(
  get('/history', 'Lists the last versions, newest first', {}, json('The versions.', z.array(pastSchema))),
)
const past = createRoute(
  get('/history/{version}', 'Shows one of the last versions', version, json('That version.', pastTextSchema)),
)
const written = json('It is written.', writtenSchema)
const replace = createRoute({
  method: 'put',
  path: '/',
  summary: 'Replaces a version of the document; changes that somebody made meanwhile are merged',
  request: body(replaceSchema),
  responses: written,
})
const edit = createRoute({
  method: 'post',
  path: '/edits',
  summary: 'Sets and removes some values of the document',
  request: body(editsSchema),
  responses: written,
})
const rollback = createRoute({
  method: 'post',
  path: '/rollback',
  summary: 'Writes one of the last versions anew',
  request: body(rollbackSchema),
  responses: written,
})

/** What stands below `/v1/config`. */
export function configRoutes(agent: ConfigSource): Routes {
  const routes = openRoutes()
  routes.openapi(present, async (c) => {
    const state = await documentOf(agent).read()
    if (state.kind === 'absent') throw absent()
    const { version } = state
    const text = agent.mask(state.text)
    return c.json({ text, version, ...(state.kind === 'invalid' ? { problem: state.error } : {}) }, 200)
  })
  routes.openapi(effective, (c) =>
    c.json(maskSettings(agent.effective(c.req.valid('query').node).config), 200),
  )
  routes.openapi(origins, (c) => {
    const { config, layers } = agent.effective(c.req.valid('query').node)
    return c.json(entriesOf({ config: maskSettings(config), layers }), 200)
  })
  routes.openapi(own, (c) => {
    const { layers } = agent.effective(c.req.valid('query').node)
    return c.json({ settings: maskSettings(merge(layers)), zk: agent.status().cluster.zookeeper.url }, 200)
  })
  routes.openapi(history, async (c) => {
    const all = await documentOf(agent).history()
    return c.json(
      all.map(({ text: _, id: _id, ...past }) => past),
      200,
    )
  })
  routes.openapi(past, async (c) => {
    const found = await pastOf(agent, c.req.valid('param').version)
    return c.json({ ...found, text: agent.mask(found.text) }, 200)
  })
  routes.openapi(replace, async (c) => {
    const wish = c.req.valid('json')
    const { text } = translateCharm(wish.text, 'the document')
    return c.json(await documentOf(agent).replace(text, wish.version, signed(agent, wish)), 200)
  })
  routes.openapi(edit, async (c) => {
    const wish = c.req.valid('json')
    return c.json(await documentOf(agent).edit(wish.edits, signed(agent, wish)), 200)
  })
  routes.openapi(rollback, async (c) => {
    const wish = c.req.valid('json')
    await pastOf(agent, wish.version)
    return c.json(await documentOf(agent).rollback(wish.version, signed(agent, wish)), 200)
  })
  return routes
}

/** Who wrote, and on which machine. */
function signed({ name }: ConfigSource, { author }: { author: z.output<typeof authorSchema> }) {
  const { who, how, why } = author
  return { who: `${who}@${name}`, how, ...(why === undefined ? {} : { why }) }
}

async function pastOf(agent: ConfigSource, version: number) {
  const past = await documentOf(agent).past(version)
  if (past) return past
  throw new MeshboxError({
    code: 'document-version',
    message: `cannot find version ${version} of the shared document: it is not among the last ones`,
    hint: 'run `meshbox config history`',
  })
}

const documentOf = (agent: ConfigSource): SharedDocument =>
  onceBorn(() => agent.document(), 'reach the shared document')()

function absent(): MeshboxError {
  return new MeshboxError({
    code: 'document-absent',
    message: 'cannot show the shared document: there is none',
    hint: 'one that was removed comes back with `meshbox config rollback VERSION`; `meshbox status` tells more',
  })
}
