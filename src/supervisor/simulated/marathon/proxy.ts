import { messageOf } from '../../../error.ts'
import { json } from '../http.ts'

const viaHeader = 'X-Marathon-Via'
const leaderHeader = 'X-Marathon-Leader'

/** Hands a request on to the leader, as a Marathon does that is none. */
export async function proxy(
  request: Request,
  url: URL,
  self: string,
  leader: string | undefined,
): Promise<Response> {
  if (!leader || leader === self) return json({ message: 'Waiting for a consistent leader state' }, 503)
  if (request.headers.get(viaHeader)?.includes(self)) return json({ message: 'Detected proxying loop' }, 502)
  const headers = new Headers(request.headers)
  headers.set(viaHeader, `1.1 ${self}`)
  headers.delete('Host')
  try {
    const answer = await fetch(`http://${leader}${url.pathname}${url.search}`, {
      method: request.method,
      headers,
      body: request.method === 'GET' || request.method === 'HEAD' ? null : await request.arrayBuffer(),
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    })
    const kept = new Headers(answer.headers)
    kept.delete('Content-Encoding')
    kept.delete('Content-Length')
    kept.set(leaderHeader, `http://${leader}`)
    return new Response(answer.body, { status: answer.status, headers: kept })
  } catch (error) {
    return json({ message: `The leader ${leader} does not answer: ${messageOf(error)}` }, 502)
  }
}
