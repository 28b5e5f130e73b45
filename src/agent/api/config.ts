import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type Effective, entriesOf } from '../../config/document/effective.ts'
import { merge } from '../../config/document/layers.ts'
import type { SharedDocument } from '../../config/document/shared.ts'
import { translateCharm } from '../../config/import/charm-section.ts'
import { maskSettings } from '../../config/secret/mask.ts'
import { MeshboxError, misuse } from '../../error.ts'
import type { Status } from '../status.ts'

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

/** What stands below `/v1/config`. */
export function configRoutes(agent: ConfigSource): Hono {
  const routes = new Hono()

  routes.get('/', async (c) => {
    const state = await documentOf(agent).read()
    if (state.kind === 'absent') throw absent()
    const { version } = state
    const text = agent.mask(state.text)
    return c.json({ text, version, ...(state.kind === 'invalid' ? { problem: state.error } : {}) })
  })
  routes.get('/effective', (c) => c.json(maskSettings(agent.effective(c.req.query('node')).config)))
  routes.get('/origins', (c) => {
    const { config, layers } = agent.effective(c.req.query('node'))
    return c.json(entriesOf({ config: maskSettings(config), layers }))
  })
  routes.get('/settings', (c) => {
    const { layers } = agent.effective(c.req.query('node'))
    return c.json({ settings: maskSettings(merge(layers)), zk: agent.status().cluster.zookeeper.url })
  })
  routes.get('/history', async (c) => {
    const all = await documentOf(agent).history()
    return c.json(all.map(({ text: _, id: _id, ...past }) => past))
  })
  routes.get('/history/:version', async (c) => {
    const past = await pastOf(agent, Number(c.req.param('version')))
    return c.json({ ...past, text: agent.mask(past.text) })
  })

  routes.put('/', async (c) => {
    const body = await read(c, replaceSchema, '{"text": string, "version": number}')
    const { text } = translateCharm(body.text, 'the document')
    return c.json(await documentOf(agent).replace(text, body.version, signed(agent, body)))
  })
  routes.post('/edits', async (c) => {
    const body = await read(c, editsSchema, '{"edits": [{"path": [string], "value": any}]}')
    return c.json(await documentOf(agent).edit(body.edits, signed(agent, body)))
  })
  routes.post('/rollback', async (c) => {
    const body = await read(c, rollbackSchema, '{"version": number}')
    await pastOf(agent, body.version)
    return c.json(await documentOf(agent).rollback(body.version, signed(agent, body)))
  })
  return routes
}

async function read<T extends z.ZodType>(c: Context, schema: T, shape: string): Promise<z.output<T>> {
  const body = schema.safeParse(await c.req.json().catch(() => undefined))
  if (body.success) return body.data
  throw misuse('config-request', `cannot change the document: the body must be ${shape}`)
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

function documentOf(agent: ConfigSource): SharedDocument {
  const document = agent.document()
  if (document) return document
  throw new MeshboxError({
    code: 'zk-forming',
    message: 'cannot reach the shared document: the cluster is not born yet',
    hint: 'run `meshbox status` to see who is waited for',
  })
}

function absent(): MeshboxError {
  return new MeshboxError({
    code: 'document-absent',
    message: 'cannot show the shared document: there is none',
    hint: 'one that was removed comes back with `meshbox config rollback VERSION`; `meshbox status` tells more',
  })
}
