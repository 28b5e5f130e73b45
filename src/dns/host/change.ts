import { dirname } from 'node:path'
import { messageOf } from '../../error.ts'
import { faultOfResult } from './decide.ts'
import { type Disk, type Entry, sameContent, torn } from './disk.ts'
import { type Run, textOf, tryRun } from './facts.ts'
import type { Journal, Journaled } from './journal.ts'
import { type Change, marker, resolvConfPath, type Wanted } from './wanted.ts'

export type Fault = { reason: string; hint?: string }

type Edges = { disk: Disk; run: Run; journal: Journal }

/** Exit codes of a program or unit that is not there: it needs no telling that something was put back. */
const gone = [5, 127]

/** Makes the change, the intention and the former content written down first. Gives why it could not be made, if so. */
export async function makeChange(edges: Edges, wanted: Wanted, change: Change): Promise<Fault | undefined> {
  const { disk, journal } = edges
  const file = change.file && plannedFile(disk, change.file)
  const record: Journaled = { phase: 'doing', wanted, change, ...(file ? { file } : {}) }
  journal.write(record)
  if (file) {
    try {
      for (const folder of file.madeFolders) disk.makeFolder(folder)
      disk.write(file.path, file.after)
    } catch (error) {
      return { reason: `cannot change ${file.path}: ${messageOf(error)}` }
    }
  }
  const fault = await runCommands(edges, change)
  if (!fault) journal.write({ ...record, phase: 'done' })
  return fault
}

/** Runs what makes a change count, and looks whether it does. May be repeated. */
export async function runCommands({ disk, run }: Edges, change: Change): Promise<Fault | undefined> {
  for (const argv of change.commands) {
    const { code, out } = await tryRun(run, argv)
    if (code !== 0) return { reason: `cannot set up ${change.through}: ${failureText(argv, code, out)}` }
  }
  if (change.firstServer === undefined) return undefined
  return faultOfResult(textOf(disk.follow(resolvConfPath).entry), change.firstServer)
}

/** Puts back what was there. `left-alone`: somebody changed the file meanwhile, and nothing was touched. */
export async function undoChange(edges: Edges, record: Journaled): Promise<Fault | 'left-alone' | 'undone'> {
  const { disk, run, journal } = edges
  const { file, change } = record
  if (file && !isOurs(disk.read(file.path), record)) {
    disk.tidy(file.path)
    return 'left-alone'
  }
  journal.write({ ...record, phase: 'undoing' })
  if (file) {
    try {
      disk.tidy(file.path)
      if (!sameEntry(disk.read(file.path), file.before)) disk.write(file.path, file.before)
      for (const folder of file.madeFolders.toReversed()) disk.removeFolder(folder)
    } catch (error) {
      return { reason: `cannot put ${file.path} back: ${messageOf(error)}` }
    }
  }
  for (const argv of change.undoCommands) {
    const { code, out } = await tryRun(run, argv)
    if (code !== 0 && !gone.includes(code))
      return {
        reason: `cannot take meshbox out of ${change.through}: ${failureText(argv, code, out)}`,
        hint: argv.join(' '),
      }
  }
  journal.clear()
  return 'undone'
}

/** Whether the file of a finished change is still as it was written. */
export function stands(disk: Disk, { file }: Journaled): boolean {
  return file === undefined || sameContent(disk.read(file.path), file.after)
}

/** Whether nobody but meshbox made the file what it is: as it was, as it was written, or on the way between. */
function isOurs(now: Entry, { phase, file }: Journaled): boolean {
  if (!file) return true
  const { before, after } = file
  if (sameContent(now, after) || sameContent(now, before)) return true
  return phase !== 'done' && (torn(now, before, after) || torn(now, after, before))
}

function plannedFile(disk: Disk, { path, text }: { path: string; text: string }): Journaled['file'] {
  const found = disk.read(path)
  // What an earlier meshbox left in its own file is nothing to go back to.
  const before: Entry = path !== resolvConfPath && textOf(found).includes(marker) ? { kind: 'absent' } : found
  const { mode, uid, gid } =
    found.kind === 'file'
      ? found
      : { mode: 0o644, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
  const after: Entry = { kind: 'file', bytes: Buffer.from(text, 'latin1'), mode, uid, gid }
  const madeFolders: string[] = []
  for (let folder = dirname(path); disk.read(folder).kind === 'absent'; folder = dirname(folder))
    madeFolders.unshift(folder)
  return { path, before, after, madeFolders }
}

function sameEntry(one: Entry, other: Entry): boolean {
  if (!sameContent(one, other)) return false
  if (one.kind === 'file' && other.kind === 'file')
    return one.mode === other.mode && one.uid === other.uid && one.gid === other.gid
  return true
}

function failureText(argv: string[], code: number, out: string): string {
  const said = out.trim().split('\n').at(-1) ?? ''
  return said === '' ? `${argv.join(' ')} ended with ${code}` : said
}
