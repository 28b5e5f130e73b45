import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../../clock.ts'
import type { Cluster } from '../../config/document/cluster.ts'
import { MeshboxError } from '../../error.ts'
import { openStore, writeFileAtomic } from '../../store.ts'
import { adopt } from '../../supervisor/process/adopt.ts'
import { identify } from '../../supervisor/process/proc.ts'
import { openRecords } from '../../supervisor/process/records.ts'
import { stopProgram } from '../../supervisor/process/stop.ts'
import { takeOver } from '../../supervisor/process/takeover.ts'
import { stopSteps } from '../../supervisor/program/defaults.ts'
import { serverList } from '../../supervisor/program/zookeeper.ts'
import { listNameOf } from '../../supervisor/service/server-list.ts'
import type { ServiceName } from '../../supervisor/service/spec.ts'
import { birthSchema } from '../birth/record.ts'
import type { Folders } from '../local/folders.ts'
import { forgetCluster } from '../local/former.ts'
import { storePath } from '../local/joined.ts'
import { isLoopback } from '../local/machine.ts'
import { type Joined, type Memory, openMemory } from '../local/memory.ts'
import type { Link, Takeover } from './plan.ts'
import { holdUnit, releaseUnit, reloadUnits, startOldUnit } from './units.ts'

/**
 * Makes the programs ours while they run: folders first, then their identities, then their units. The agent that is started
 * after it finds them as if one before it had started them.
 * @throws MeshboxError when one has ended meanwhile, or a folder is in the way; then nothing was changed
 */
export async function takePrograms(
  plan: Takeover,
  { folders, joined, cluster }: { folders: Folders; joined: Joined; cluster: Cluster },
): Promise<void> {
  const inTheWay = plan.links.find(({ from }) => isThere(from) && !isLink(from))
  if (inTheWay)
    throw new MeshboxError({
      code: 'adopt-folder',
      message: `cannot adopt: ${inTheWay.from} is there already, of another life of this machine`,
      hint: 'meshbox leave --purge, if nothing in it is needed any more',
    })
  const store = openStore(storePath(folders))
  try {
    const memory = openMemory(store)
    const records = openRecords(store)
    for (const { from, to } of plan.links) link({ from, to })
    for (const { name, pid } of plan.programs)
      if (!takeOver(name, pid, records))
        throw new MeshboxError({
          code: 'adopt-gone',
          message: `cannot adopt: ${name} (pid ${pid}) has ended meanwhile`,
          hint: 'look again with --dry-run',
        })
    if (plan.ensemble) beBorn(plan.ensemble, { folders, cluster, memory })
    const names = [...new Set(plan.programs.flatMap(({ unit }) => unit ?? []))]
    for (const unit of names) holdUnit(unit)
    const programs = plan.programs.map(({ name, pid, unit }) => ({ name, pid, ...(unit ? { unit } : {}) }))
    memory.remember('takenOver', { programs, units: names, links: plan.links })
    memory.remember('joined', joined)
  } finally {
    store.close()
  }
  await reloadUnits()
}

/**
 * The ensemble is one already: this machine has its place in it as after a birth, but for an empty disk that might vote. Its
 * list is written as it is, for ZooKeeper owns it from now on.
 */
function beBorn(
  { servers, own, version }: NonNullable<Takeover['ensemble']>,
  { folders, cluster, memory }: { folders: Folders; cluster: Cluster; memory: Memory },
): void {
  const conf = `${folders.state}/zookeeper/conf`
  rmSync(conf, { recursive: true, force: true }) // of an adoption that was undone
  writeFileAtomic(`${conf}/${listNameOf(BigInt(`0x${version}`))}`, serverList(servers, isLoopback(own.host)))
  memory.remember('ensemble', {
    kind: 'managed',
    cluster: birthSchema.parse(cluster),
    address: own.host,
    founder: false,
    firstLog: false,
  })
  memory.remember('cluster', cluster)
}

/** Whether that process is the program as it was found, which meshbox has not started anew since. */
export function isFound(memory: Pick<Memory, 'recall'>, name: ServiceName, pid: number): boolean {
  const programs = memory.recall('takenOver')?.programs ?? []
  return programs.some((program) => program.name === name && program.pid === pid)
}

/** What was given back to whom. */
export type GivenBack = {
  name: string
  how: 'it still runs in its unit' | 'its unit was started' | 'it has no unit'
}

/**
 * Gives the programs back to their units. One that has been started anew since is stopped, and its unit starts it: tasks go on.
 * The agent must not run any more.
 * @throws MeshboxError when nothing was taken over, or a unit cannot be started
 */
export async function giveBack(folders: Folders, clock: Clock): Promise<GivenBack[]> {
  const store = openStore(storePath(folders))
  try {
    const memory = openMemory(store)
    const records = openRecords(store)
    const taken = memory.recall('takenOver')
    if (!taken)
      throw new MeshboxError({
        code: 'adopt-none',
        message: 'cannot undo: nothing was taken over on this machine',
        hint: '`meshbox leave` leaves the cluster',
      })
    const still = new Set(
      taken.programs
        .filter(({ name, pid }) => records.get(name as ServiceName)?.id?.pid === pid && identify(pid))
        .map(({ name }) => name),
    )
    for (const { name } of taken.programs) {
      const running = still.has(name) ? undefined : adopt(name as ServiceName, records, clock)
      if (running) await stopProgram(running, stopSteps, clock)
      running?.forget()
      records.remove(name as ServiceName)
    }
    for (const { from } of taken.links) if (isLink(from)) unlinkSync(from)
    for (const unit of taken.units) releaseUnit(unit)
    await reloadUnits()
    const problems: string[] = []
    const given: GivenBack[] = []
    for (const { name, unit } of taken.programs) {
      if (still.has(name)) given.push({ name, how: 'it still runs in its unit' })
      else if (!unit) given.push({ name, how: 'it has no unit' })
      else {
        const problem = await startOldUnit(unit)
        if (problem) problems.push(`${unit}: ${problem}`)
        else given.push({ name, how: 'its unit was started' })
      }
    }
    memory.forget('takenOver')
    forgetCluster(store, memory)
    if (problems.length > 0)
      throw new MeshboxError({
        code: 'adopt-units',
        message: `cannot start ${problems.join('; ')}`,
        hint: 'systemctl status',
      })
    return given
  } finally {
    store.close()
  }
}

/** The machine has left, and its programs have ended: their units may be started again by whoever wants to. */
export async function releaseUnits(folders: Folders): Promise<void> {
  const store = openStore(storePath(folders))
  try {
    const memory = openMemory(store)
    const taken = memory.recall('takenOver')
    if (!taken) return
    for (const { from } of taken.links) if (isLink(from)) unlinkSync(from)
    for (const unit of taken.units) releaseUnit(unit)
    memory.forget('takenOver')
    await reloadUnits()
  } finally {
    store.close()
  }
}

/** What is below /var/run is gone after a boot; a link to nothing would be in the way of who makes the folder. */
export function keepLinks(links: Link[]): void {
  for (const { to } of links) mkdirSync(to, { recursive: true })
}

function link({ from, to }: Link): void {
  mkdirSync(to, { recursive: true })
  mkdirSync(dirname(from), { recursive: true })
  if (isLink(from) && readlinkSync(from) !== to) rmSync(from)
  if (!isThere(from)) symlinkSync(to, from)
}

const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined
const isLink = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
