import { type Clock, until } from '../../clock.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import { type Access, openOperator } from './operator.ts'

const purpose = 'drain this machine'
const pollMs = 300
/** An agent that was just started finds its programs and the master within this time. */
const patienceMs = 15_000

/**
 * Has the leading master drain this machine's mesos-agent, and waits until nothing runs there any more: what is to go
 * on has been started elsewhere by its framework. When it takes too long, the agent is made to take tasks again.
 * @param timeoutMs how long the tasks get until they are all gone, their own grace included
 * @throws MeshboxError `drain-failed`
 */
export async function drainAgent(access: Access, timeoutMs: number, clock: Clock): Promise<void> {
  const { agent, leader } = access
  const operator = openOperator(access, purpose)
  const ready = () => (agent()?.state === 'ready' && leader() !== undefined) || undefined
  await until(clock, { everyMs: pollMs, timeoutMs: Math.min(timeoutMs, patienceMs) }, ready)
  try {
    const id = await operator.id()
    await operator.drain(id)
    const drained = await until(clock, { everyMs: pollMs, timeoutMs }, async () => {
      const state = await operator.draining(id).catch(() => undefined)
      return state === 'DRAINED' || undefined
    })
    if (drained) return
    await operator.reactivate(id)
  } catch (cause) {
    throw failure(messageOf(cause), 'try again, or end the tasks at once with --no-drain', cause)
  }
  throw failure(
    `cannot ${purpose}: its tasks did not end within ${Math.round(timeoutMs / 1000)} s; it takes tasks again`,
    'give them longer with --timeout SECONDS, or end them at once with --no-drain',
  )
}

function failure(message: string, hint: string, cause?: unknown): MeshboxError {
  return new MeshboxError({ code: 'drain-failed', message, hint, cause })
}
