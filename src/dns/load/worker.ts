import { systemClock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import { openStore, type Store } from '../../store.ts'
import { countOf } from '../table/read.ts'
import { buffersOf, type Contents } from '../table/table.ts'
import { type Keeper, type KeptMeta, openKeeper } from './keep.ts'
import { type Loader, type LoadRequest, openLoader, type Told } from './load.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** The loading thread: a state of any size is fetched, read, made into records and followed here, while queries are answered. */
declare const self: Worker

let loader: Loader | undefined
let keeper: Keeper | undefined
let store: Store | undefined
/** What was told last, for the next run. */
let last: { contents: Contents; meta: KeptMeta } | undefined
let questions = 0
const waiting = new Map<number, (found: ReadonlyMap<string, string[]>) => void>()
const underWay = new Map<number, AbortController>()

function tell(message: FromWorker): void {
  self.postMessage(message)
}

/** The records are needed here too: a copy of them is handed over. */
function hand(message: FromWorker, contentsOf: (message: FromWorker) => Contents | undefined): void {
  const copy = structuredClone(message)
  const contents = contentsOf(copy)
  self.postMessage(copy, contents ? [...new Set(buffersOf(contents))] : [])
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

/** A large table, and the state that it was made of, leave hundreds of megabytes behind, which would stay until the next one comes. */
function tidyUp(contents: Contents): void {
  if (countOf(contents) > manyRecords) setTimeout(() => Bun.gc(true), 0)
}

function keep(contents: Contents, meta: KeptMeta): void {
  last = { contents, meta }
  keeper?.keep(contents, meta)
}

async function perform(id: number, request: LoadRequest): Promise<void> {
  const control = new AbortController()
  underWay.set(id, control)
  try {
    if (!loader) throw new Error('nothing is open')
    const loaded = await loader.load(request, control.signal)
    if (!loaded) return tell({ kind: 'unchanged', id })
    hand({ kind: 'loaded', id, loaded }, (copy) =>
      copy.kind === 'loaded' ? copy.loaded.contents : undefined,
    )
    const { contents, serial, from, skippedCount } = loaded
    keep(contents, { serial, loadedAt: systemClock.now(), from, skippedCount })
    tidyUp(contents)
  } catch (error) {
    tell({ kind: 'failed', id, why: messageOf(error) })
  } finally {
    underWay.delete(id)
  }
}

function told(what: Told): void {
  hand({ kind: 'told', told: what }, (copy) => {
    if (copy.kind !== 'told') return undefined
    if (copy.told.kind === 'rebuilt') return { table: copy.told.table }
    return copy.told.kind === 'amended' ? { table: copy.told.patch.table } : undefined
  })
  if (!last) return
  if (what.kind === 'amended')
    keep({ table: last.contents.table, patch: what.patch }, { ...last.meta, serial: what.serial })
  else if (what.kind === 'rebuilt') {
    keep({ table: what.table }, last.meta)
    tidyUp({ table: what.table })
  }
}

function open({ config, storePath }: Extract<ToWorker, { kind: 'open' }>): void {
  loader = openLoader(config, { resolveHosts, clock: systemClock, tell: told })
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
  loader?.stop()
  keeper?.flush()
  store?.close()
  keeper = undefined
  tell({ kind: 'closed' })
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'open') open(data)
  else if (data.kind === 'load') void perform(data.id, data.request)
  else if (data.kind === 'give-up') underWay.get(data.id)?.abort(new Error('nobody waits any more'))
  else if (data.kind === 'settle') {
    loader?.settle()
    tell({ kind: 'settled', id: data.id })
  } else if (data.kind === 'close') close()
  else {
    waiting.get(data.id)?.(data.found)
    waiting.delete(data.id)
  }
}
tell({ kind: 'ready' })
