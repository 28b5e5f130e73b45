import type { Config } from '../config/schema.ts'
import { dockerSpec, ownEngine } from './program/docker.ts'
import type { PlanInput } from './program/input.ts'
import { marathonSpec } from './program/marathon.ts'
import { mesosAgentSpec } from './program/mesos-agent.ts'
import { mesosMasterSpec } from './program/mesos-master.ts'
import { zookeeperSpec } from './program/zookeeper.ts'
import type { Held, Provided } from './provider/choose.ts'
import { inContainer } from './provider/docker/container.ts'
import { type FirstLog, firstLog } from './replicated-log/first.ts'
import type { ServiceName, ServiceSpec } from './service/spec.ts'

/** What should run on this machine, and what should but cannot. */
export type Plan = {
  services: ServiceSpec[]
  held: Held[]
  /** Has to be done before the mesos-master of this plan may run. */
  firstLog?: FirstLog
}

/** From the effective configuration and the facts of the machine to its services. Pure: same input, same plan. */
export function planServices(input: PlanInput): Plan {
  const { birth, programs, roles } = input
  const wanted: ServiceName[] = [
    ...(birth && !input.zooKeeperStops ? (['zookeeper'] as const) : []),
    ...(roles.controller && !input.masterStops ? (['mesos-master'] as const) : []),
    ...(roles.worker && ownEngine(input) ? (['docker'] as const) : []),
    ...(roles.worker ? (['mesos-agent'] as const) : []),
    ...(roles.controller ? (['marathon'] as const) : []),
  ]
  const services: ServiceSpec[] = []
  const held = programs.held.filter(({ name }) => wanted.includes(name))
  let first: FirstLog | undefined
  for (const name of wanted) {
    const program = programs.provided[name]
    if (!program) continue
    const unready = withoutLog(name, input)
    if (unready) first = firstLog(mesosMasterSpec(input, program), program)
    const refusal = unready ?? refusedImage(name, program, input.config)
    if (refusal) held.push(refusal)
    else services.push(specOf(name, program, input))
  }
  return { services, held, ...(first ? { firstLog: first } : {}) }
}

/** Where the masters are told to initialise their log themselves, nothing has to come before them. */
function withoutLog(name: ServiceName, { birth, config }: PlanInput): Held | undefined {
  if (name !== 'mesos-master' || !birth?.firstLog || config.mesos.master.log_auto_initialize) return undefined
  const { problem } = birth.firstLog
  return problem
    ? { name, kind: 'missing', ...problem }
    : { name, kind: 'preparing', reason: "the masters' log is being initialised" }
}

function specOf(name: ServiceName, program: Provided, input: PlanInput): ServiceSpec {
  const bare = {
    zookeeper: zookeeperSpec,
    'mesos-master': mesosMasterSpec,
    docker: dockerSpec,
    'mesos-agent': mesosAgentSpec,
    marathon: marathonSpec,
  }[name](input, program)
  const spec = { ...bare, env: { ...program.env, ...bare.env } }
  return program.image === undefined ? spec : inContainer(spec, program.image)
}

/** The executors of any other containerizer are children of mesos-agent, and would die with its container. */
function refusedImage(name: ServiceName, { image }: Provided, { mesos }: Config): Held | undefined {
  if (name !== 'mesos-agent' || image === undefined) return undefined
  const { containerizers = [], docker_mesos_image } = mesos.agent
  if (containerizers.every((each) => each === 'docker') && containerizers.length > 0 && docker_mesos_image)
    return undefined
  return {
    name,
    kind: 'missing',
    reason: 'in a container mesos-agent would take its tasks with it whenever it is restarted',
    hint: 'set containerizers to docker, and docker_mesos_image; or choose another provider',
  }
}
