import { z } from 'zod'
import { dnsSchema } from './dns.ts'
import { packagesSchema } from './packages.ts'

const port = z.int().min(1).max(65535)
/** Flags that meshbox does not know (yet): passed to the program as they stand. */
const extraFlags = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({})

/** zoo.cfg's own names. Ports 2888 and 3888 are for the other servers of the ensemble. */
const zookeeperSchema = z.strictObject({
  clientPort: port.default(2181),
  quorumPort: port.default(2888),
  electionPort: port.default(3888),
  tickTime: z.int().min(1).default(2000),
  initLimit: z.int().min(1).default(10),
  syncLimit: z.int().min(1).default(5),
  maxClientCnxns: z.int().min(0).default(60),
  'autopurge.purgeInterval': z.int().min(0).default(1),
  'autopurge.snapRetainCount': z.int().min(3).default(3),
  /** Further lines of zoo.cfg. */
  extraParameters: extraFlags,
})

/** mesos-master's flags by their own names. */
const masterSchema = z.strictObject({
  port: port.default(5050),
  extraFlags,
})

/** mesos-agent's flags by their own names. */
const agentSchema = z.strictObject({
  port: port.default(5051),
  /** `cpus:4;mem:4096;ports:[31000-32000]`; what the machine has when left out. */
  resources: z.string().optional(),
  attributes: z.string().optional(),
  extraFlags,
})

/** Marathon's flags by their own names. */
const marathonSchema = z.strictObject({
  http_port: port.default(8080),
  extraFlags,
})

/** The engine for the tasks of mesos-agent. */
const dockerSchema = z.strictObject({
  /** A machine without an engine gets one, and mesos-agent runs containers with it. */
  install: z.boolean().default(false),
  /** dockerd's, by their own names; where systemd runs the engine they are the operator's. */
  extraFlags,
})

/** The whole shared document. Everything has a default: an empty document is a whole cluster. */
export const documentSchema = z.strictObject({
  /** The cluster's name, shown by mesos-master as `cluster`. */
  name: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/, 'must be 1 to 63 letters, digits, ".", "_" or "-"')
    .default('meshbox'),
  zookeeper: zookeeperSchema.prefault({}),
  mesos: z.strictObject({ master: masterSchema.prefault({}), agent: agentSchema.prefault({}) }).prefault({}),
  marathon: marathonSchema.prefault({}),
  dns: dnsSchema.prefault({}),
  docker: dockerSchema.prefault({}),
  packages: packagesSchema.prefault({}),
  api: z.strictObject({ port: port.default(7947) }).prefault({}),
  /** Between the machines, over UDP and TCP; the same port on all of them. */
  gossip: z.strictObject({ port: port.default(7946) }).prefault({}),
})

/** The effective configuration: the document with all defaults filled in. */
export type Config = z.output<typeof documentSchema>
