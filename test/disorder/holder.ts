import type { Part } from '../../src/agent/plan/part.ts'
import type { Busy } from '../../src/agent/rollout/busy.ts'
import { abort, begin, grant } from '../../src/agent/rollout/moves.ts'
import type { Rollout } from '../../src/agent/rollout/rollout.ts'
import { openStepper } from '../../src/agent/rollout/step.ts'
import type { Clock } from '../../src/clock.ts'
import { MeshboxError } from '../../src/error.ts'
import { silentLog } from '../../src/log.ts'
import type { ServiceStatus } from '../../src/supervisor/service/spec.ts'

export const change = { kind: 'document' as const, version: 1, digest: 'x' }
export const own = { id: 'id-a', name: 'a' }

export const service = (state: ServiceStatus['state'], more: Partial<ServiceStatus> = {}): ServiceStatus => ({
  ...{ name: 'zookeeper', state, byHand: false, since: 0, restarts: 0, address: '', provider: 'system' },
  ...{ simulated: false, adopted: false, ...more },
})

/** One machine with a permit, in a time of its own. `point` is called wherever its process could fall asleep. */
export function world({
  point = () => {},
  document = change,
  aborted = false,
  holder = own,
  connected = true,
  unread = false,
  tries,
  failed,
}: {
  point?: () => unknown
  document?: { version: number; digest: string }
  aborted?: boolean
  /** Whose the permit is. */
  holder?: { id: string; name: string; address?: string }
  /** Whether ZooKeeper is there when its agent starts. */
  connected?: boolean
  /** Whether the rollout has not been read yet although it is. */
  unread?: boolean
  /** Whether it had begun when its agent was killed. */
  tries?: { excused?: string[] }
  /** Why it had gone back when its agent was killed. */
  failed?: string
} = {}) {
  let now = 0
  let stands: Rollout = grant(begin(undefined, change), [holder])
  if (aborted) stands = abort(stands)
  let waits: Part[] = ['zookeeper']
  let trial = tries && { step: 1, ...tries }
  let failure = failed === undefined ? undefined : { step: 1, why: failed }
  let runs: 'old' | 'new' = tries ? 'new' : 'old'
  const at = {
    connected,
    document,
    hindrance: undefined as string | undefined,
    /** So long it takes to look at the others. */
    lookMs: 0,
    /** How the program does by the new configuration. */
    fares: service('ready'),
    /** What has no part in the change. */
    beside: [] as ServiceStatus[],
    /** What is on its way, or has failed, before the change can be judged. */
    busy: undefined as Busy | undefined,
    isDiskFull: false,
    /** Whether the machine has been brought to what is tried. */
    applied: true,
    /** Which words had been taken each time when the others were told how this machine is. */
    said: [] as number[],
    losses: [] as ('none' | 'before' | 'after')[],
    begun: 0,
    takenBack: 0,
    looks: 0,
  }
  const listeners = new Set<() => void>()
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      now += ms
      point()
      await Bun.sleep(0)
      signal?.throwIfAborted()
    },
    after(_, run) {
      const timer = setTimeout(run, 0)
      return () => clearTimeout(timer)
    },
  }
  const set = (rollout: Rollout) => {
    stands = rollout
    for (const see of listeners) see()
  }
  const trialOf = (permit: { step: number; excused?: string[] }) => ({
    ...permit,
    isApplied: () => at.applied,
    keep() {
      if (at.isDiskFull) throw new Error('database or disk is full')
      trial = undefined
      waits = []
    },
    takeBack(why: string) {
      trial = undefined
      failure = { step: permit.step, why }
      runs = 'old'
      at.takenBack++
    },
  })
  async function spoken() {
    for (let turn = 0; turn < 2000 && stands.past.length === 0; turn++) await Bun.sleep(1)
  }
  const stepper = openStepper({
    rollouts: {
      seen: () => (at.connected && !unread ? stands : undefined),
      problem: () => undefined,
      onChange(see) {
        listeners.add(see)
        return () => listeners.delete(see)
      },
      async change(move) {
        point()
        await Bun.sleep(0)
        if (!at.connected) throw new MeshboxError({ code: 'zk-connection-loss', message: 'cannot read' })
        const moved = await move(stands)
        if (!moved) return undefined
        const loss = at.losses.shift()
        if (loss !== 'before') set(moved)
        if (loss === 'before' || loss === 'after')
          throw new MeshboxError({ code: 'zk-connection-loss', message: 'cannot write' })
        point()
        return moved
      },
      stop() {},
    },
    ...{ ...own, address: '10.0.0.1' },
    planner: {
      waits: () => (trial ? [] : waits),
      trial: () => trial && trialOf(trial),
      failure() {
        const forget = () => {
          failure = undefined
        }
        return failure && { ...failure, isApplied: () => at.applied, forget }
      },
      begin(step, excused = []) {
        at.begun++
        trial = { step, excused }
        runs = 'new'
        return trialOf(trial)
      },
    },
    isConnected: () => at.connected,
    document: () => at.document,
    async readDocument() {
      at.document = change
    },
    async hindrance() {
      await Bun.sleep(0)
      at.looks++
      const found = at.hindrance
      now += at.lookMs
      point()
      return found
    },
    services: () => [runs === 'new' ? at.fares : service('ready'), ...at.beside],
    busy: () => at.busy,
    async say() {
      at.said.push(stands.past.length)
      point()
    },
    stepMs: () => 5000,
    reconcile() {},
    clock,
    log: silentLog,
    onChange() {},
  })
  return {
    ...{ at, stepper, set },
    stands: () => stands,
    jump(ms: number) {
      now += ms
    },
    isTrying: () => trial !== undefined,
    hasFailed: () => failure !== undefined,
    /** As when another document comes. */
    wait() {
      waits = ['zookeeper']
    },
    spoken,
    /** Until the word is given. */
    async word() {
      await spoken()
      await stepper.stop()
      return stands.past.at(-1)
    },
  }
}
