import { z } from '@hono/zod-openapi'
import { MeshboxError } from '../../error.ts'
import type { KeyReport } from '../gossip/serf/keys.ts'
import { keyId } from '../key/key.ts'
import type { Neighbours } from '../neighbours.ts'
import { body, createRoute, json, openRoutes, type Routes } from './route.ts'
import { keysSchema } from './schema/member.ts'

/** What the machines of the mesh said to a change of keys, or to the question which they have. */
export type KeysAnswer = {
  members: number
  answered: number
  /** Why not, by name of the machine. */
  failures: Record<string, string>
  /** How many machines have each key, and how many seal with it. */
  keys: { id: string; machines: number; primary: number }[]
}

const changeSchema = z.union([z.strictObject({ key: z.base64() }), z.strictObject({ id: z.string() })])
const answers = json('What the machines said to it.', keysSchema)

const list = createRoute({
  method: 'get',
  path: '/',
  summary: 'Lists the keys of all machines by their names',
  responses: answers,
})
const change = (verb: string, summary: string) =>
  createRoute({ method: 'post', path: `/${verb}`, summary, request: body(changeSchema), responses: answers })
const changes = {
  install: change('install', 'Gives every machine a key'),
  use: change('use', 'Makes every machine seal with a key'),
  remove: change('remove', 'Takes a key from every machine'),
}

export function keyRoutes(neighbours: Pick<Neighbours, 'keys'>): Routes {
  const routes = openRoutes()
  const operations = () => {
    const found = neighbours.keys()
    if (found) return found
    throw new MeshboxError({
      code: 'gossip-away',
      message: 'cannot ask the machines for their keys: this machine does not gossip',
      hint: 'run `meshbox status` to see why',
    })
  }
  routes.openapi(list, async (c) => c.json(answerOf(await operations().list()), 200))
  for (const verb of ['install', 'use', 'remove'] as const)
    routes.openapi(changes[verb], async (c) => {
      const named = c.req.valid('json')
      const all = operations()
      const key = 'key' in named ? named.key : await keyCalled(all.list, named.id)
      return c.json(answerOf(await all[verb](key)), 200)
    })
  return routes
}

async function keyCalled(list: () => Promise<KeyReport>, id: string): Promise<string> {
  const found = Object.keys((await list()).keys).find((key) => keyId(key) === id)
  if (found !== undefined) return found
  throw new MeshboxError({
    code: 'key-unknown',
    message: `cannot find a key ${id}: no machine that answers has one of that name`,
    hint: 'run `meshbox key list`',
  })
}

function answerOf({ members, answered, failures, keys, primary }: KeyReport): KeysAnswer {
  const rows = Object.entries(keys).map(([key, machines]) => ({
    id: keyId(key),
    machines,
    primary: primary[key] ?? 0,
  }))
  return { members, answered, failures, keys: rows }
}
