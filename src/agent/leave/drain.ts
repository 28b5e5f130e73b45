import { z } from 'zod'
import { type Clock, until } from '../../clock.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'

export type Draining = {
  /** This machine's mesos-agent as it is now. */
  agent: () => Pick<ServiceStatus, 'state' | 'reason' | 'address'> | undefined
  /** URL of the leading master now; undefined while none leads. */
  leader: () => string | undefined
  authorization: (signal: AbortSignal) => Promise<string | undefined>
  tls?: { ca?: string; cert?: string; key?: string } | undefined
  /** How long the tasks get until they are all gone, their own grace included. */
  timeoutMs: number
  clock: Clock
}

const requestMs = 5000
const pollMs = 300
/** An agent that was just started finds its programs and the master within this time. */
const patienceMs = 15_000

const agentSchema = z.object({ id: z.string() })
const slavesSchema = z.object({
  slaves: z.array(z.object({ id: z.string(), drain_info: z.object({ state: z.string() }).nullish() })),
})

/**
 * Has the leading master drain this machine's mesos-agent, and waits until nothing runs there any more: what is to go
 * on has been started elsewhere by its framework. When it takes too long, the agent is made to take tasks again.
 * @throws MeshboxError `drain-failed`
 */
export async function drainAgent(draining: Draining): Promise<void> {
  const { agent, leader, timeoutMs, clock } = draining
  const ready = () => (agent()?.state === 'ready' && leader() !== undefined) || undefined
  await until(clock, { everyMs: pollMs, timeoutMs: Math.min(timeoutMs, patienceMs) }, ready)
  const { state, reason, address } = agent() ?? { state: 'away', reason: undefined, address: '' }
  if (state !== 'ready') throw failure(`mesos-agent is ${state}${reason ? `: ${reason}` : ''}`, noDrain)
  const id = await idOf(`http://${address}`)
  const agent_id = { value: id }
  await call(draining, { type: 'DRAIN_AGENT', drain_agent: { agent_id, mark_gone: false } })
  const drained = await until(clock, { everyMs: pollMs, timeoutMs }, () =>
    isDrained(draining, id).catch(() => undefined),
  )
  if (drained) return
  await call(draining, { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id } })
  throw failure(
    `its tasks did not end within ${Math.round(timeoutMs / 1000)} s; it takes tasks again`,
    'give them longer with --timeout SECONDS, or end them at once with --no-drain',
  )
}

async function idOf(agent: string): Promise<string> {
  try {
    const response = await fetch(`${agent}/slave(1)/state`, { signal: AbortSignal.timeout(requestMs) })
    const { id } = agentSchema.parse(await response.json())
    if (id !== '') return id
  } catch (cause) {
    throw failure(`mesos-agent does not tell its id: ${messageOf(cause)}`, noDrain, cause)
  }
  throw failure('mesos-agent is not registered with a master', noDrain)
}

async function isDrained(draining: Draining, id: string): Promise<true | undefined> {
  const response = await ask(draining, `/master/slaves?slave_id=${encodeURIComponent(id)}`)
  const { slaves } = slavesSchema.parse(await response.json())
  return slaves.find((slave) => slave.id === id)?.drain_info?.state === 'DRAINED' || undefined
}

async function call(draining: Draining, body: unknown): Promise<void> {
  const response = await ask(draining, '/api/v1', body).catch((cause) => {
    throw cause instanceof MeshboxError ? cause : failure(messageOf(cause), noDrain, cause)
  })
  if (response.status !== 200)
    throw failure(`mesos-master answers ${response.status}: ${(await response.text()).trim()}`, noDrain)
}

async function ask(
  { leader, authorization, tls }: Draining,
  path: string,
  body?: unknown,
): Promise<Response> {
  const master = leader()
  if (!master) throw failure('no mesos-master leads', noDrain)
  const signal = AbortSignal.timeout(requestMs)
  const credentials = await authorization(signal)
  return fetch(`${master}${path}`, {
    signal,
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(credentials === undefined ? {} : { authorization: credentials }),
    },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    ...(tls ? { tls } : {}),
  })
}

const noDrain = 'try again, or end the tasks at once with --no-drain'

function failure(why: string, hint: string, cause?: unknown): MeshboxError {
  return new MeshboxError({
    code: 'drain-failed',
    message: `cannot drain this machine: ${why}`,
    hint,
    cause,
  })
}
