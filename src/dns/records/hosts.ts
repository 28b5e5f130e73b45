import { lookup } from 'node:dns/promises'
import type { Clock } from '../../clock.ts'
import { canonicalAddress, splitHostPort } from '../../config/address.ts'
import type { MasterState } from '../state/model.ts'

/** All addresses of a host name; rejects when it has none. */
export type LookUp = (host: string) => Promise<string[]>

export const systemLookUp: LookUp = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

/** Host names among agents, frameworks and masters that must be looked up before records can be made. */
export function hostNames(state: MasterState, masters: string[]): string[] {
  const hosts = [
    ...[state.leader, ...masters].map((text) => splitHostPort(text)?.host),
    ...state.agents.map(({ host }) => host),
    ...state.frameworks.map(({ host }) => host),
  ]
  const names = new Set(hosts.filter((host) => host !== undefined))
  return [...names].filter((host) => canonicalAddress(host) === undefined)
}

export type HostCache = { resolve(hosts: string[]): Promise<ReadonlyMap<string, string[]>> }

/** How long an answer is used before the host is looked up again, in ms. */
const freshMs = 60_000
const failedMs = 10_000
/** How long one load waits for look-ups; what comes later is there for the next one. */
const waitMs = 2_000
/** Hosts that are looked up at the same time. */
const atOnce = 32

type Known = { addresses: string[]; until: number; busy: boolean }

/** Looks hosts up beside the loads and remembers them; a look-up that fails leaves what was known. */
export function openHostCache(look: LookUp, clock: Clock): HostCache {
  let known = new Map<string, Known>()

  async function refresh(host: string, entry: Known): Promise<void> {
    entry.busy = true
    try {
      const found = await look(host)
      entry.addresses = found.map(canonicalAddress).filter((address) => address !== undefined)
      entry.until = clock.monotonic() + freshMs
    } catch {
      entry.until = clock.monotonic() + failedMs
    } finally {
      entry.busy = false
    }
  }

  return {
    async resolve(hosts) {
      known = new Map(
        hosts.map((host) => [host, known.get(host) ?? { addresses: [], until: 0, busy: false }]),
      )
      const due = [...known].filter(([, entry]) => entry.until <= clock.monotonic() && !entry.busy)
      const queue = due.values()
      const work = Array.from({ length: Math.min(atOnce, due.length) }, async () => {
        for (const [host, entry] of queue) await refresh(host, entry)
      })
      if (work.length > 0) await withinMs(Promise.all(work), waitMs, clock)
      return new Map([...known].map(([host, { addresses }]) => [host, addresses]))
    },
  }
}

async function withinMs(work: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = clock.after(ms, resolve)
  work.then(
    () => resolve(),
    () => resolve(),
  )
  await promise
  cancel()
}
