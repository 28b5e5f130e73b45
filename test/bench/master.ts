/** A master whose state is a text of any size, and whose event stream says what it is told to. */
export type BenchMaster = {
  address: string
  /** Serves this from now on. */
  state: string
  /** How often the state was asked for, and when the last byte of it was handed over. */
  asked: number
  handedOverAt: number
  /** Streams that are followed at the moment. */
  followers: number
  say(event: object): void
  stop(): Promise<void>
}

const chunkBytes = 1024 * 1024

export function startMaster(): BenchMaster {
  const streams = new Set<ReadableStreamDefaultController<Uint8Array>>()
  const record = (event: object) => {
    const text = JSON.stringify(event)
    return Buffer.from(`${Buffer.byteLength(text)}\n${text}`)
  }

  function stateResponse(): Response {
    master.asked++
    const bytes = Buffer.from(master.state)
    let at = 0
    return new Response(
      new ReadableStream({
        pull(stream) {
          if (at >= bytes.length) return stream.close()
          stream.enqueue(bytes.subarray(at, at + chunkBytes))
          at += chunkBytes
          if (at >= bytes.length) master.handedOverAt = performance.now()
        },
      }),
    )
  }

  function subscribed(): Response {
    let mine: ReadableStreamDefaultController<Uint8Array> | undefined
    return new Response(
      new ReadableStream({
        start(stream) {
          mine = stream
          streams.add(stream)
          stream.enqueue(record({ type: 'SUBSCRIBED', subscribed: {} }))
        },
        cancel: () => void (mine && streams.delete(mine)),
      }),
    )
  }

  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname === '/master/state') return stateResponse()
      if (pathname === '/api/v1') return subscribed()
      return new Response('', { status: 404 })
    },
  })
  const master: BenchMaster = {
    address: `127.0.0.1:${server.port}`,
    state: '{}',
    asked: 0,
    handedOverAt: 0,
    get followers() {
      return streams.size
    },
    say(event) {
      for (const stream of streams) stream.enqueue(record(event))
    },
    stop: () => server.stop(true),
  }
  return master
}
