import { z } from 'zod'
import { type Clock, until } from '../../clock.ts'
import { splitHostPort } from '../../config/address.ts'
import type { Cluster } from '../../config/document/cluster.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import { modeOf } from '../../config/zookeeper/words.ts'
import { silentLog } from '../../log.ts'
import type { Node } from '../nodes/node.ts'
import type { Part } from '../plan/part.ts'
import { type Answers, isController } from './view.ts'

const answerMs = 3000

/** Asks every controller's programs themselves: what a machine says of them may be some seconds old. */
export async function observe(
  nodes: Map<string, Node>,
  servers: Cluster['servers'],
  clock: Clock,
): Promise<Answers> {
  const controllers = [...nodes].filter(([, node]) => isController(node))
  const [ensemble, masters, marathons] = await Promise.all([
    Promise.all((servers ?? []).map((server) => askServer(server, clock))),
    Promise.all(controllers.map(async ([id, node]) => ((await leadsMasters(node)) ? id : undefined))),
    Promise.all(controllers.map(([, node]) => marathonLeader(node))),
  ])
  const first = (found: (string | undefined)[]) => found.find((each) => each !== undefined)
  return { ensemble, master: first(masters), marathon: first(marathons) }
}

/** A client session is the only proof that it serves. */
export async function askServer(
  { host, clientPort: port }: { host: string; clientPort: number },
  clock: Clock,
): Promise<Answers['ensemble'][number]> {
  const session = openSession({ servers: [{ host, port }], timeoutMs: answerMs }, clock, silentLog)
  try {
    const serves = await until(clock, { everyMs: 20, timeoutMs: answerMs }, () =>
      session.state() === 'connected' ? true : undefined,
    ).then(async (connected) => connected === true && (await session.children('/')) !== undefined)
    return { host, serves, mode: serves ? await modeOf({ host, port }).catch(() => undefined) : undefined }
  } catch {
    return { host, serves: false, mode: undefined }
  } finally {
    await session.close()
  }
}

const metricsSchema = z.record(z.string(), z.number())

/** One that is elected and has no registry yet leads nothing. */
async function leadsMasters(node: Node): Promise<boolean> {
  const { data } = metricsSchema.safeParse(await answerOf(node, 'mesos-master', '/metrics/snapshot'))
  return data?.['master/elected'] === 1 && 'registrar/registry_size_bytes' in data
}

const leaderSchema = z.object({ leader: z.string() })

/** Each of them knows who leads. */
async function marathonLeader(node: Node): Promise<string | undefined> {
  const { data } = leaderSchema.safeParse(await answerOf(node, 'marathon', '/v2/leader'))
  return data && splitHostPort(data.leader)?.host
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
