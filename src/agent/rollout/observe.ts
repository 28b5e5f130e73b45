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

/** So long an answer is waited for; so a look at all of them takes no longer. */
export const answerMs = 3000

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

/** A client session is the only proof that it serves. Nobody is waited for who does not answer at all. */
export async function askServer(
  { host, clientPort: port }: { host: string; clientPort: number },
  clock: Clock,
): Promise<Answers['ensemble'][number]> {
  const server = { host, port }
  const ending = new AbortController()
  const session = openSession({ servers: [server], timeoutMs: answerMs }, clock, silentLog)
  const serving = async () => {
    const { signal } = ending
    await until(clock, { everyMs: 20, timeoutMs: answerMs, signal }, () =>
      session.state() === 'connected' ? true : undefined,
    )
    if ((await session.children('/')) === undefined) throw new Error('no root')
    return modeOf(server).catch(() => undefined)
  }
  const late = () => clock.sleep(answerMs, ending.signal).then(() => Promise.reject(new Error('no answer')))
  try {
    // A session is tried again for as long as it takes; a refusal is an answer at once.
    const refused = modeOf(server).then(() => new Promise<never>(() => {}))
    return { host, serves: true, mode: await Promise.race([serving(), refused, late()]) }
  } catch {
    return { host, serves: false, mode: undefined }
  } finally {
    ending.abort()
    void session.close()
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
