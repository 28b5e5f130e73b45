import { z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import { MeshboxError, messageOf } from '../../error.ts'
import { typed } from '../cli/typed.ts'

/** Problem details (RFC 9457). The members beside those of the RFC are meshbox's own error as it was thrown. */
export const problemSchema = z
  .object({
    type: z.string(),
    status: z.int(),
    /** The phrase of the status; the same for all problems of that status. */
    title: z.string(),
    /** What happened and why. */
    detail: z.string(),
    /** Stable, for programs. */
    code: z.string(),
    /** What to do next. */
    hint: z.string().optional(),
    /** With what the command line ends. */
    exit: z.int().optional(),
  })
  .openapi('ProblemDetails')

export const problemType = 'application/problem+json'

export type Refusal = { status: number; code: string; detail: string; hint?: string | undefined }

export function problem(
  { status, code, detail, hint, exit }: Refusal & { exit?: number },
  headers: Record<string, string> = {},
): Response {
  const body: z.output<typeof problemSchema> = {
    type: `urn:meshbox:problem:${code}`,
    status,
    title: phrases[status] ?? 'Error',
    detail,
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(exit === undefined ? {} : { exit }),
  }
  return Response.json(body, { status, headers: { ...headers, 'content-type': problemType } })
}

/**
 * Whatever was thrown on the way of a request.
 * @param folder where this agent keeps its files, if not in the usual places
 */
export function problemOf(error: unknown, folder: string | undefined): Response {
  if (error instanceof MeshboxError) {
    const { code, message: detail, exit } = error
    const hint = error.hint && typed(error.hint, folder)
    return problem({ status: statusOf(error), code, detail, hint, exit })
  }
  if (error instanceof HTTPException)
    return problem({ status: error.status, code: 'bad-request', detail: error.message })
  return problem({ status: 500, code: 'unforeseen', detail: messageOf(error) })
}

function statusOf({ code }: MeshboxError): number {
  const own = statuses[code]
  if (own !== undefined) return own
  if (code.startsWith('document-')) return 422
  if (code.startsWith('leave-')) return 409
  if (code.endsWith('-unknown')) return 404
  if (code.endsWith('-request')) return 400
  return code.startsWith('zk-') ? 503 : 500
}

const statuses: Record<string, number> = {
  'birth-none': 503,
  'controllers-none': 404,
  'controllers-refused': 409,
  'dns-away': 503,
  'document-absent': 404,
  'document-conflict': 409,
  'document-version': 404,
  'events-full': 503,
  'member-controller': 409,
  'node-away': 502,
  'node-open': 403,
  'recover-refused': 409,
  'recover-unheard': 503,
  'rollout-absent': 404,
  'rollout-busy': 409,
  'rollout-controllers': 409,
  'rollout-machine': 409,
}

/** RFC 9110 section 15. */
const phrases: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}
