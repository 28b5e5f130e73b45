import { systemClock } from '../../../clock.ts'
import { type ExitCode, exitCode, misuse } from '../../../error.ts'
import type { ServiceStatus } from '../../../supervisor/service/spec.ts'
import { type AgentClient, agentClient } from '../../api/client.ts'
import { servicesText } from '../../display/services.ts'
import { working } from '../../display/working.ts'
import { foldersAt } from '../../local/folders.ts'
import type { Input, Run } from '../command.ts'
import type { Screen } from '../screen.ts'

const path = '/v1/services'
const pollMs = 200
/** A slow Java on a busy machine; what is not ready by then says why. */
const readyMs = 120_000

export const list: Run = async (input, screen) => show(await clientOf(input).get(path), input, screen)

export const stop: Run = async (input, screen) => {
  const names = namesOf(input, 'stop')
  const stopped = clientOf(input).post<ServiceStatus[]>(`${path}/stop`, names)
  const done = await working(screen, 'stopping', stopped)
  return show(only(done, names), input, screen)
}

export const start: Run = (input, screen) => bringUp('start', input, screen)

export const restart: Run = (input, screen) => bringUp('restart', input, screen)

async function bringUp(verb: 'start' | 'restart', input: Input, screen: Screen): Promise<ExitCode> {
  const names = namesOf(input, verb)
  const client = clientOf(input)
  await client.post(`${path}/${verb}`, names)
  const services = await settled(client, names, screen)
  show(services, input, screen)
  return services.every(({ state }) => state === 'ready') ? exitCode.ok : exitCode.failed
}

/** Waits until each is ready, or has come to where it needs somebody's help. */
async function settled(client: AgentClient, names: Names, screen: Screen): Promise<ServiceStatus[]> {
  const deadline = systemClock.monotonic() + readyMs
  const shown = new Map<string, string>()
  for (;;) {
    const services = only(await client.get<ServiceStatus[]>(path), names)
    for (const { name, state } of services)
      if (shown.get(name) !== state) screen.note(`  ${name.padEnd(13)} ${state}`)
    for (const { name, state } of services) shown.set(name, state)
    const over = services.every(({ state }) => state === 'ready' || state === 'failed')
    if (over || systemClock.monotonic() > deadline) return services
    await systemClock.sleep(pollMs)
  }
}

type Names = { names?: string[] }

/** @throws MeshboxError (exit 2) unless it is either names or --all */
function namesOf({ args, given }: Input, verb: string): Names {
  if (given('all') && args.length === 0) return {}
  if (!given('all') && args.length > 0) return { names: args }
  throw misuse(
    'service-names',
    `cannot ${verb}: ${args.length > 0 ? 'names and --all are given' : 'no service is named'}`,
    `meshbox service ${verb} mesos-agent, or meshbox service ${verb} --all`,
  )
}

const only = (services: ServiceStatus[], { names }: Names) =>
  services.filter(({ name }) => names === undefined || names.includes(name))

function show(services: ServiceStatus[], input: Input, screen: Screen): ExitCode {
  if (input.given('json')) screen.json(services)
  else screen.print(servicesText(services, screen, Date.now()))
  return exitCode.ok
}

function clientOf(input: Input): AgentClient {
  return agentClient(foldersAt(input.text('data-dir')), input.text('node'))
}
