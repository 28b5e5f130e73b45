import type { Clock } from '../../clock.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import { type Facts, type Next, next } from './next.ts'
import type { Rollout } from './rollout.ts'
import type { Rollouts } from './store.ts'

const dueMs = 1000
/** So many machines are looked at in the time of one look; more take longer. */
const lookedAt = 200
/** Where one has not done it for so long, the next of them does. */
const turnMs = 3000

/** Takes rollouts further, on any machine: who is faster wins, and it makes no difference who that is. */
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
  facts: (how: 'told' | 'asked') => Promise<{ turn: number; seen: Omit<Facts, 'openMs'> } | undefined>
  /** What counts before any machine has been looked at. */
  unseen: () => Pick<Facts, 'document' | 'limits'>
  /** How often to look while nothing is heard; undefined: whatever there will be to do will be heard of. */
  everyMs: () => number | undefined
  clock: Clock
  log: Log
  onChange: () => void
}): Advancer {
  let waits: string | undefined
  let open: { turn: string; since: number } | undefined
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
    const openMs = openFor(basis)
    // For a word, for somebody, or for the end of another change: nobody has to be looked at for that.
    const known = next(basis, { ...unseen(), machines: [], lacks: [], openMs })
    const told = known.kind === 'wait' ? undefined : await facts('told')
    if (stopped) return
    if (!told) {
      due = undefined
      return tell(known)
    }
    machines = told.seen.machines.length
    const hoped = next(basis, { ...told.seen, openMs })
    if (hoped.kind !== 'write') {
      due = undefined
      return tell(hoped)
    }
    if (!isOurTurn(hoped, told.turn)) return
    const asked = await facts('asked')
    if (!asked || stopped) return
    const decided = next(basis, { ...asked.seen, openMs })
    tell(decided)
    if (decided.kind !== 'write') return
    // Only on what stood there before anybody was looked at: what has been said since counts first.
    const written = await rollouts.change((now) => (Bun.deepEquals(now, basis) ? decided.rollout : undefined))
    due = undefined
    if (written) log.info({ rollout: written }, 'the rollout goes further')
  }

  /** By this machine's clock, since it saw that permit first, or that somebody has said that it goes on. */
  function openFor(rollout: Rollout | undefined): number {
    const { permit } = rollout ?? {}
    const turn = permit && `${permit.step} ${permit.resumed ?? 0}`
    if (turn === undefined) open = undefined
    else if (open?.turn !== turn) open = { turn, since: clock.monotonic() }
    return open ? clock.monotonic() - open.since : 0
  }

  function isOurTurn({ rollout }: Next & { kind: 'write' }, turn: number): boolean {
    const what = JSON.stringify([rollout.change, rollout.step, rollout.state])
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
