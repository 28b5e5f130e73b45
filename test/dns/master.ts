import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const fixtures = join(import.meta.dir, '..', 'fixtures', 'mesos-state')

/** The recorded state of a real master, as parsed JSON. */
export function recordedState(name = 'state.json'): Record<string, unknown> {
  return JSON.parse(readFileSync(join(fixtures, name), 'utf8'))
}

/** What a fake master answers at a path: a body (objects as JSON), or whatever a Response can say. */
export type Serve = (
  path: string,
  request: Request,
) => object | string | Response | Promise<Response> | undefined

export type FakeMaster = {
  /** `HOST:PORT` */
  address: string
  port: number
  /** Paths asked for, in order. */
  asked: string[]
  serve: Serve
  stop(): Promise<void>
}

/** An HTTP server in a master's place, on a free loopback port; `serve` may be replaced at any time. */
export function startMaster(serve: Serve, { hostname = '127.0.0.1', port = 0 } = {}): FakeMaster {
  const asked: string[] = []
  const server = Bun.serve({
    hostname,
    port,
    idleTimeout: 0,
    fetch(request) {
      const { pathname } = new URL(request.url)
      asked.push(pathname)
      const answer = master.serve(pathname, request)
      if (answer === undefined) return new Response('', { status: 404 })
      if (answer instanceof Response || answer instanceof Promise) return answer
      return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer))
    },
  })
  const bound = server.port ?? 0
  const master: FakeMaster = {
    address: `${hostname}:${bound}`,
    port: bound,
    asked,
    serve,
    stop: () => server.stop(true),
  }
  return master
}

/** Serves one state that names this very master as its leader. */
export function serveState(state: Record<string, unknown>): FakeMaster {
  const master = startMaster((path) =>
    path === '/master/state' ? { ...state, leader: `master@${master.address}` } : undefined,
  )
  return master
}
