import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { backoffMs, type Clock } from '../../clock.ts'
import type { PackagesConfig, PackageWish } from '../../config/packages.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Store } from '../../store.ts'
import type { ServiceName } from '../service/spec.ts'
import { installPackage, type Traces, undoTraces } from './apt/install.ts'
import { installArchive } from './archive/install.ts'
import { programIn } from './archive/program.ts'
import type { Availability, Provided } from './choose.ts'
import { haveImage } from './docker/image.ts'
import { findJava, findPrograms, zookeeperMain } from './find.ts'
import { type Kept, openKept } from './kept.ts'
import { systemPrograms } from './system.ts'

const retry = { firstMs: 5000, maxMs: 300_000 }

/** One program and where it comes from, for people. */
export type PackageStatus = {
  name: ServiceName
  provider: PackageWish['provider']
  /** An address, a package, an image, a path. */
  source: string
  state: 'installed' | 'installing' | 'waiting' | 'missing' | 'failed'
  reason?: string
  hint?: string
}

export type Packages = {
  /** What is there of these programs, which are the wanted ones from now on. */
  look(names: readonly ServiceName[], wishes: PackagesConfig): Record<ServiceName, Availability>
  /** Begins to have what is wanted and not there, one after the other. */
  fetch(): void
  status(): PackageStatus[]
  /** Masks, holds and sources of packages go again. What was installed stays. */
  undo(): Promise<void>
  close(): Promise<void>
}

/** What is being done for one wish, or how it has ended. */
type Work = { wish: string; tries: number; doing?: string; problem?: { reason: string; hint?: string } }

/** Has the programs on this machine that the document wants, from where it says. */
export function openPackages({
  folder,
  store,
  root,
  systemd,
  clock,
  log,
  random,
  onChange,
}: {
  /** Archives are unpacked below it. */
  folder: string
  store: Store
  root: boolean
  systemd: boolean
  clock: Clock
  log: Log
  random: () => number
  /** Something came, or is on its way, or cannot be had. */
  onChange: () => void
}): Packages {
  const kept = openKept(store)
  const works = new Map<ServiceName, Work>()
  const end = new AbortController()
  const cancelRetry = new Map<ServiceName, () => void>()
  let wanted: { name: ServiceName; wish: PackageWish }[] = []
  let working: Promise<void> | undefined

  function look(names: readonly ServiceName[], wishes: PackagesConfig): Record<ServiceName, Availability> {
    wanted = names.map((name) => ({ name, wish: wishes[name] }))
    const available = systemPrograms(findPrograms())
    for (const { name, wish } of wanted) if (!isThere(name, wish)) available[name] = find(name)
    return available
  }

  /** As long as the new one is not here, the one before it goes on. */
  function find(name: ServiceName): Availability {
    const present = presentOf(kept.get(name))
    if (present) return { kind: 'here', provided: present }
    const { doing, problem } = works.get(name) ?? {}
    return {
      kind: 'absent',
      reason: problem?.reason ?? doing ?? 'it waits to be installed',
      ...(problem?.hint ? { hint: problem.hint } : {}),
      ...(problem ? {} : { onItsWay: true as const }),
    }
  }

  const isDone = ({ name, wish }: (typeof wanted)[number]) => {
    const before = kept.get(name)
    return isThere(name, wish) || (before?.wish === digestOf(wish) && presentOf(before) !== undefined)
  }

  /** One at a time: apt has one lock, and a disk and a network are shared. */
  async function work(): Promise<void> {
    for (;;) {
      const next = wanted.find((one) => !isDone(one) && works.get(one.name)?.wish !== digestOf(one.wish))
      if (!next || end.signal.aborted) return
      await attempt(next.name, next.wish)
    }
  }

  async function attempt(name: ServiceName, wish: PackageWish): Promise<void> {
    const own: Work = { wish: digestOf(wish), tries: (works.get(name)?.tries ?? 0) + 1 }
    works.set(name, own)
    cancelRetry.get(name)?.()
    const doing = (what: string) => {
      if (own.doing === what) return
      own.doing = what
      onChange()
    }
    try {
      const { provided, traces } = await install(name, wish, doing)
      kept.put({ name, wish: own.wish, provided, traces: together(kept.get(name)?.traces, traces) })
      works.delete(name)
      log.info({ program: name, provider: wish.provider }, 'installed')
    } catch (error) {
      if (end.signal.aborted) return
      const hint = error instanceof MeshboxError ? error.hint : undefined
      own.problem = { reason: messageOf(error), ...(hint === undefined ? {} : { hint }) }
      log.warn({ program: name, error: messageOf(error) }, 'cannot install')
      cancelRetry.set(
        name,
        clock.after(backoffMs(own.tries - 1, retry, random), () => {
          own.wish = '' // as one that was never tried
          onChange()
        }),
      )
    }
    onChange()
  }

  async function install(
    name: ServiceName,
    wish: PackageWish,
    doing: (what: string) => void,
  ): Promise<{ provided: Provided; traces?: Traces }> {
    if (wish.provider === 'apt') return installPackage(name, wish, { root, systemd, doing })
    if (wish.provider === 'docker') {
      const command = wish.command ?? inImage[name]
      const source = { image: wish.image ?? '', file: wish.imageFile, command }
      return { provided: await haveImage(source, { signal: end.signal, doing }) }
    }
    doing('downloading')
    const content = await installArchive(
      { urls: wish.urls ?? [], sha256: wish.sha256 ?? '' },
      join(folder, name),
      {
        clock,
        random,
        signal: end.signal,
        progress: (done, total) => doing(progressText(done, total)),
      },
    )
    return { provided: programIn(content, name, { words: wish.command, java: findJava() }) }
  }

  return {
    look,
    fetch() {
      if (end.signal.aborted) return
      working ??= work().finally(() => {
        working = undefined
      })
    },
    status: () =>
      wanted.map(({ name, wish }) => {
        const found = isThere(name, wish) ? systemPrograms(findPrograms())[name] : find(name)
        const work = works.get(name)
        const source = sourceOf(name, wish, found)
        const common = { name, provider: wish.provider, source }
        if (work?.problem) return { ...common, state: 'failed', ...work.problem }
        if (work) return { ...common, state: 'installing', reason: work.doing ?? '' }
        if (isDone({ name, wish }) && found.kind === 'here') return { ...common, state: 'installed' }
        if (wish.provider !== 'system') return { ...common, state: 'waiting' }
        return { ...common, state: 'missing', reason: `${name} is not installed`, hint: hintFor(name) }
      }),
    async undo() {
      for (const { traces } of kept.all()) await undoTraces(traces)
      kept.clear()
    },
    async close() {
      end.abort()
      for (const cancel of cancelRetry.values()) cancel()
      await working
    },
  }
}

