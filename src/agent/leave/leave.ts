import type { Config } from '../../config/schema.ts'
import type { HostLookupStatus } from '../../dns/host/wanted.ts'
import { MeshboxError } from '../../error.ts'
import type { Leave } from '../api/leave.ts'
import type { Neighbours } from '../neighbours.ts'
import type { Running } from '../running/running.ts'
import { type Leaver, type Leaving, mayLeave } from './may-leave.ts'

/** What has been done, in words. */
export type LeaveStep = { step: string; text: string }

export type LeaveOptions = {
  /** Its tasks are ended first, so that their frameworks start them elsewhere. */
  drain: boolean
  timeoutMs: number
}

/** What a person is asked about before it is done. */
export type LeavePlan = Leaving & { machine: string; cluster: string; controller: boolean }

export type LeaveDeps = {
  leaver: () => Leaver
  config: () => Config
  /** Waits until it is there, if this machine has ever run anything. */
  running: () => Promise<Running | undefined>
  neighbours: Pick<Neighbours, 'leave' | 'stop'>
  /** From now on nothing is decided or started here any more. */
  settle: () => Promise<void>
  forget: () => void
  /** The agent is to end: this machine has left, or got stuck half-way. */
  end: () => void
}

/** The way out of a cluster, gone once. */
export function openLeave(deps: LeaveDeps): Leave {
  let leaving = false
  return {
    plan: () => planLeave(deps),
    async *run(options) {
      if (leaving) {
        throw new MeshboxError({
          code: 'leave-running',
          message: 'cannot leave: this machine is about to leave already',
          hint: 'look at its log for how far it is',
        })
      }
      leaving = true
      try {
        yield* leave(deps, options)
      } finally {
        leaving = false
      }
    },
  }
}

function planLeave({ leaver, config }: LeaveDeps): LeavePlan {
  const who = leaver()
  return { ...mayLeave(who), machine: who.name, cluster: config().name, controller: who.controller }
}

/**
 * Step by step. Up to the draining all goes on as before when something fails; after it the agent ends either way, and
 * the next one can leave again.
 */
async function* leave(deps: LeaveDeps, { drain, timeoutMs }: LeaveOptions): AsyncGenerator<LeaveStep> {
  const { neighbours, settle, forget, end } = deps
  const { last } = planLeave(deps)
  const running = await deps.running()
  if (drain && !last) yield { step: 'drain', text: await drained(running, timeoutMs) }
  try {
    await settle()
    const lookups = await running?.stop('leave')
    yield { step: 'programs', text: 'all programs are stopped' }
    if (lookups) yield { step: 'look-ups', text: lookupsText(lookups) }
    await neighbours.leave()
    await neighbours.stop()
    yield { step: 'goodbye', text: 'the other machines know that it has left' }
    forget()
    yield { step: 'memory', text: 'the cluster is forgotten here' }
  } finally {
    end()
  }
}

async function drained(running: Running | undefined, timeoutMs: number): Promise<string> {
  const outcome = await running?.drain(timeoutMs)
  return outcome === 'drained' ? 'no task runs here any more' : 'no mesos-agent runs here, and so no task'
}

function lookupsText(status: HostLookupStatus): string {
  if (status.kind === 'off') return 'this machine looks names up as it did before'
  if (status.kind === 'active') return `its look-ups still go through ${status.through}`
  return status.reason
}
