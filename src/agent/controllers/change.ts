import { z } from 'zod'
import { ensembleServerSchema } from '../../config/document/cluster.ts'

/** What a machine is, as far as controllers go, after the last word that was given. */
const seatSchema = z.object({
  /** The id of the machine. */
  node: z.string(),
  name: z.string(),
  server: ensembleServerSchema,
  /** `follows`: it has the data, and no vote. */
  zookeeper: z.enum(['none', 'follows', 'votes']),
  /** It votes by the ensemble's list, and its data is lost: it is only to be taken out of that list. */
  lost: z.boolean().optional(),
  master: z.enum(['none', 'stopped', 'runs']),
  /** The server ids by which its programs run: they make the ZooKeeper URL, and their number the masters' quorum. */
  list: z.array(z.int()),
  /** Its ZooKeeper may still run as it was found when it was adopted, by a list that cannot be changed. */
  found: z.boolean().optional(),
  /** By somebody's word it is off for good, and nobody waits for it. */
  gone: z.boolean().optional(),
  /** It was off in the middle of that, and nobody knows whether its master runs: done again before anybody counts on it. */
  again: z.enum(['relearn', 'follow', 'begin']).optional(),
})

/** What must not change with the controllers: the masters' registry, as far as people put things into it. */
const registrySchema = z.object({
  /** Texts that can be compared. */
  weights: z.string(),
  quotas: z.string(),
  maintenance: z.string(),
  /** Ids of agents that are admitted. More may come meanwhile. */
  agents: z.array(z.string()),
  /** How many are known and not heard of. */
  unreachable: z.int(),
  /** The id of the master that told it: a new one with each start. */
  by: z.string().optional(),
})

/** A change of controllers: from what to what, and how far it is. */
export const progressSchema = z.object({
  verb: z.enum(['add', 'remove', 'replace', 'undo']),
  seats: z.array(seatSchema),
  /** Server ids before and after. */
  former: z.array(z.int()),
  wanted: z.array(z.int()),
  /** The registry as it was before the first master was touched. */
  registry: registrySchema.optional(),
  /** Every master that stays has the whole log. */
  proven: z.boolean(),
  /** It goes back, and why. */
  back: z.string().optional(),
})

export const taskSchema = z.enum([
  'renew',
  'zookeeper',
  'reconfigure',
  'note',
  'stop',
  'relearn',
  'follow',
  'begin',
  'prove',
  'retire',
])

export type Seat = z.output<typeof seatSchema>
export type Registry = z.output<typeof registrySchema>
export type Progress = z.output<typeof progressSchema>
export type Task = z.output<typeof taskSchema>

/** One thing for one machine to do. Each can be done again after half of it was done. */
export type Step = {
  node: string
  name: string
  task: Task
  text: string
}

export const quorumOf = (servers: { length: number }) => Math.floor(servers.length / 2) + 1
