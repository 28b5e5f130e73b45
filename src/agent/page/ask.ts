import { z } from 'zod'

const problemSchema = z.object({
  status: z.int(),
  title: z.string(),
  detail: z.string(),
  hint: z.string().optional(),
})

/** What the API answered instead. */
export class Refused extends Error {
  readonly problem: z.output<typeof problemSchema>

  constructor(problem: z.output<typeof problemSchema>) {
    super(problem.detail)
    this.problem = problem
  }
}

/** The page shows what the API answers, and nothing else. Rejects with `Refused`. */
export type Ask = <T>(path: string, body?: unknown) => Promise<T>

export function openAsk(here: (request: Request) => Response | Promise<Response>): Ask {
  return async (path, body) => {
    const init =
      body === undefined
        ? {}
        : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const answer = await here(new Request(`http://meshbox${path}`, init))
    const value = (answer.headers.get('content-type') ?? '').includes('json') ? answer.json() : answer.text()
    if (!answer.ok) throw new Refused(problemSchema.parse(await value))
    return (await value) as never
  }
}

/** What it tells, or in words why it cannot be told. */
export async function orWhy<T>(asked: Promise<T>): Promise<T | string> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
}
