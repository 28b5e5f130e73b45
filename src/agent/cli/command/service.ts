import { systemClock } from '../../../clock.ts'
import { type ExitCode, exitCode, misuse } from '../../../error.ts'
import type { ServiceStatus } from '../../../supervisor/service/spec.ts'
import { type AgentClient, agentClient } from '../../api/client.ts'
import { servicesText } from '../../display/services.ts'
import { working } from '../../display/working.ts'
import { foldersAt } from '../../local/folders.ts'
import type { ClusterStatus } from '../../status.ts'
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

export const start: Run = (input, screen) =>
  input.given('everywhere') ? startEverywhere(input, screen) : bringUp('start', input, screen)

export const restart: Run = (input, screen) => bringUp('restart', input, screen)

async function bringUp(verb: 'start' | 'restart', input: Input, screen: Screen): Promise<ExitCode> {
  const names = namesOf(input, verb)
  const client = clientOf(input)
  await client.post(`${path}/${verb}`, names)
  const services = await settled(client, names, screen)
  show(services, input, screen)
  return services.every(({ state }) => state === 'ready') ? exitCode.ok : exitCode.failed
}

/** One that needs the others, as a master needs a quorum, gets ready only when all of them are told to start. */
async function startEverywhere(input: Input, screen: Screen): Promise<ExitCode> {
  const names = namesOf(input, 'start')
  const folders = foldersAt(input.text('data-dir'))
  const { machines, others } = await agentClient(folders).get<ClusterStatus>('/v1/cluster')
  const [here] = machines
  const places = [
    ...(here && lacks(here.services, names) ? [{ machine: here.name, client: agentClient(folders) }] : []),
    ...others
      .filter(({ said }) => said && lacks(said.services, names))
      .map(({ name }) => ({ machine: name, client: agentClient(folders, name) })),
  ]
  await Promise.all(places.map(({ client }) => client.post(`${path}/start`, names)))
  const started = await Promise.all(
    places.map(async ({ machine, client }) => {
      const note = (line: string) => screen.note(`  ${machine.padEnd(12)}${line}`)
      return { machine, services: await settled(client, names, { ...screen, note }) }
    }),
  )
  if (input.given('json')) screen.json(started)
  for (const { machine, services } of input.given('json') ? [] : started)
    screen.print(`${machine}\n${servicesText(services, screen, Date.now())}\n`)
  if (started.length === 0) screen.note('None of them is stopped anywhere; nothing was changed.')
  const well = started.every(({ services }) => services.every(({ state }) => state === 'ready'))
  return well ? exitCode.ok : exitCode.failed
}

/** Whether something that is meant is stopped there, or has failed. */
function lacks(services: { name: string; state: string }[], { names }: Names): boolean {
  return services.some(
    ({ name, state }) =>
      (names === undefined || names.includes(name)) && ['stopped', 'failed', 'backing-off'].includes(state),
  )
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
