import { z } from 'zod'
import { dnsSchema } from './dns.ts'
import { port } from './option/kind/number.ts'
import { yes } from './option/kind/text.ts'
import { clusterOptions } from './option/marathon/cluster.ts'
import { httpOptions } from './option/marathon/http.ts'
import { metricsOptions } from './option/marathon/metrics.ts'
import { taskOptions } from './option/marathon/tasks.ts'
import { tuningOptions as marathonTuning } from './option/marathon/tuning.ts'
import { apiOptions } from './option/meshbox/api.ts'
import { clusterName, extra, logLevel, ownPort } from './option/meshbox/own.ts'
import { rolloutOptions } from './option/meshbox/rollout.ts'
import { accessFlags, networkFlags, processFlags } from './option/mesos/shared.ts'
import { agentOptions } from './option/mesos-agent/agent.ts'
import { cgroupOptions } from './option/mesos-agent/cgroups.ts'
import { containerOptions } from './option/mesos-agent/containers.ts'
import { imageOptions } from './option/mesos-agent/images.ts'
import { masterAccessOptions } from './option/mesos-master/access.ts'
import { registryOptions } from './option/mesos-master/agents.ts'
import { allocationOptions } from './option/mesos-master/allocation.ts'
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

/** mesos-master's flags by their own names, but for `cluster`, which is the name of the document. */
export const masterSchema = z.strictObject({
  port: option(port.default(5050), {
    program: 'mesos-master',
    text: 'The port that the master listens on.',
    change: 'rolling',
    local: true,
    programDefault: 5050,
  }),
  ...networkFlags('mesos-master'),
  ...registryOptions,
  ...allocationOptions,
  ...masterAccessOptions,
  ...accessFlags('mesos-master'),
  ...processFlags('mesos-master'),
  extraFlags: extra('mesos-master', 'Further flags of mesos-master, as they stand.'),
})

/** mesos-agent's flags by their own names. */
export const agentSchema = z.strictObject({
  port: option(port.default(5051), {
    program: 'mesos-agent',
    text: 'The port that the agent of Mesos listens on.',
    change: 'restart',
    local: true,
    programDefault: 5051,
  }),
  ...networkFlags('mesos-agent'),
  ...agentOptions,
  ...containerOptions,
  ...cgroupOptions,
  ...imageOptions,
  ...accessFlags('mesos-agent'),
  ...processFlags('mesos-agent'),
  extraFlags: extra('mesos-agent', 'Further flags of mesos-agent, as they stand.'),
})

/** Marathon's flags by their own names. */
export const marathonSchema = z.strictObject({
  ...httpOptions,
  ...clusterOptions,
  ...taskOptions,
  ...metricsOptions,
  ...marathonTuning,
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
  rollout: z.strictObject(rolloutOptions).prefault({}),
  log: z.strictObject({ level: logLevel }).prefault({}),
  api: z.strictObject(apiOptions).prefault({}),
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
