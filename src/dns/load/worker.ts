import { systemClock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import { openStore, type Store } from '../../store.ts'
import { buffersOf } from '../table/table.ts'
import { type Keeper, openKeeper } from './keep.ts'
import { type Load, openLoad } from './load.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** The loading thread: a state of any size is fetched, read and made into records here, while queries are answered. */
declare const self: Worker

let load: Load | undefined
let keeper: Keeper | undefined
let store: Store | undefined
let questions = 0
const waiting = new Map<number, (found: ReadonlyMap<string, string[]>) => void>()
const underWay = new Map<number, AbortController>()

function tell(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  self.postMessage(message, transfer)
}

const manyRecords = 20_000

/** Host names are looked up where queries are answered: there they are remembered. */
function resolveHosts(hosts: string[]): Promise<ReadonlyMap<string, string[]>> {
  const id = questions++
  return new Promise((resolve) => {
    waiting.set(id, resolve)
    tell({ kind: 'resolve', id, hosts })
  })
}

async function perform(id: number, request: Parameters<Load>[0], serial: number): Promise<void> {
  const control = new AbortController()
  underWay.set(id, control)
  try {
    if (!load) throw new Error('nothing is open')
    const loaded = await load(request, control.signal)
    if (!loaded) return tell({ kind: 'unchanged', id })
    const { from, skippedCount } = loaded
    keeper?.keep(loaded.table, { serial, loadedAt: systemClock.now(), from, skippedCount })
    const records = loaded.table.first.length
    tell({ kind: 'loaded', id, loaded }, buffersOf(loaded.table))
    // A large state leaves hundreds of megabytes behind, which would stay until the next one comes.
    if (records > manyRecords) setTimeout(() => Bun.gc(true), 0)
  } catch (error) {
    tell({ kind: 'failed', id, why: messageOf(error) })
  } finally {
    underWay.delete(id)
  }
}

function open({ config, storePath }: Extract<ToWorker, { kind: 'open' }>): void {
  load = openLoad(config, resolveHosts, systemClock)
  if (storePath === undefined) return
  const onError = (error: unknown) => tell({ kind: 'not-kept', why: messageOf(error) })
  try {
    store = openStore(storePath)
    keeper = openKeeper(store, config, {
      now: systemClock.monotonic,
      after: systemClock.after,
      onError,
    })
  } catch (error) {
    onError(error)
  }
}

/** What waits to be kept is written before the end. */
function close(): void {
  keeper?.flush()
  store?.close()
  keeper = undefined
  tell({ kind: 'closed' })
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'open') open(data)
  else if (data.kind === 'load') void perform(data.id, data.request, data.serial)
  else if (data.kind === 'give-up') underWay.get(data.id)?.abort(new Error('nobody waits any more'))
  else if (data.kind === 'close') close()
  else {
    waiting.get(data.id)?.(data.found)
    waiting.delete(data.id)
  }
}
tell({ kind: 'ready' })
