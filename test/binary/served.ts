import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A folder on a free loopback port; what is put into `instead` is served in place of the file of that name. */
export type Served = {
  url: string
  instead: Map<string, Uint8Array | string>
  /** The names that were asked for, in order. */
  asked: string[]
  close(): Promise<void>
}

export function serveFolder(folder: string): Served {
  const instead = new Map<string, Uint8Array | string>()
  const asked: string[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const name = new URL(request.url).pathname.slice(1)
      asked.push(name)
      if (!readdirSync(folder).includes(name)) return new Response('not here', { status: 404 })
      return new Response(instead.get(name) ?? readFileSync(join(folder, name)))
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    instead,
    asked,
    close: () => server.stop(true),
  }
}
