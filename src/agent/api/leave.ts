import { z } from '@hono/zod-openapi'
import { MeshboxError, messageOf } from '../../error.ts'
import type { LeaveOptions, LeavePlan, LeaveStep } from '../leave/leave.ts'
import { body, createRoute, json, openRoutes, type Routes, stream } from './route.ts'

/** What this machine does to get out of its cluster. */
export type Leave = {
  /** @throws MeshboxError when it may not leave */
  plan(): LeavePlan
  run(options: LeaveOptions): AsyncIterable<LeaveStep>
}

/** A line of the answer: what was done, or why it went no further. */
export type LeaveLine = LeaveStep | { error: { code: string; title: string; hint?: string } }

const show = createRoute({
  method: 'get',
  path: '/',
  summary: 'Tells what leaving would mean',
  responses: json(
    'What it would mean.',
    z.object({ last: z.boolean(), machine: z.string(), cluster: z.string(), controller: z.boolean() }),
  ),
})
const run = createRoute({
  method: 'post',
  path: '/',
  summary: 'Leaves the cluster',
  request: body(z.strictObject({ drain: z.boolean(), timeoutSeconds: z.int().min(0) })),
  responses: stream(
    'Each step on a line of its own; the last one tells why it went no further, if so.',
    'application/x-ndjson',
    z.union([
      z.object({ step: z.string(), text: z.string() }),
      z.object({ error: z.object({ code: z.string(), title: z.string(), hint: z.string().optional() }) }),
    ]),
  ),
})

export function leaveRoutes(leave: Leave): Routes {
  const routes = openRoutes()
  routes.openapi(show, (c) => c.json(leave.plan(), 200))
  routes.openapi(run, (c) => {
    const { drain, timeoutSeconds } = c.req.valid('json')
    leave.plan()
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
