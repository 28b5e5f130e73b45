import { z } from 'zod'
import { joinHostPort, splitHostPort } from '../../config/address.ts'
import { problemSchema } from '../problem/problem.ts'
import type { Status } from '../status.ts'

/** What others are told of a machine's services. */
export const saidServicesSchema = z.array(
  z.object({
    name: z.string(),
    state: z.string(),
    /** Unix milliseconds. */
    since: z.number().optional(),
    address: z.string().optional(),
  }),
)

/** What a machine says of itself in its ephemeral znode: who it is, what it has applied and what it runs. */
const nodeSchema = z.object({
  name: z.string(),
  address: z.string(),
  /** host:port, as the others reach it; absent while it cannot gossip. */
  gossip: z.string().optional(),
  /** host:port of its API. */
  api: z.string(),
  roles: z.array(z.string()),
  version: z.string(),
  /** Where it keeps its files, if not in the usual places. */
  dataDir: z.string().optional(),
  /** The document that it has applied. */
  document: z.int().optional(),
  /** Stands for what that says of programs. */
  programs: z.string().optional(),
  /** What stands in ZooKeeper cannot be applied there. */
  refuses: z.boolean().optional(),
  ready: z.boolean(),
  services: saidServicesSchema,
  /** What starts anew here once it has the permit. */
  waits: z.array(z.string()).optional(),
  /** Its services that lead those of their kind. */
  leads: z.array(z.string()).optional(),
  dns: z.string(),
  /** Nothing newer than what it answers could be loaded. */
  stale: z.boolean().optional(),
  problems: z.array(problemSchema),
})

export type Node = z.output<typeof nodeSchema>

/** A znode has room for a megabyte; a problem may quote what a program wrote. */
const mostProblems = 5
const longestCause = 300

/**
 * Without what changes all the time: each change is a write that all of ZooKeeper's servers agree upon.
 * @param inner what programs listen on, behind NAT
 */
export function describeNode(status: Status, programs: string | undefined, inner: string): Node | undefined {
  const [machine] = status.machines
  if (!machine) return undefined
  const { name, address, gossip, api, roles, version, dataDir, services, leads, dns } = machine
  const { document } = status.cluster
  return {
    ...{ name, address, api, roles, version, ready: status.ready, dns: dns.state },
    ...(gossip === undefined ? {} : { gossip }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(document ? { document: document.version } : {}),
    ...(programs === undefined ? {} : { programs }),
    ...(document?.problem === undefined ? {} : { refuses: true }),
    ...(status.cluster.waits ? { waits: status.cluster.waits } : {}),
    services: services.map(({ name, state, since, address: own }) => ({
      ...{ name, state, since, address: outside(own, inner, address) },
    })),
    ...(leads && leads.length > 0 ? { leads } : {}),
    ...(dns.stale ? { stale: true } : {}),
    problems: status.problems
      .slice(0, mostProblems)
      .map((problem) => ({ ...problem, why: problem.why.slice(0, longestCause) })),
  }
}

/** Where the others reach a program that this machine reaches at its inner address. */
export function outside(own: string, inner: string, address: string): string {
  const at = splitHostPort(own)
  return at?.host === inner ? joinHostPort(address, at.port) : own
}

/** Undefined for what another program, or another version of this one, wrote there. */
export function readNode(data: Buffer): Node | undefined {
  try {
    return nodeSchema.parse(JSON.parse(data.toString()))
  } catch {
    return undefined
  }
}
