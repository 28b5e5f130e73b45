import type { Facts } from '../../src/agent/rollout/next.ts'
import type { Seen } from '../../src/agent/rollout/order.ts'

/** A small cluster, as those who decide about rollouts see it. */
export const document = (version: number) => ({ version, digest: `d${version}` })
export const change = (version: number) => ({ kind: 'document' as const, ...document(version) })

export const machine = (name: string, { version = 1, ...more }: Partial<Seen> = {}): Seen => ({
  ...{ id: `id-${name}`, name, address: `at-${name}` },
  ...{ controller: false, version, digest: document(version).digest, waits: [], leads: [], ready: true },
  refuses: false,
  serves: more.waits ?? ['zookeeper'],
  ...more,
})
export const controller = (name: string, more: Partial<Seen> = {}) =>
  machine(name, { controller: true, waits: ['zookeeper'], ...more })
export const worker = (name: string, more: Partial<Seen> = {}) =>
  machine(name, { waits: ['mesos-agent'], ...more })

export const facts = (machines: Seen[], more: Partial<Facts> = {}): Facts => ({
  document: document(1),
  machines,
  lacks: [],
  limits: { maxUnavailable: 2, canary: true, wordMs: 1000 },
  waitedMs: 0,
  ...more,
})
