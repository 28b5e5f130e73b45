import { Hono } from 'hono'
import { z } from 'zod'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Member } from '../gossip/gossip.ts'
import type { AskPeer } from '../peer/ask.ts'

const withinMs = 60_000

/** What a machine has another one's API do: as if it were asked there, over the Unix socket. */
const calledSchema = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT']),
  path: z.string().regex(/^\/v1\/(?!nodes\/|peer)/),
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

/** `POST /`: does for a machine with the key what it would do for somebody on this one. */
export function calledRoutes(nodes: Pick<Nodes, 'keyed' | 'log'>, here: Here): Hono {
  const routes = new Hono()
  routes.post('/', async (c) => {
    if (!nodes.keyed()) throw openCluster('answer')
    const called = calledSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!called.success)
      throw new MeshboxError({ code: 'node-request', message: 'cannot read what is asked' })
    const { method, path, body } = called.data
    if (method !== 'GET') nodes.log.info({ method, path }, 'asked by another machine')
    const answer = await here(requestOf(path, method, body))
    const type = answer.headers.get('content-type') ?? 'text/plain'
    return c.json({ status: answer.status, type, text: await answer.text() })
  })
  return routes
}

/** `/<name>/…`: what `/v1/…` of that machine answers. */
export function nodeRoutes(nodes: Nodes, here: Here): Hono {
  const routes = new Hono()
  routes.all('/:name/*', async (c) => {
    const name = c.req.param('name')
    const { pathname, search } = new URL(c.req.url)
    const path = `/v1${pathname.slice(`/v1/nodes/${encodeURIComponent(name)}`.length)}${search}`
    const text = await c.req.text()
    const body = text === '' ? undefined : text
    if (name === nodes.own) return here(requestOf(path, c.req.method, body))
    const { status, type, text: content } = await askNode(nodes, name, { method: c.req.method, path, body })
    return new Response(content, { status, headers: { 'content-type': type } })
  })
  return routes
}

async function askNode(nodes: Nodes, name: string, called: unknown): Promise<z.output<typeof answerSchema>> {
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
    return answerSchema.parse(
      await nodes.ask(member.address, { port, path: '/v1/peer', body: called, withinMs }),
    )
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