/** Of a package in no certain version, the one that is installed will do; what `system` means is nobody's to install. */
function isThere(name: ServiceName, { provider, version, repository }: PackageWish): boolean {
  if (provider === 'system') return true
  const any = provider === 'apt' && version === undefined && repository === undefined
  return any && findPrograms()[name] !== undefined
}

/** Images of Apache's projects have the programs on their PATH; ZooKeeper's begins in the folder of its jars. */
const inImage: Record<ServiceName, string[]> = {
  zookeeper: ['java', '-cp', './*:lib/*', zookeeperMain],
  'mesos-master': ['mesos-master'],
  docker: ['dockerd'],
  'mesos-agent': ['mesos-agent'],
  marathon: ['marathon'],
}

/** What was installed may have been removed since. An image is the engine's business, and told when it is started. */
function presentOf(kept: Kept | undefined): Provided | undefined {
  if (!kept) return undefined
  const { provided } = kept
  return provided.image !== undefined || provided.command.some(existsSync) ? provided : undefined
}

function sourceOf(name: ServiceName, wish: PackageWish, found: Availability): string {
  if (wish.provider === 'archive') return wish.urls?.[0] ?? ''
  if (wish.provider === 'docker') return wish.image ?? ''
  if (wish.provider === 'apt') return [wish.name ?? name, wish.version].filter(Boolean).join(' ')
  return found.kind === 'here' ? (found.provided.command[0] ?? '') : ''
}

/** The line that gives a program a source. */
function hintFor(name: ServiceName): string {
  const path = `packages.${name}`
  if (name === 'zookeeper') return `meshbox config set ${path}.provider=apt`
  return `meshbox config set ${path}.provider=archive ${path}.urls=https://… ${path}.sha256=…`
}

/** In few steps: each of them is told to everybody who looks. */
function progressText(done: number, total: number | undefined): string {
  const mega = (bytes: number) => Math.round(bytes / 1e6)
  if (total === undefined) return `downloading, ${Math.floor(done / 1e7) * 10} MB`
  return `downloading, ${Math.floor((done / total) * 10) * 10} % of ${mega(total)} MB`
}

/** What one version has left on the machine is left by the next one too. */
function together(before: Traces | undefined, now: Traces | undefined): Traces {
  const both = (pick: (traces: Traces) => string[]) => [
    ...new Set([before, now].flatMap((traces) => (traces ? pick(traces) : []))),
  ]
  return { files: both(({ files }) => files), held: both(({ held }) => held) }
}

function digestOf(wish: PackageWish): string {
  return createHash('sha256').update(JSON.stringify(wish)).digest('hex')
}
