import { systemClock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import { buffersOf } from '../table/table.ts'
import { type Load, openLoad } from './load.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** The loading thread: a state of any size is fetched, read and made into records here, while queries are answered. */
declare const self: Worker

let load: Load | undefined
let questions = 0
const waiting = new Map<number, (found: ReadonlyMap<string, string[]>) => void>()
const never = new AbortController().signal

function tell(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  self.postMessage(message, transfer)
}

/** Host names are looked up where queries are answered: there they are remembered. */
function resolveHosts(hosts: string[]): Promise<ReadonlyMap<string, string[]>> {
  const id = questions++
  return new Promise((resolve) => {
    waiting.set(id, resolve)
    tell({ kind: 'resolve', id, hosts })
  })
}

async function perform(id: number, request: Parameters<Load>[0]): Promise<void> {
  try {
    if (!load) throw new Error('nothing is open')
    const loaded = await load(request, never)
    tell({ kind: 'loaded', id, loaded }, buffersOf(loaded.table))
  } catch (error) {
    tell({ kind: 'failed', id, why: messageOf(error) })
  }
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'open') load = openLoad(data.config, resolveHosts, systemClock)
  else if (data.kind === 'load') void perform(data.id, data.request)
  else {
    waiting.get(data.id)?.(data.found)
    waiting.delete(data.id)
  }
}
tell({ kind: 'ready' })
