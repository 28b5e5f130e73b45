import { z } from 'zod'
import type { MasterAccess } from '../../dns/master/access.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import { type Authorization, headersFor } from '../../supervisor/probe/authorization.ts'
import type { ServiceStatus } from '../../supervisor/service/spec.ts'

/** The operator API of the leading master, as far as this machine's mesos-agent is concerned (Mesos 1.9 and later). */
export type Operator = {
  /** What the master calls this machine's mesos-agent. */
  id(): Promise<string>
  /** No new tasks there, and those that run are ended. */
  drain(id: string): Promise<void>
  /** It takes tasks again. */
  reactivate(id: string): Promise<void>
  /** Whether the master has it among its agents: the active ones, or those that somebody has taken out. */
  registered(id: string): Promise<boolean>
  /** Undefined while nobody has asked for it to be drained. */
  draining(id: string): Promise<'DRAINING' | 'DRAINED' | undefined>
}

export type Access = {
  /** This machine's mesos-agent as it is now. */
  agent: () => Pick<ServiceStatus, 'state' | 'reason' | 'address'> | undefined
  /** How it is spoken to. */
  agentAuthorization: Authorization
  /** host:port of the leading master now; undefined while none leads. */
  leader: () => string | undefined
  /** How masters are spoken to. */
  master: () => MasterAccess
}

const requestMs = 5000

const agentSchema = z.object({ id: z.string() })
const slavesSchema = z.object({
  slaves: z.array(
    z.object({
      id: z.string(),
      active: z.boolean(),
      /** By an operator's word, as one that is drained; since Mesos 1.9. */
      deactivated: z.boolean().default(false),
      drain_info: z.object({ state: z.enum(['DRAINING', 'DRAINED']) }).nullish(),
    }),
  ),
})

/** Each operation rejects with a MeshboxError `drain-failed` that begins with `cannot <purpose>`. */
export function openOperator(
  { agent, agentAuthorization, leader, master }: Access,
  purpose: string,
): Operator {
  const failure = (why: string, cause?: unknown) =>
    new MeshboxError({ code: 'drain-failed', message: `cannot ${purpose}: ${why}`, cause })

  async function ask(path: string, body?: unknown): Promise<Response> {
    const host = leader()
    if (!host) throw failure('no mesos-master leads')
    try {
      const { scheme, tls, authorization } = master()
      const signal = AbortSignal.timeout(requestMs)
      const credentials = await authorization(signal)
      const response = await fetch(`${scheme}://${host}${path}`, {
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
      if (response.status === 200) return response
      throw failure(`mesos-master answers ${response.status}: ${(await response.text()).trim()}`)
    } catch (cause) {
      throw cause instanceof MeshboxError ? cause : failure(messageOf(cause), cause)
    }
  }

  async function seen(id: string) {
    const response = await ask(`/master/slaves?slave_id=${encodeURIComponent(id)}`)
    const { slaves } = slavesSchema.parse(await response.json())
    return slaves.find((slave) => slave.id === id)
  }

  return {
    async id() {
      const { state, reason, address } = agent() ?? { state: 'away', reason: undefined, address: '' }
      if (state !== 'ready') throw failure(`mesos-agent is ${state}${reason ? `: ${reason}` : ''}`)
      try {
        const signal = AbortSignal.timeout(requestMs)
        const headers = await headersFor(agentAuthorization, signal)
        const response = await fetch(`http://${address}/slave(1)/state`, { signal, headers })
        if (response.status !== 200) throw new Error(`it answers ${response.status}`)
        const { id } = agentSchema.parse(await response.json())
        if (id !== '') return id
      } catch (cause) {
        throw failure(`mesos-agent does not tell its id: ${messageOf(cause)}`, cause)
      }
      throw failure('mesos-agent is not registered with a master')
    },
    async drain(id) {
      await ask('/api/v1', {
        type: 'DRAIN_AGENT',
        drain_agent: { agent_id: { value: id }, mark_gone: false },
      })
    },
    async reactivate(id) {
      await ask('/api/v1', { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id: { value: id } } })
    },
    async registered(id) {
      const slave = await seen(id)
      return slave !== undefined && (slave.active || slave.deactivated)
    },
    draining: async (id) => (await seen(id))?.drain_info?.state,
  }
}
