import { createRoute, OpenAPIHono, type z } from '@hono/zod-openapi'
import { misuse } from '../../error.ts'
import type { Bindings } from './access.ts'
import { problemSchema, problemType } from './problem.ts'

export { createRoute }

export type Env = { Bindings: Bindings }
export type Routes = OpenAPIHono<Env>

/**
 * Routes that are described and checked by zod: what comes in by the route's schemas, what goes out by the compiler.
 * What does not fit them is refused before the handler sees it.
 */
export function openRoutes(): Routes {
  return new OpenAPIHono<Env>({
    defaultHook(result) {
      if (result.success) return
      const [issue] = result.error.issues
      const where = [nameOf[result.target] ?? result.target, ...(issue?.path ?? [])].join('.')
      throw misuse(
        'bad-request',
        `cannot understand the request: ${where}: ${issue?.message ?? 'it is not as described'}`,
        'see /v1/openapi.json for what it takes',
      )
    },
  })
}

const nameOf: Record<string, string> = { json: 'body', param: 'path' }

export const problems = {
  default: { description: 'What went wrong.', content: { [problemType]: { schema: problemSchema } } },
} as const

/** A route that answers JSON. */
export const json = <T extends z.ZodType>(description: string, schema: T) => ({
  200: { description, content: { 'application/json': { schema } } },
  ...problems,
})

/** A route whose answer is no JSON, and may have no end. */
export const stream = (description: string, type: string, schema: z.ZodType) => ({
  200: { description, content: { [type]: { schema } } },
  ...problems,
})

export const body = <T extends z.ZodType>(schema: T) => ({
  body: { required: true as const, content: { 'application/json': { schema } } },
})
