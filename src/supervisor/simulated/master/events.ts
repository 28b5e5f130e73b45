import type { Clock } from '../../../clock.ts'

/** An event of the v1 operator API: `{"type": "TASK_ADDED", "task_added": …}`. */
export type Event = { type: string; [member: string]: unknown }

/** The readers of `SUBSCRIBE`. */
export type Events = {
  publish(event: Event): void
  /** A body in RecordIO framing that begins with `first` and goes on until the reader or the master ends. */
  subscribe(first: Event): ReadableStream<Uint8Array>
  subscribers(): number
}

const heartbeatMs = 15_000
/** A reader that lets this much pile up is cut off rather than kept in memory. */
const mostQueued = 10_000

const record = (event: Event): Uint8Array => {
  const body = Buffer.from(JSON.stringify(event))
  return Buffer.concat([Buffer.from(`${body.length}\n`), body])
}

export function openEvents(clock: Clock): Events {
  const readers = new Set<ReadableStreamDefaultController<Uint8Array>>()
  const stops = new Map<ReadableStreamDefaultController<Uint8Array>, () => void>()

  function drop(reader: ReadableStreamDefaultController<Uint8Array>): void {
    readers.delete(reader)
    stops.get(reader)?.()
    stops.delete(reader)
  }

  function send(reader: ReadableStreamDefaultController<Uint8Array>, bytes: Uint8Array): void {
    try {
      reader.enqueue(bytes)
      if ((reader.desiredSize ?? 0) > -mostQueued) return
      drop(reader)
      reader.error(new Error('the reader is too slow'))
    } catch {
      drop(reader)
    }
  }

  function beat(reader: ReadableStreamDefaultController<Uint8Array>): void {
    send(reader, record({ type: 'HEARTBEAT' }))
    if (readers.has(reader))
      stops.set(
        reader,
        clock.after(heartbeatMs, () => beat(reader)),
      )
  }

  return {
    publish(event) {
      if (readers.size === 0) return
      const bytes = record(event)
      for (const reader of [...readers]) send(reader, bytes)
    },
    subscribe(first) {
      let mine: ReadableStreamDefaultController<Uint8Array> | undefined
      return new ReadableStream<Uint8Array>({
        start(reader) {
          mine = reader
          readers.add(reader)
          send(
            reader,
            record({
              ...first,
              subscribed: { ...Object(first.subscribed), heartbeat_interval_seconds: heartbeatMs / 1000 },
            }),
          )
          beat(reader)
        },
        cancel() {
          if (mine) drop(mine)
        },
      })
    },
    subscribers: () => readers.size,
  }
}
