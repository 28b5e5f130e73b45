import { Hono } from 'hono'
import { z } from 'zod'
import { MeshboxError, misuse } from '../../error.ts'
import type { Rolling } from '../rollout/rolling.ts'

const bodySchema = z.strictObject({ without: z.string().optional() })

/** `GET /` how the rollout is and who is to come, `POST /pause`, `/resume`, `/abort` steer it. */
export function rolloutRoutes(rolling: () => Pick<Rolling, 'report' | 'steer'> | undefined): Hono {
  const routes = new Hono()
  const now = () => {
    const found = rolling()
    if (found) return found
    throw new MeshboxError({
      code: 'zk-forming',
      message: 'cannot look at the rollout: the cluster is not born yet',
      hint: 'run `meshbox status` to see who is waited for',
    })
  }
  routes.get('/', async (c) => c.json(await now().report()))
  for (const word of ['pause', 'resume', 'abort'] as const)
    routes.post(`/${word}`, async (c) => {
      const body = bodySchema.safeParse(await c.req.json().catch(() => ({})))
      if (!body.success)
        throw misuse('rollout-request', `cannot ${word} the rollout: the body must be {"without"?: name}`)
      const { without } = body.data
      return c.json(await now().steer({ word, ...(without === undefined ? {} : { without }) }))
    })
  return routes
}
