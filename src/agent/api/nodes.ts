import { z } from '@hono/zod-openapi'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Member } from '../gossip/gossip.ts'
import { piecesType } from '../peer/about.ts'
import type { AskPeer } from '../peer/ask.ts'
import type { PeerGuard } from '../peer/guard.ts'
import { openRelay } from './relay.ts'
import { body, createRoute, json, openRoutes, problems, type Routes } from './route.ts'

const withinMs = 60_000

/**
 * What a machine has another one's API do: as if it were asked there, over the Unix socket. What is asked of a third one,
 * and streams without an end but logs, are not.
 */
const calledSchema = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT']),
  path: z.string().regex(/^\/v1\/(?!nodes\/|peer|birth|events|members\/events)/),
  body: z.string().optional(),
})

const answerSchema = z.object({ status: z.int().min(200).max(599), type: z.string(), text: z.string() })

/** Another machine of the cluster, and how it can be asked. */
export type Nodes = {
  own: string
  members(): Member[]
  ask: AskPeer
  /** Whether the cluster has a key: without one machines do nothing for each other. */
  keyed(): boolean
  log: Log
}

type Here = (request: Request) => Response | Promise<Response>

const call = createRoute({
  method: 'post',
  path: '/',
  summary: 'Does for a machine with the key of the cluster what it would do for somebody on this one',
  request: body(calledSchema),
  responses: {
    200: {
      description: 'What the API answers here; of a log that is followed, the log itself as sealed letters.',
      content: { 'application/json': { schema: answerSchema }, [piecesType]: { schema: z.string() } },
    },
    ...problems,
  },
})

/** What stands below `/v1/peer`. */
export function calledRoutes(nodes: Pick<Nodes, 'keyed' | 'log'>, here: Here, guard: PeerGuard): Routes {
  const routes = openRoutes()
  routes.openapi({ ...call, middleware: guard }, async (c) => {
    if (!nodes.keyed()) throw openCluster('answer')
    c.env.patiently?.()
    const { method, path, body } = c.req.valid('json')
    if (method !== 'GET') nodes.log.info({ method, path }, 'asked by another machine')
    const answer = await here(requestOf(path, method, body))
    if (answer.ok && isEndless(path))
      return new Response(answer.body, { headers: { 'content-type': piecesType } })
    const type = answer.headers.get('content-type') ?? 'text/plain'
    return c.json({ status: answer.status, type, text: await answer.text() }, 200)
  })
  return routes
}

const forNode = {
  summary: 'Has another machine of the cluster answer',
  description:
    '`/v1/nodes/NAME/…` is what `/v1/…` is on the machine NAME; a log can be followed, other streams without an end cannot.',
  request: {
    params: z.object({
      name: z.string(),
      path: z.string().openapi({ description: 'What follows `/v1/`.' }),
    }),
  },
  responses: json('What `/v1/…` answers there.', z.unknown()),
}

/** What stands below `/v1/nodes`. */
export function nodeRoutes(nodes: Nodes, here: Here): Routes {
  const routes = openRoutes()
  const relay = openRelay()
  for (const method of ['get', 'post', 'put'] as const)
    routes.openAPIRegistry.registerPath({ method, path: '/{name}/{path}', ...forNode })
  routes.all('/:name/:path{.+}', async (c) => {
    const name = c.req.param('name')
    const { pathname, search } = new URL(c.req.url)
    const path = `/v1${pathname.slice(`/v1/nodes/${encodeURIComponent(name)}`.length)}${search}`
    const text = await c.req.text()
    const body = text === '' ? undefined : text
    if (name === nodes.own) return here(requestOf(path, c.req.method, body))
    const ask = () => askNode(nodes, name, { method: c.req.method, path, body })
    const answer = isEndless(path) ? await relay(name, ask) : await ask()
    if (answer instanceof ReadableStream)
      return new Response(answer, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
    const { status, type, text: content } = answerSchema.parse(answer)
    return new Response(content, { status, headers: { 'content-type': type } })
  })
  return routes
}

/** Whether what is asked for there goes on for as long as somebody reads. */
function isEndless(path: string): boolean {
  const { pathname, searchParams } = new URL(path, 'http://meshbox')
  return pathname.startsWith('/v1/logs/') && searchParams.getAll('follow').includes('1')
}

async function askNode(nodes: Nodes, name: string, called: unknown): Promise<unknown> {
  const member = nodes.members().find((each) => each.name === name)
  if (!member)
    throw new MeshboxError({
      code: 'node-unknown',
      message: `cannot ask ${name}: there is no such machine`,
      hint: '`meshbox members` shows those that there are',
    })
  if (!nodes.keyed()) throw openCluster(`ask ${name}`)
  const port = Number(member.tags.api)
  try {
    return await nodes.ask(member.address, { port, path: '/v1/peer', body: called, withinMs })
  } catch (error) {
    if (error instanceof MeshboxError) throw error
    throw new MeshboxError({
      code: 'node-away',
      message: `cannot ask ${name}: ${member.address} port ${port} is not reached: ${messageOf(error)}`,
      hint: '`meshbox members` tells whether it is alive',
      cause: error,
    })
  }
}

const openCluster = (what: string) =>
  new MeshboxError({
    code: 'node-open',
    message: `cannot ${what}: this cluster has no key, and so its machines do nothing for each other`,
    hint: 'run it on that machine itself; docs/security.md tells of clusters with a key',
  })

function requestOf(path: string, method: string, body: string | undefined): Request {
  const headers = { 'content-type': 'application/json' }
  return new Request(`http://meshbox${path}`, { method, ...(body === undefined ? {} : { body, headers }) })
}
