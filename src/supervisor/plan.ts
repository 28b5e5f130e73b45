import type { PlanInput } from './program/input.ts'
import { marathonSpec } from './program/marathon.ts'
import { mesosAgentSpec } from './program/mesos-agent.ts'
import { mesosMasterSpec } from './program/mesos-master.ts'
import { zookeeperSpec } from './program/zookeeper.ts'
import type { Held } from './provider/choose.ts'
import type { ServiceName, ServiceSpec } from './service/spec.ts'

/** What should run on this machine, and what should but cannot. */
export type Plan = { services: ServiceSpec[]; held: Held[] }

/** From the effective configuration and the facts of the machine to its services. Pure: same input, same plan. */
export function planServices(input: PlanInput): Plan {
  const { birth, programs, roles } = input
  const wanted: ServiceName[] = [
    ...(birth ? (['zookeeper'] as const) : []),
    ...(roles.controller ? (['mesos-master'] as const) : []),
    ...(roles.worker ? (['mesos-agent'] as const) : []),
    ...(roles.controller ? (['marathon'] as const) : []),
  ]
  const services: ServiceSpec[] = []
  for (const name of wanted) {
    const program = programs.provided[name]
    if (!program) continue
    if (name === 'zookeeper' && birth) services.push(zookeeperSpec(input, birth, program.command))
    if (name === 'mesos-master') services.push(mesosMasterSpec(input, program))
    if (name === 'mesos-agent') services.push(mesosAgentSpec(input, program))
    if (name === 'marathon') services.push(marathonSpec(input, program))
  }
  return { services, held: programs.held.filter(({ name }) => wanted.includes(name)) }
}
