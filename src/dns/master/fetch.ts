import { splitHostPort } from '../../config/address.ts'
import { messageOf } from '../../error.ts'
import { isObject } from '../state/json.ts'
import type { MasterState } from '../state/model.ts'
import { type Details, readState } from '../state/read.ts'
import { type Answered, type GetOptions, getFromMaster } from './http.ts'

/** Longer than agents take to find a new leader (mesos/signals: about 3 s), in ms. */
const returnMs = 15_000

export type Fetched = {
  state: MasterState
  /** `HOST:PORT` of the master that gave it. */
  from: string
}

export type FetchOptions = GetOptions & { /** Unix ms. */ now: () => number; details: Details }

/**
 * Fetches the state from the first master that has it, following to the leader that it names.
 * @throws Error with the reason of the last one tried
 */
export async function fetchState(masters: string[], options: FetchOptions): Promise<Fetched> {
  let last: unknown = new Error('no mesos-master leads')
  for (const master of masters) {
    if (master === '') continue
    try {
      return await fromLeader(master, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      last = error
    }
  }
  throw last
}

/** The leader is asked on its own host and port; a master that names itself by another port is taken at its word. */
async function fromLeader(master: string, options: FetchOptions): Promise<Fetched> {
  const first = await load(master, options)
  const leader = first.state.leader
  if (splitHostPort(leader)?.host === splitHostPort(first.from)?.host) return first
  const second = await load(leader, options)
  if (splitHostPort(second.state.leader)?.host !== splitHostPort(second.from)?.host)
    throw new Error(`cannot find the leader: ${master} names ${leader}, which names ${second.state.leader}`)
  return second
}

async function load(master: string, options: FetchOptions): Promise<Fetched> {
  const { state, from } = parse(await getFromMaster(master, '/master/state', options), options.details)
  if (state.modern && state.agents.length === 0 && state.frameworks.length === 0)
    await requireRegistry(from, options)
  const { returning } = state
  if (returning > 0 && justElected(state, options.now()))
    throw new Error(`cannot use the state of ${from} yet: ${returning} agents are still coming back to it`)
  return { state, from }
}

/**
 * Agents come back to a new leader within seconds, and their tasks with them: until then its state lacks names that are
 * true. After that an agent that is still missing is gone, and its tasks with it.
 */
function justElected({ electedAt }: MasterState, now: number): boolean {
  const since = now - (electedAt ?? 0)
  return since >= 0 && since < returnMs
}

function parse({ body, from }: Answered, details: Details): Fetched {
  try {
    return { state: readState(JSON.parse(body), details), from }
  } catch (error) {
    throw new Error(`cannot read the state of ${from}: ${messageOf(error)}`, { cause: error })
  }
}

/** A leader without its registry answers with an empty cluster; its metrics then lack the registry's size. */
async function requireRegistry(master: string, options: GetOptions): Promise<void> {
  const { body } = await getFromMaster(master, '/metrics/snapshot', options)
  const metrics: unknown = JSON.parse(body)
  if (isObject(metrics) && !('registrar/registry_size_bytes' in metrics))
    throw new Error(`cannot use the state of ${master}: its registry is not recovered`)
}
