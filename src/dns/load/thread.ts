import { existsSync } from 'node:fs'
import type { DnsConfig } from '../../config/dns.ts'
import type { Log } from '../../log.ts'
import type { Loaded, Loader, LoaderDeps, LoadRequest } from './load.ts'
import type { FromWorker, ToWorker } from './messages.ts'

export type LoadThread = {
  load(request: LoadRequest, signal: AbortSignal): Promise<Loaded | undefined>
  /** Resolves when what was patched is part of the table, and was told. */
  settle(): Promise<void>
  close(): Promise<void>
}

type Waiting = { resolve(loaded: Loaded | undefined): void; reject(error: Error): void }

/** From source the file beside this one; in the binary by the name that it was built in under. */
function workerPath(): string {
  const beside = new URL('./worker.ts', import.meta.url)
  return existsSync(beside) ? beside.href : './src/dns/load/worker.ts'
}

/** Loads in a thread of its own; where none can be started, in this one, with `here`. */
export function openLoadThread(
  config: DnsConfig,
  here: Loader,
  deps: LoaderDeps & { log: Log; storePath?: string | undefined },
): LoadThread {
  const { resolveHosts, clock, log, storePath } = deps
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined = new Worker(workerPath())
  let loads = 0
  const { promise: ready, resolve: begin } = Promise.withResolvers<void>()
  const { promise: closed, resolve: ended } = Promise.withResolvers<void>()

  function tell(message: ToWorker): void {
    worker?.postMessage(message)
  }

  function give(why: string): void {
    if (!worker) return
    log.warn({ error: why }, 'the loading thread ended; loading in the main thread')
    worker = undefined
    begin()
    for (const { reject } of waiting.values()) reject(new Error('the loading thread ended'))
    waiting.clear()
  }

  worker.onerror = (event) => give(event.message)
  worker.addEventListener('close', () => give('it closed'))
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === 'ready') begin()
    else if (data.kind === 'closed') ended()
    else if (data.kind === 'not-kept')
      log.warn({ error: data.why }, 'cannot keep the records for the next run')
    else if (data.kind === 'resolve') {
      resolveHosts(data.hosts).then(
        (found) => tell({ kind: 'hosts', id: data.id, found }),
        () => tell({ kind: 'hosts', id: data.id, found: new Map() }),
      )
    } else if (data.kind === 'told') deps.tell(data.told)
    else {
      const one = waiting.get(data.id)
      waiting.delete(data.id)
      if (data.kind === 'loaded') one?.resolve(data.loaded)
      else if (data.kind === 'unchanged' || data.kind === 'settled') one?.resolve(undefined)
      else one?.reject(new Error(data.why))
    }
  }
  tell({ kind: 'open', config, ...(storePath === undefined ? {} : { storePath }) })

  return {
    async load(request, signal) {
      await ready
      signal.throwIfAborted()
      if (!worker) return here.load(request, signal)
      const id = loads++
      const { promise, resolve, reject } = Promise.withResolvers<Loaded | undefined>()
      waiting.set(id, { resolve, reject })
      const giveUp = () => {
        waiting.delete(id)
        tell({ kind: 'give-up', id })
        reject(signal.reason)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      tell({ kind: 'load', id, request })
      // The signal outlives the load: what it holds would hold the records.
      return promise.finally(() => signal.removeEventListener('abort', giveUp))
    },
    async settle() {
      if (!worker) return here.settle()
      const id = loads++
      await new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        tell({ kind: 'settle', id })
      }).catch(() => {})
    },
    async close() {
      here.stop()
      const ending = worker
      if (!ending) return
      tell({ kind: 'close' })
      worker = undefined
      begin()
      // A load under way need not end first.
      const cancel = clock.after(closeMs, ended)
      await closed
      cancel()
      ending.terminate()
    },
  }
}

/** How long the thread may take to write what waits. */
const closeMs = 2_000
