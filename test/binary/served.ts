import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A folder on a free loopback port; what is put into `instead` is served in place of the file of that name. */
export type Served = {
  url: string
  instead: Map<string, Uint8Array | string>
  /** The names that were asked for, in order. */
  asked: string[]
  /** From now on this name is answered only after `release`; resolves when it is asked for. */
  hold(name: string): Promise<void>
  release(): void
  close(): Promise<void>
}

export function serveFolder(folder: string): Served {
  const instead = new Map<string, Uint8Array | string>()
  const asked: string[] = []
  let held: { name: string; arrived: PromiseWithResolvers<void>; go: PromiseWithResolvers<void> } | undefined
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const name = new URL(request.url).pathname.slice(1)
      asked.push(name)
      if (held?.name === name) {
        held.arrived.resolve()
        await held.go.promise
      }
      const other = instead.get(name)
      if (other !== undefined) return new Response(other)
      if (!readdirSync(folder).includes(name)) return new Response('not here', { status: 404 })
      return new Response(readFileSync(join(folder, name)))
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    instead,
    asked,
    hold(name) {
      held = { name, arrived: Promise.withResolvers(), go: Promise.withResolvers() }
      return held.arrived.promise
    },
    release() {
      held?.go.resolve()
      held = undefined
    },
    close: () => server.stop(true),
  }
}
