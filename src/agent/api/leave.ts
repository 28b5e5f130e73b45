import { Hono } from 'hono'
import { z } from 'zod'
import { MeshboxError, messageOf, misuse } from '../../error.ts'
import type { LeaveOptions, LeavePlan, LeaveStep } from '../leave/leave.ts'

/** What this machine does to get out of its cluster. */
export type Leave = {
  /** @throws MeshboxError when it may not leave */
  plan(): LeavePlan
  run(options: LeaveOptions): AsyncIterable<LeaveStep>
}

/** A line of the answer: what was done, or why it went no further. */
export type LeaveLine = LeaveStep | { error: { code: string; title: string; hint?: string } }

const bodySchema = z.strictObject({ drain: z.boolean(), timeoutSeconds: z.int().min(0) })

/** `GET /` tells what it would mean; `POST /` does it, and tells each step on a line of its own. */
export function leaveRoutes(leave: Leave): Hono {
  const routes = new Hono()
  routes.get('/', (c) => c.json(leave.plan()))
  routes.post('/', async (c) => {
    const body = bodySchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success)
      throw misuse(
        'leave-request',
        'cannot leave: the body must be {"drain": boolean, "timeoutSeconds": number}',
      )
    leave.plan()
    const { drain, timeoutSeconds } = body.data
    const steps = leave.run({ drain, timeoutMs: timeoutSeconds * 1000 })
    return new Response(lines(steps), { headers: { 'content-type': 'application/x-ndjson' } })
  })
  return routes
}

/** Goes on to its end, whether somebody listens or not. */
function lines(steps: AsyncIterable<LeaveStep>): ReadableStream<Uint8Array> {
  let heard = true
  return new ReadableStream<Uint8Array>({
    start(out) {
      const say = (value: LeaveLine) => {
        if (heard) out.enqueue(Buffer.from(`${JSON.stringify(value)}\n`))
      }
      const go = async () => {
        for await (const step of steps) say(step)
      }
      void go()
        .catch((error) => {
          const { code, hint } = error instanceof MeshboxError ? error : unforeseen
          say({ error: { code, title: messageOf(error), ...(hint === undefined ? {} : { hint }) } })
        })
        .then(() => {
          if (heard) out.close()
        })
    },
    cancel() {
      heard = false
    },
  })
}

const unforeseen = { code: 'leave-failed', hint: undefined }
