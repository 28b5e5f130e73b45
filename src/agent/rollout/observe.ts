import { connect } from 'node:net'
import { z } from 'zod'
import type { Clock } from '../../clock.ts'
import { until } from '../../clock.ts'
import { splitHostPort } from '../../config/address.ts'
import type { Cluster } from '../../config/document/cluster.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import type { Server } from '../../config/zookeeper/url.ts'
import { silentLog } from '../../log.ts'
import type { Node } from '../nodes/node.ts'
import { type Part, parts } from '../plan/part.ts'
import type { Lack, Seen } from './order.ts'

/** Who is there, and what the control plane lacks, at one moment. */
export type View = { machines: Seen[]; lacks: Lack[] }

const answerMs = 3000

/** The machines by what they say of themselves, with nobody asked. */
export function machinesIn(
  nodes: Map<string, Node>,
  leads: (id: string, node: Node) => Part[] = () => [],
): Seen[] {
  return [...nodes].map(([id, node]) => ({
    ...{ id, name: node.name, controller: isController(node), version: node.document },
    waits: partsIn(node.waits ?? []),
    serves: partsIn(node.services.filter(({ state }) => state === 'ready').map(({ name }) => name)),
    leads: leads(id, node),
    ready: node.services.every(({ state }) => state === 'ready' || state === 'stopped'),
  }))
}

const isController = (node: Node) => node.roles.includes('controller')

/** Asks every controller's programs themselves: what a machine says of them may be some seconds old. */
export async function observe(
  nodes: Map<string, Node>,
  servers: Cluster['servers'],
  clock: Clock,
): Promise<View> {
  const all = [...nodes].map(([id, node]) => ({ id, node }))
  const controllers = all.filter(({ node }) => isController(node))
  const [ensemble, masters, marathon] = await Promise.all([
    Promise.all((servers ?? []).map((server) => askServer(server, clock))),
    Promise.all(controllers.map(({ id, node }) => askMaster(id, node))),
    askMarathon(controllers.map(({ node }) => node)),
  ])
  const machines = machinesIn(nodes, (id, node) => [
    ...(ensemble.some(({ host, mode }) => host === node.address && mode === 'leader')
      ? (['zookeeper'] as const)
      : []),
    ...(masters.some((master) => master.id === id && master.leads) ? (['mesos-master'] as const) : []),
    ...(marathon?.host === node.address ? (['marathon'] as const) : []),
  ])
  const absent = (servers ?? []).filter(({ host }) => !all.some(({ node }) => node.address === host))
  const idAt = (host: string) => all.find(({ node }) => node.address === host)?.id ?? host
  const lacks: Lack[] = [
    ...absent.flatMap(({ host }) =>
      (['zookeeper', 'mesos-master', 'marathon'] as const).map((part) => ({
        ...{ part, id: host, why: `${host} to be in touch with ZooKeeper` },
      })),
    ),
    ...ensemble
      .filter(({ serves }) => !serves)
      .map(({ host }) => ({
        part: 'zookeeper' as const,
        id: idAt(host),
        why: `ZooKeeper to serve at ${host}`,
      })),
    ...controllers.flatMap(({ id, node }) =>
      node.services
        .filter(({ name, state }) => state !== 'ready' && !(name === 'marathon' && state === 'stopped'))
        .flatMap(({ name, state }) =>
          partsIn([name]).map((part) => ({ part, id, why: `${name} of ${node.name}, which is ${state}` })),
        ),
    ),
    ...(masters.length > 0 && !masters.some((master) => master.leads)
      ? [{ part: 'mesos-master' as const, why: 'a master to lead, with its registry' }]
      : []),
  ]
  return { machines, lacks }
}

type Member = Server & { serves: boolean; mode: string | undefined }

/** A client session is the only proof that it serves. */
async function askServer(
  { host, clientPort: port }: { host: string; clientPort: number },
  clock: Clock,
): Promise<Member> {
  const server = { host, port }
  const session = openSession({ servers: [server], timeoutMs: answerMs }, clock, silentLog)
  try {
    const connected = await until(clock, { everyMs: 20, timeoutMs: answerMs }, () =>
      session.state() === 'connected' ? true : undefined,
    )
    const serves =
      connected === true &&
      (await session.children('/').then(
        () => true,
        () => false,
      ))
    return { ...server, serves, mode: serves ? await modeOf(server) : undefined }
  } finally {
    await session.close()
  }
}

/** `leader`, `follower`, `observer` or `standalone`: the server's own word, to the command `srvr`. */
function modeOf({ host, port }: Server): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({ host, port, timeout: answerMs }, () => socket.write('srvr'))
    const done = () => {
      socket.destroy()
      resolve(/^Mode: (\w+)/m.exec(text)?.[1])
    }
    socket.on('data', (data) => {
      text += data
    })
    for (const end of ['end', 'error', 'timeout', 'close']) socket.on(end, done)
  })
}

const metricsSchema = z.record(z.string(), z.number())

async function askMaster(id: string, node: Node): Promise<{ id: string; leads: boolean }> {
  const metrics = metricsSchema.safeParse(await answerOf(node, 'mesos-master', '/metrics/snapshot'))
  const isLeader = metrics.data?.['master/elected'] === 1 && 'registrar/registry_size_bytes' in metrics.data
  return { id, leads: isLeader }
}

const leaderSchema = z.object({ leader: z.string() })

/** Each of them knows who leads. */
async function askMarathon(nodes: Node[]): Promise<{ host: string } | undefined> {
  const answers = await Promise.all(nodes.map((node) => answerOf(node, 'marathon', '/v2/leader')))
  const known = answers.map((answer) => leaderSchema.safeParse(answer)).find(({ success }) => success)
  return known?.data && splitHostPort(known.data.leader)
}

async function answerOf({ services }: Node, name: Part, path: string): Promise<unknown> {
  const address = services.find((service) => service.name === name)?.address
  if (address === undefined) return undefined
  try {
    const options = { redirect: 'manual', signal: AbortSignal.timeout(answerMs) } as const
    return await (await fetch(`http://${address}${path}`, options)).json()
  } catch {
    return undefined
  }
}

function partsIn(names: string[]): Part[] {
  return names.flatMap((name) => parts.filter((part) => part === name))
}
