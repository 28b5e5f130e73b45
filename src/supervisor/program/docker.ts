import type { Config } from '../../config/schema.ts'
import type { Provided } from '../provider/choose.ts'
import type { ServiceSpec } from '../service/spec.ts'
import { commonSpec } from './defaults.ts'
import type { PlanInput } from './input.ts'

/** Where the engine listens for its clients. */
export function engineSocket({ extraFlags }: Config['docker']): string {
  return String(extraFlags.host ?? '/var/run/docker.sock').replace(/^unix:\/\//, '')
}

/** Whether the engine is a program of ours: where there is systemd it is a unit of its own. */
export function ownEngine({ config, machine }: PlanInput): boolean {
  return config.docker.install && !machine.systemd
}

/** Docker's engine. Its containers go on without it, whether it is restarted or stopped (`--live-restore`). */
export function dockerSpec(input: PlanInput, program: Provided): ServiceSpec {
  const { extraFlags } = input.config.docker
  const socket = engineSocket(input.config.docker)
  // Its switches take a value, unlike those of Mesos.
  const flags = Object.entries({ 'live-restore': true, ...extraFlags }).map(
    ([name, value]) => `--${name}=${value}`,
  )
  const common = commonSpec('docker', input)
  return {
    ...common,
    argv: [...program.command, ...flags],
    env: {},
    files: [],
    needs: [],
    address: `unix://${socket}`,
    provider: program.provider,
    simulated: false,
    probe: { kind: 'docker', socket },
  }
}
