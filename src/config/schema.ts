import { z } from 'zod'
import { dnsSchema } from './dns.ts'
import { attributes } from './option/kind/attributes.ts'
import { port } from './option/kind/number.ts'
import { resources } from './option/kind/resources.ts'
import { yes } from './option/kind/text.ts'
import { clusterName, extra, logLevel, ownPort } from './option/meshbox/own.ts'
import { option } from './option/option.ts'
import { accessOptions } from './option/zookeeper/access.ts'
import { adminOptions } from './option/zookeeper/admin.ts'
import { basicOptions } from './option/zookeeper/basic.ts'
import { ensembleOptions } from './option/zookeeper/ensemble.ts'
import { limitOptions } from './option/zookeeper/limits.ts'
import { storageOptions } from './option/zookeeper/storage.ts'
import { tlsOptions } from './option/zookeeper/tls.ts'
import { tuningOptions } from './option/zookeeper/tuning.ts'
import { packagesSchema } from './packages.ts'
import { supervisionSchema } from './supervision.ts'

/** zoo.cfg's own names, and those of the Java properties of the guide. */
export const zookeeperSchema = z.strictObject({
  ...basicOptions,
  ...storageOptions,
  ...ensembleOptions,
  ...limitOptions,
  ...tuningOptions,
  ...adminOptions,
  ...accessOptions,
  ...tlsOptions,
  extraParameters: extra('zookeeper', 'Further lines of zoo.cfg, as they stand.'),
})

/** mesos-master's flags by their own names. */
const masterSchema = z.strictObject({
  port: option(port.default(5050), {
    program: 'mesos-master',
    text: 'The port that the master listens on.',
    change: 'rolling',
    local: true,
  }),
  extraFlags: extra('mesos-master', 'Further flags of mesos-master, as they stand.'),
})

/** mesos-agent's flags by their own names. */
export const agentSchema = z.strictObject({
  port: option(port.default(5051), {
    program: 'mesos-agent',
    text: 'The port that the agent of Mesos listens on.',
    change: 'restart',
    local: true,
  }),
  resources: option(resources.optional(), {
    program: 'mesos-agent',
    text: 'What the machine offers; what it has when left out.',
    change: 'restart',
    local: true,
  }),
  attributes: option(attributes.optional(), {
    program: 'mesos-agent',
    text: 'What frameworks and selectors can tell machines by.',
    change: 'restart',
    local: true,
  }),
  extraFlags: extra('mesos-agent', 'Further flags of mesos-agent, as they stand.'),
})

/** Marathon's flags by their own names. */
const marathonSchema = z.strictObject({
  http_port: option(port.default(8080), {
    program: 'marathon',
    text: 'The port that Marathon listens on.',
    change: 'restart',
    local: true,
  }),
  extraFlags: extra('marathon', 'Further flags of Marathon, as they stand.'),
})

/** The engine for the tasks of mesos-agent. */
const dockerSchema = z.strictObject({
  install: option(yes.default(false), {
    text: 'A machine without a Docker engine gets one, and mesos-agent runs containers with it.',
    change: 'restart',
    local: true,
  }),
  extraFlags: extra(
    'docker',
    "dockerd's flags, by their own names; where systemd runs the engine they are the operator's.",
  ),
})

/** The whole shared document. Everything has a default: an empty document is a whole cluster. */
export const documentSchema = z.strictObject({
  name: clusterName,
  zookeeper: zookeeperSchema.prefault({}),
  mesos: z.strictObject({ master: masterSchema.prefault({}), agent: agentSchema.prefault({}) }).prefault({}),
  marathon: marathonSchema.prefault({}),
  dns: dnsSchema.prefault({}),
  docker: dockerSchema.prefault({}),
  packages: packagesSchema.prefault({}),
  supervision: supervisionSchema.prefault({}),
  log: z.strictObject({ level: logLevel }).prefault({}),
  api: z.strictObject({ port: ownPort(7947, 'The port of the HTTP API and the page.') }).prefault({}),
  gossip: z
    .strictObject({
      port: ownPort(
        7946,
        'The port of UDP and TCP on which the machines know of each other; the same on all of them.',
      ),
    })
    .prefault({}),
})

/** The effective configuration: the document with all defaults filled in. */
export type Config = z.output<typeof documentSchema>
