import { z } from 'zod'
import { type Clock, until } from '../../clock.ts'
import { hostOf } from '../../config/address.ts'
import { basic } from '../../config/basic.ts'
import type { Cluster } from '../../config/document/cluster.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import { modeOf } from '../../config/zookeeper/words.ts'
import { silentLog } from '../../log.ts'
import { isLoopback } from '../local/machine.ts'
import { type Masters, standing } from '../masters.ts'
import type { Node } from '../nodes/node.ts'
import type { Part } from '../plan/part.ts'
import { type Answers, isController, type MarathonAnswer, type MasterAnswer } from './view.ts'

/** So long an answer is waited for; so a look at all of them takes no longer. */
export const answerMs = 3000

/**
 * Asks every controller's programs themselves: what a machine says of them may be some seconds old.
 * @param login user:password that Marathon asks for
 */
export async function observe(
  nodes: Map<string, Node>,
  servers: Cluster['servers'],
  masters: Pick<Masters, 'master'>,
  login: string | undefined,
  clock: Clock,
): Promise<Answers> {
  const controllers = [...nodes].filter(([, node]) => isController(node))
  const asked = await Promise.all([
    Promise.all((servers ?? []).map((server) => askServer(server, clock))),
    Promise.all(controllers.map(async ([id, node]) => [id, await masterOf(node, masters)] as const)),
    Promise.all(controllers.map(async ([id, node]) => [id, await marathonOf(node, login)] as const)),
  ])
  return { ensemble: asked[0], masters: new Map(asked[1]), marathons: new Map(asked[2]) }
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

function masterOf(node: Node, masters: Pick<Masters, 'master'>): Promise<MasterAnswer | undefined> {
  const host = addressOf(node, 'mesos-master')
  return host === undefined
    ? Promise.resolve(undefined)
    : standing(masters, host, answerMs).catch(() => undefined)
}

const leaderSchema = z.object({ leader: z.string() })
/** It serves, and does not say who leads: nobody does, or whoever asks may not know. */
const withoutLeader = [401, 403, 404]

/** Each of them knows who leads, or that nobody does. */
async function marathonOf(node: Node, login: string | undefined): Promise<MarathonAnswer | undefined> {
  const address = addressOf(node, 'marathon')
  if (address === undefined) return undefined
  // It is there for its own machine alone, whose word has to do.
  if (isLoopback(hostOf(address)) && !isLoopback(node.address)) return { leader: undefined }
  try {
    // Jetty reads it so.
    const headers = login === undefined ? undefined : { authorization: basic(login, 'latin1') }
    const options = { redirect: 'manual', signal: AbortSignal.timeout(answerMs) } as const
    const response = await fetch(`http://${address}/v2/leader`, {
      ...options,
      ...(headers ? { headers } : {}),
    })
    if (response.status === 200) return { leader: hostOf(leaderSchema.parse(await response.json()).leader) }
    return withoutLeader.includes(response.status) ? { leader: undefined } : undefined
  } catch {
    return undefined
  }
}

function addressOf({ services }: Node, name: Part): string | undefined {
  return services.find((service) => service.name === name)?.address
}
