import { Hono } from 'hono'
import { z } from 'zod'
import { MeshboxError, misuse } from '../../error.ts'
import type { KeyReport } from '../gossip/serf/keys.ts'
import { keyId } from '../key/key.ts'
import type { Neighbours } from '../neighbours.ts'

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

/** `GET /` lists the keys by their names, `POST /install`, `/use` and `/remove` change them on every machine. */
export function keyRoutes(neighbours: Pick<Neighbours, 'keys'>): Hono {
  const routes = new Hono()
  const operations = () => {
    const found = neighbours.keys()
    if (found) return found
    throw new MeshboxError({
      code: 'gossip-away',
      message: 'cannot ask the machines for their keys: this machine does not gossip',
      hint: 'run `meshbox status` to see why',
    })
  }
  routes.get('/', async (c) => c.json(answerOf(await operations().list())))
  for (const change of ['install', 'use', 'remove'] as const) {
    routes.post(`/${change}`, async (c) => {
      const body = changeSchema.safeParse(await c.req.json().catch(() => undefined))
      if (!body.success)
        throw misuse('key-request', 'cannot change the keys: the body must be {"key": string}')
      const all = operations()
      const key = 'key' in body.data ? body.data.key : await keyCalled(all.list, body.data.id)
      return c.json(answerOf(await all[change](key)))
    })
  }
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
