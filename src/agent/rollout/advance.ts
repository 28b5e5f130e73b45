import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { type Facts, type Next, next } from './next.ts'
import { fallen, type Seen } from './order.ts'
import type { Rollout } from './rollout.ts'
import type { Rollouts } from './store.ts'

const dueMs = 1000
/** So many machines are looked at in the time of one look; more take longer. */
const lookedAt = 200
/** Where one has not done it for so long, the next of them does. */
const turnMs = 3000

/** Takes rollouts further, on any machine: it makes no difference which. The first of them does it, the others later. */
export type Advancer = {
  /** What is waited for, as far as this machine knows. */
  waits(): string | undefined
  look(): void
  stop(): Promise<void>
}

export function openAdvancer({
  rollouts,
  facts,
  unseen,
  everyMs,
  clock,
  log,
  onChange,
}: {
  rollouts: Rollouts
  /**
   * Which of those who may do it this machine is, 0 being the first, and what it sees: by what the machines say of
   * themselves, or with their programs asked. Undefined: it is none of them.
   */
  facts: (how: 'told' | 'asked') => Promise<{ turn: number; seen: Omit<Facts, 'waitedMs'> } | undefined>
  /** What counts before any machine has been looked at. */
  unseen: () => Pick<Facts, 'document' | 'limits'>
  /** How often to look while nothing is heard; undefined: whatever there will be to do will be heard of. */
  everyMs: () => number | undefined
  clock: Clock
  log: Log
  onChange: () => void
}): Advancer {
  let waits: string | undefined
  /** What is waited for with a limit. */
  let waited: { what: string; since: number } | undefined
  /** What is to be written, and since when nobody has. */
  let due: { what: string; since: number } | undefined
  let machines = 0
  let working: Promise<void> | undefined
  let again = false
  let stopped = false
  let cancel = clock.after(0, look)
  const unsee = rollouts.onChange(look)

  function look(): void {
    again = true
    if (working || stopped) return
    cancel()
    working = turns().finally(() => {
      working = undefined
      if (again) return look()
      // What could not be written is tried again.
      const ms = everyMs() ?? (due ? dueMs : undefined)
      if (!stopped && ms !== undefined) cancel = clock.after(ms * Math.max(1, machines / lookedAt), look)
    })
  }

  async function turns(): Promise<void> {
    while (again && !stopped) {
      again = false
      await advance().catch((error) =>
        log.debug({ error: messageOf(error) }, 'cannot take the rollout further'),
      )
    }
  }

  async function advance(): Promise<void> {
    const basis = rollouts.seen()
    // For a word, for somebody, or for the end of another change: nobody has to be looked at for that.
    const open = openIn(basis)
    const openMs = open === undefined ? 0 : waitedFor(open)
    const known = next(basis, { ...unseen(), machines: [], lacks: [], waitedMs: openMs })
    const told = known.kind === 'wait' ? undefined : await facts('told')
    if (stopped) return
    if (!told) {
      due = undefined
      if (open === undefined) waited = undefined
      return tell(known)
    }
    machines = told.seen.machines.length
    const waitedMs = waitedFor(open ?? fallenIn(basis, told.seen.machines))
    const hoped = next(basis, { ...told.seen, waitedMs })
    if (hoped.kind !== 'write') {
      due = undefined
      return tell(hoped)
    }
    if (!isOurTurn(hoped, told.turn)) return
    const asked = await facts('asked')
    if (!asked || stopped) return
    const decided = next(basis, { ...asked.seen, waitedMs })
    tell(decided)
    if (decided.kind !== 'write') return
    // Only on what stood there before anybody was looked at: what has been said since counts first.
    const written = await rollouts.change((now) => (Bun.deepEquals(now, basis) ? decided.rollout : undefined))
    due = undefined
    if (written) log.info({ rollout: written }, 'the rollout goes further')
  }

  /** By this machine's clock, since it saw first what is waited for. */
  function waitedFor(what: string | undefined): number {
    if (what === undefined) waited = undefined
    else if (waited?.what !== what) waited = { what, since: clock.monotonic() }
    return waited ? clock.monotonic() - waited.since : 0
  }

  function isOurTurn({ rollout }: Next & { kind: 'write' }, turn: number): boolean {
    const { change, step, state } = rollout
    // A version that says the same of programs is no other change.
    const what = JSON.stringify([change.kind === 'document' ? change.digest : change.id, step, state])
    if (due?.what !== what) due = { what, since: clock.monotonic() }
    return clock.monotonic() - due.since >= turn * turnMs
  }

  function tell(decided: Next): void {
    const now = decided.kind === 'wait' ? decided.for : undefined
    if (now === waits) return
    waits = now
    onChange()
  }

  return {
    waits: () => waits,
    look,
    async stop() {
      stopped = true
      cancel()
      unsee()
      await working
    },
  }
}

/** Somebody's word that it goes on gives the machines all their time again. */
function openIn(rollout: Rollout | undefined): string | undefined {
  const { permit } = rollout ?? {}
  return permit && `${permit.step} ${permit.resumed ?? 0}`
}

function fallenIn(rollout: Rollout | undefined, machines: Seen[]): string | undefined {
  const names = rollout ? fallen(rollout, machines).map(({ name }) => name) : []
  return names.length > 0 ? names.join() : undefined
}
