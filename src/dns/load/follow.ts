import type { Clock } from '../../clock.ts'
import type { DnsConfig } from '../../config/dns.ts'
import type { MasterAccess } from '../master/access.ts'
import { openEvents } from '../master/events.ts'
import { type Amender, openAmender } from '../records/amend.ts'
import { type Built, detailsFor, type Surroundings } from '../records/build.ts'
import { changesNames, readEvent } from '../state/event.ts'
import type { MasterState, Skip } from '../state/model.ts'
import type { Contents, Patch, Table } from '../table/table.ts'
import { changedNames } from '../transfer/records.ts'

/** Events that come within this time are applied together, in ms. */
const gatherMs = 10
/**
 * A patch becomes part of the table when nothing has to wait for that: soon where it takes no longer than this, else when
 * it has grown to this share of the table, for each change makes it anew.
 */
const quickMs = 50
const patchedMs = 1_000
const largeShare = 0.1

/** What becomes of the records between two loads. */
export type FollowerSays = {
  /** `names` are those whose records are others than before. */
  amended(contents: Contents & { patch: Patch }, names: string[], skipped: Skip[]): void
  /** The same records, with nothing left to patch. */
  rebuilt(table: Table): void
  /** The load found so many names otherwise than the events had told. */
  missed(names: number): void
  /** The events do not tell enough, or may have been lost: load. */
  wanted(): void
  /** Whether the event stream is followed. */
  following(live: boolean, why?: string): void
}

/** What a load has found. */
export type Found = { state: MasterState; from: string; built: Built; tookMs: number; around: Surroundings }

/**
 * Applies the events of the leader to the records of the last load. That load must have begun after the stream did: an
 * event that it knows of already does no harm, one that neither told of would be missing.
 */
export type Follower = {
  /** A load begins: events from now on are applied to what it finds. */
  begin(): void
  loaded(found: Found): void
  failed(): void
  /** Makes the patch part of the table now. */
  settle(): void
  stop(): void
}

export function openFollower(
  config: DnsConfig,
  { access, clock, says }: { access: MasterAccess; clock: Clock; says: FollowerSays },
): Follower {
  const details = detailsFor(config)
  let live = false
  /** What is known to be current, as far as the events have been applied. */
  let current:
    | { contents: Contents; amender: Amender /** What it took to make the table. */; tookMs: number }
    | undefined
  /** Events that came after the load under way had begun; undefined when none is, or it began before the stream. */
  let since: string[] | undefined
  let queue: string[] = []
  let cancelFlush: (() => void) | undefined
  let cancelRebuild: (() => void) | undefined

  const events = openEvents(access, clock, {
    begun() {
      live = true
      says.following(true)
      says.wanted()
    },
    event(type, record) {
      if (!changesNames(type)) return
      if (record === undefined) return lose()
      since?.push(record)
      if (!current) return since ? undefined : says.wanted()
      queue.push(record)
      cancelFlush ??= clock.after(gatherMs, flush)
    },
    broken(why) {
      if (!live) return
      live = false
      since = undefined
      forget()
      says.following(false, why)
      says.wanted()
    },
  })

  /** What is served stays, but is not followed any more until the next load. */
  function forget(): void {
    cancelFlush?.()
    cancelRebuild?.()
    cancelFlush = undefined
    cancelRebuild = undefined
    current = undefined
    queue = []
  }

  /** Something has happened that nobody can tell: a load that is under way may have missed it too. */
  function lose(): void {
    since = undefined
    forget()
    says.wanted()
  }

  /** Applies what waits; false when that cannot be done. */
  function apply(): boolean {
    if (!current) return false
    const { contents, amender } = current
    const records = queue
    const skipped: Skip[] = []
    queue = []
    let inexact = false
    try {
      for (const record of records) {
        const event = readEvent(record, details, skipped)
        amender.apply(event, skipped)
        inexact ||= event.kind === 'framework'
      }
    } catch {
      return false
    }
    const patched = { table: contents.table, patch: amender.patch() }
    const names = changedNames(contents, patched)
    if (names.length > 0) {
      current.contents = patched
      says.amended(patched, names, skipped)
      if (
        current.tookMs <= quickMs ||
        patched.patch.table.first.length > contents.table.first.length * largeShare
      )
        cancelRebuild ??= clock.after(patchedMs, rebuild)
    }
    // Its scheduler's address is known to the state alone.
    if (inexact) says.wanted()
    return true
  }

  function flush(): void {
    cancelFlush = undefined
    if (!apply()) lose()
  }

  function rebuild(): void {
    cancelRebuild?.()
    cancelRebuild = undefined
    if (!current) return
    const begin = clock.monotonic()
    const { built, amender } = current.amender.rebuild()
    current = { contents: { table: built.table }, amender, tookMs: clock.monotonic() - begin }
    says.rebuilt(built.table)
  }

  /** The load has been told: now what came meanwhile, and whether what was followed had led to the same. */
  function goOn(before: Contents | undefined, meanwhile: string[]): void {
    queue.unshift(...meanwhile)
    if (!apply()) lose()
    const missed = before && current ? changedNames(before, current.contents).length : 0
    if (missed > 0) says.missed(missed)
  }

  return {
    begin() {
      since = live ? [] : undefined
    },
    failed() {
      since = undefined
    },
    loaded({ state, from, built, tookMs, around }) {
      const meanwhile = since
      since = undefined
      const before = current && apply() ? current.contents : undefined
      forget()
      events.follow(state.modern ? from : undefined)
      if (!meanwhile || !live) return
      try {
        const amender = openAmender(state, built, around, config)
        current = { contents: { table: built.table }, amender, tookMs }
      } catch {
        // Its entries cannot be told apart: each event calls for a load.
        return
      }
      cancelFlush = clock.after(0, () => {
        cancelFlush = undefined
        goOn(before, meanwhile)
      })
    },
    settle() {
      if (current?.contents.patch) rebuild()
    },
    stop() {
      forget()
      events.stop()
    },
  }
}
