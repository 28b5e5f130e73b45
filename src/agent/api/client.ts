import { z } from 'zod'
import { formatZkUrl, parseZkUrl } from '../../config/zookeeper/url.ts'
import { exitCode, MeshboxError, messageOf } from '../../error.ts'
import type { Folders } from '../local/folders.ts'
import { recallJoined } from '../local/joined.ts'
import { lastWords, mendOf } from '../watch/last-words.ts'

const problemSchema = z.object({
  code: z.string().default('agent-failed'),
  detail: z.string(),
  hint: z.string().optional(),
  exit: z.union([z.literal(1), z.literal(2)]).default(1),
})

/** Asks the agent of this machine over its Unix socket. */
export type AgentClient = {
  get<T>(path: string): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  /** The values of a stream of lines, one after the other, until the signal or the agent ends it. With a body, a POST. */
  follow<T>(path: string, signal: AbortSignal, body?: unknown): AsyncIterable<T>
  /** A text as it comes. */
  text(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** To stop several programs that do not want to takes this long. */
const longestMs = 120_000

/**
 * Errors of the agent come out as they went in; one that is not there is `agent-not-running` (exit 3).
 * @param node another machine of the cluster, which the agent of this one asks
 */
export function agentClient(folders: Folders, node?: string): AgentClient {
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init = {
      method,
      signal: AbortSignal.timeout(longestMs),
      ...(body === undefined ? {} : asJson(body)),
    }
    const response = await ask(path, init)
    return (await response.json()) as T
  }

  /** @throws MeshboxError when nobody answers, or the agent refuses */
  async function ask(path: string, init: BunFetchRequestInit): Promise<Response> {
    const at = node === undefined ? path : path.replace('/v1/', `/v1/nodes/${encodeURIComponent(node)}/`)
    const response = await fetch(`http://meshbox${at}`, { ...init, unix: folders.socket }).catch((cause) => {
      throw notRunning(folders, cause)
    })
    if (response.ok) return response
    const { code, detail, hint, exit } = problemSchema.parse(await response.json())
    throw new MeshboxError({ code, message: detail, hint, exit })
  }

  async function* text(path: string, signal: AbortSignal, body?: unknown): AsyncIterable<Uint8Array> {
    const posted = body === undefined ? {} : { method: 'POST', ...asJson(body) }
    yield* (await ask(path, { signal, ...posted })).body ?? []
  }

  async function* follow<T>(path: string, signal: AbortSignal, body?: unknown): AsyncIterable<T> {
    let rest = ''
    for await (const chunk of text(path, signal, body)) {
      const lines = (rest + Buffer.from(chunk).toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield JSON.parse(line)
    }
  }

  return {
    get: (path) => call('GET', path),
    put: (path, body) => call('PUT', path, body),
    post: (path, body) => call('POST', path, body),
    follow,
    text,
  }
}

const asJson = (body: unknown) => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

/** What an agent that does not start has said last tells what mends it. */
function notRunning(folders: Folders, cause: unknown): MeshboxError {
  const nobody = cause instanceof Error && 'code' in cause && absences.has(String(cause.code))
  const words = nobody ? lastWords(`${folders.logs}/meshbox.log`) : undefined
  return new MeshboxError({
    code: 'agent-not-running',
    message: `cannot reach the agent: ${nobody ? `none answers at ${folders.socket}` : messageOf(cause)}${words === undefined ? '' : `; its last words: ${words}`}`,
    hint: mendAbsence(folders, words),
    exit: exitCode.notRunning,
    cause,
  })
}

function mendAbsence(folders: Folders, words: string | undefined): string {
  const url = joinedUrl(folders)
  if (url === undefined) return 'start it with `meshbox join <zk-url>`'
  return (words && mendOf(words, url)) ?? 'meshbox doctor --fix'
}

/** By what this machine has joined; empty where that cannot be read. */
function joinedUrl(folders: Folders): string | undefined {
  try {
    const joined = recallJoined(folders)
    return joined && formatZkUrl(parseZkUrl(joined.zkUrl))
  } catch {
    return ''
  }
}

const absences = new Set(['ENOENT', 'ECONNREFUSED', 'ConnectionRefused', 'FailedToOpenSocket'])
