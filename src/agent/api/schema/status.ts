import { z } from '@hono/zod-openapi'
import { saidServicesSchema } from '../../nodes/node.ts'
import { problemSchema } from '../../problem/problem.ts'
import { rolloutStatusSchema } from './rollout.ts'
import { heldSchema, maintenanceSchema, serviceSchema } from './service.ts'

// Made anew: only what this zod has made can be named.
const problemsSchema = z.array(z.object(problemSchema.shape).openapi('Problem'))

const documentStatusSchema = z
  .object({
    version: z.int(),
    problem: z.string().optional(),
    heard: z.object({ version: z.int(), from: z.string(), held: z.string() }).optional(),
  })
  .openapi('DocumentStatus')

const lookupsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('off') }),
  z.object({ kind: z.literal('active'), through: z.enum(['systemd-resolved', 'resolvconf', 'resolv.conf']) }),
  z.object({ kind: z.literal('refused'), reason: z.string(), hint: z.string().optional() }),
  z.object({ kind: z.literal('left-alone'), reason: z.string(), hint: z.string().optional() }),
])

const dnsSchema = z
  .object({
    state: z.enum(['waiting', 'ready', 'failed']),
    address: z.string(),
    domain: z.string(),
    reason: z.string().optional(),
    records: z.int(),
    stale: z.boolean(),
    loadedAt: z.number().optional(),
    leader: z.string().optional(),
    host: lookupsSchema,
  })
  .openapi('Dns')

const machineSchema = z
  .object({
    name: z.string(),
    address: z.string(),
    roles: z.array(z.enum(['controller', 'worker'])),
    mode: z.enum(['dev', 'joined']),
    version: z.string(),
    pid: z.int(),
    api: z.string(),
    dataDir: z.string().optional(),
    gossip: z.string().optional(),
    maintenance: maintenanceSchema.optional(),
    services: z.array(serviceSchema),
    leads: z.array(z.string()).optional(),
    held: z.array(heldSchema),
    dns: dnsSchema,
  })
  .openapi('Machine')

export const statusSchema = z
  .object({
    cluster: z.object({
      name: z.string(),
      id: z.string().optional(),
      waiting: z.array(z.string()).optional(),
      refused: z.string().optional(),
      simulated: z.boolean(),
      key: z.enum(['open', 'keyed']).optional(),
      zookeeper: z.object({
        url: z.string(),
        managed: z.boolean(),
        session: z.enum(['suspended', 'connected', 'lost']),
      }),
      document: documentStatusSchema.optional(),
      pending: z.array(z.string()).optional(),
      waits: z.array(z.string()).optional(),
      rollout: rolloutStatusSchema.optional(),
    }),
    machines: z.array(machineSchema),
    problems: problemsSchema,
    ready: z.boolean(),
  })
  .openapi('Status')

const otherMachineSchema = z
  .object({
    name: z.string(),
    address: z.string(),
    roles: z.array(z.string()),
    state: z.enum(['alive', 'suspect', 'failed', 'left', 'unseen']),
    version: z.string().optional(),
    document: z.int().optional(),
    said: z
      .object({
        ready: z.boolean(),
        services: saidServicesSchema,
        leads: z.array(z.string()).optional(),
        dns: z.string(),
        stale: z.boolean().optional(),
        dataDir: z.string().optional(),
        problems: problemsSchema,
      })
      .optional(),
  })
  .openapi('OtherMachine')

export const clusterSchema = statusSchema
  .extend({ others: z.array(otherMachineSchema) })
  .openapi('ClusterStatus')
