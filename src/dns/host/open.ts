import type { Log } from '../../log.ts'
import type { Store } from '../../store.ts'
import { type Fault, makeChange, runCommands, stands, undoChange } from './change.ts'
import { decideHostLookups } from './decide.ts'
import { type Fs, openDisk } from './disk.ts'
import { gatherFacts, type Run, textOf } from './facts.ts'
import { type Journaled, openJournal } from './journal.ts'
import type { HostLookupStatus, Wanted } from './wanted.ts'

export type HostLookups = {
  /** Brings the machine to what is wanted; what an earlier run left half done is undone first. Rejects only when the store fails. */
  apply(wanted: Wanted): Promise<HostLookupStatus>
  /** As of the last `apply`, or as the last run left it. */
  status(): HostLookupStatus
}

type Deps = {
  store: Store
  log: Log
  run: Run
  /** Goes before every path; for tests. */
  root?: string
  fs?: Fs
}

/**
 * Sends this machine's own look-ups of the domain to meshbox, and takes that back. What was there is in the store before
 * anything is changed, so that it can be put back after a crash at any point.
 */
export function openHostLookups({ store, log, run, root, fs }: Deps): HostLookups {
  const disk = openDisk(root, fs)
  const journal = openJournal(store)
  const edges = { disk, run, journal }
  let status = statusOf(journal.read())
  let last: Promise<unknown> = Promise.resolve()
  /** Records of resolvconf and links are gone when the machine has started: they are made again once in each run. */
  let given = false

  async function bring(wanted: Wanted): Promise<HostLookupStatus> {
    const record = journal.read()
    if (wanted.mode === 'off') return record ? takeBack(record) : { kind: 'off' }
    if (record?.phase === 'done') {
      if (!stands(disk, record)) return leftAlone(record)
      if (sameWanted(record.wanted, wanted)) return keepUp(record)
    }
    if (record) {
      const undone = await undoChange(edges, record)
      if (undone === 'left-alone') {
        journal.write({ ...record, phase: 'done' })
        return leftAlone(record)
      }
      if (undone !== 'undone') return refused(undone)
    }
    const decision = decideHostLookups(await gatherFacts(disk, run), wanted)
    if (decision.kind === 'none') return refused(decision)
    const fault = await makeChange(edges, wanted, decision.change)
    if (fault) return giveUp(fault)
    given = true
    return { kind: 'active', through: decision.change.through }
  }

  async function keepUp({ change }: Journaled): Promise<HostLookupStatus> {
    if (!given && change.file === undefined) {
      const fault = await runCommands(edges, change)
      if (fault) return giveUp(fault)
    }
    given = true
    return { kind: 'active', through: change.through }
  }

  async function takeBack(record: Journaled): Promise<HostLookupStatus> {
    const undone = await undoChange(edges, record)
    if (undone === 'undone') return { kind: 'off' }
    if (undone !== 'left-alone') return refused(undone)
    const { path, before } = record.file ?? {}
    const former = before && { kind: before.kind, text: textOf(before) }
    log.warn({ path, former }, 'a file that meshbox had changed was changed since: it stays as it is')
    journal.clear()
    return leftAlone(record)
  }

  async function giveUp(fault: Fault): Promise<HostLookupStatus> {
    const record = journal.read()
    const undone = record ? await undoChange(edges, record) : 'undone'
    if (typeof undone === 'object') log.warn(undone, 'cannot take a change of the host look-ups back')
    return refused(fault)
  }

  return {
    status: () => status,
    apply(wanted) {
      const next = last.then(async () => {
        const before = JSON.stringify(status)
        status = await bring(wanted)
        if (JSON.stringify(status) !== before) log.info({ status }, 'look-ups of this machine')
        return status
      })
      last = next.catch(() => {})
      return next
    },
  }
}

function statusOf(record: Journaled | undefined): HostLookupStatus {
  if (!record) return { kind: 'off' }
  if (record.phase === 'done') return { kind: 'active', through: record.change.through }
  return refused({ reason: 'a change was interrupted, and is undone next' })
}

function refused({ reason, hint }: Fault): HostLookupStatus {
  return { kind: 'refused', reason, ...(hint === undefined ? {} : { hint }) }
}

function leftAlone({ file }: Journaled): HostLookupStatus {
  return {
    kind: 'left-alone',
    reason: `${file?.path} was changed by somebody else after meshbox had written it`,
    hint: 'meshbox config set dns.host=off, then dns.host=auto, to begin with the file as it is now',
  }
}

function sameWanted(one: Wanted, other: Wanted): boolean {
  const key = ({ domain, address, port, forwards }: Wanted) =>
    JSON.stringify([domain, address, port, forwards])
  return key(one) === key(other)
}
