import { join } from 'node:path'
import { agentSchema } from '../../config/schema.ts'
import { formatServer } from '../../config/zookeeper/url.ts'
import type { Provided } from '../provider/choose.ts'
import type { ServiceSpec } from '../service/spec.ts'
import { afterMaster, commonSpec, reachable, zkValue } from './defaults.ts'
import { engineSocket, ownEngine } from './docker.ts'
import { mesosFlags } from './flags.ts'
import type { PlanInput } from './input.ts'
import { setIn } from './set.ts'

/**
 * mesos-agent. Its tasks outlive it whichever way it is stopped, but for SIGUSR1: then it unregisters and kills them,
 * which is for leaving alone.
 */
export function mesosAgentSpec(input: PlanInput, program: Provided): ServiceSpec {
  const { config, machine } = input
  const { port, extraFlags, ip } = config.mesos.agent
  const common = commonSpec('mesos-agent', input)
  const { version } = config.packages['mesos-agent']
  const set = setIn(agentSchema, config.mesos.agent, join(common.cwd, 'flags'), version)
  const zk = zkValue(input, 'mesos-agent')
  const flags = {
    master: zk.value,
    work_dir: `${common.cwd}/work`,
    runtime_dir: `${common.cwd}/run`,
    ip: machine.inner ?? machine.ip,
    ...(machine.inner ? { advertise_ip: machine.ip } : {}),
    hostname: machine.ip,
    systemd_enable_support: machine.systemd && machine.root,
    ...(machine.root ? {} : { launcher: 'posix', switch_user: false }),
    ...(config.docker.install
      ? { containerizers: 'docker,mesos', docker_socket: engineSocket(config.docker) }
      : {}),
    launcher_dir: program.flags?.launcher_dir,
    ...set.flags,
    ...extraFlags,
  }
  const address = formatServer({ host: reachable(ip, machine.inner ?? machine.ip), port })
  return {
    ...common,
    argv: [...program.command, ...mesosFlags(flags)],
    env: {},
    files: [...zk.files, ...set.files],
    needs: [...afterMaster(input), ...(ownEngine(input) ? (['docker'] as const) : [])],
    address,
    provider: program.provider,
    simulated: program.provider === 'simulated',
    probe: { kind: 'mesos-agent', url: `http://${address}`, ...credentialsIn(set.flags) },
    leave: [{ signal: 'SIGUSR1', graceMs: 10_000 }, ...common.stop],
  }
}

function credentialsIn({ http_credentials: file }: Record<string, string | boolean>): {
  credentials?: string
} {
  return typeof file === 'string' ? { credentials: file.replace(/^file:\/\//, '') } : {}
}
