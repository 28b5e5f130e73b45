import { join } from 'node:path'
import { milliseconds } from '../../config/option/kind/duration.ts'
import { type Config, masterSchema } from '../../config/schema.ts'
import { formatServer } from '../../config/zookeeper/url.ts'
import { patienceFor } from '../ensemble/isolation.ts'
import type { Provided } from '../provider/choose.ts'
import type { ServiceSpec } from '../service/spec.ts'
import { clustered, commonSpec, controllers, reachable, zkValue } from './defaults.ts'
import { mesosFlags } from './flags.ts'
import type { PlanInput } from './input.ts'
import { setIn } from './set.ts'

/** As ZooKeeper grants it. */
function sessionMs({ mesos, zookeeper }: Config): number {
  const { tickTime, minSessionTimeout = 2 * tickTime, maxSessionTimeout = 20 * tickTime } = zookeeper
  const wanted = milliseconds(mesos.master.zk_session_timeout ?? '10secs')
  return Math.min(maxSessionTimeout, Math.max(minSessionTimeout, wanted))
}

/** mesos-master. The quorum follows from the declared controllers, never from those that are up. */
export function mesosMasterSpec(input: PlanInput, program: Provided): ServiceSpec {
  const { config, machine } = input
  const { port, extraFlags, ip } = config.mesos.master
  const common = commonSpec('mesos-master', input)
  const { version } = config.packages['mesos-master']
  const set = setIn(masterSchema, config.mesos.master, join(common.cwd, 'flags'), version)
  const zk = zkValue(input, 'mesos-master')
  const flags = {
    zk: zk.value,
    quorum: Math.floor(controllers(input) / 2) + 1,
    work_dir: `${common.cwd}/work`,
    ip: machine.inner ?? machine.ip,
    ...(machine.inner ? { advertise_ip: machine.ip } : {}),
    hostname: machine.ip,
    cluster: config.name,
    // Its log is initialised at the birth of the cluster, and never again: one that was lost learns from the others.
    ...(input.birth ? { log_auto_initialize: false } : {}),
    ...set.flags,
    ...extraFlags,
  }
  const address = formatServer({ host: reachable(ip, machine.inner ?? machine.ip), port })
  return {
    ...common,
    argv: [...program.command, ...mesosFlags(flags)],
    env: {},
    files: [...zk.files, ...set.files],
    needs: clustered,
    address,
    provider: program.provider,
    simulated: program.provider === 'simulated',
    probe: {
      kind: 'mesos-master',
      url: `http://${address}`,
      shown: `${flags.hostname}:${set.flags.advertise_port ?? port}`,
      ensemble: { servers: input.zk.servers, patienceMs: patienceFor(sessionMs(config)) },
    },
  }
}
