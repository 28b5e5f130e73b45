import type { Clock } from '../../clock.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { formatZkUrl, type ZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError, misuse } from '../../error.ts'

/** The path of a ZooKeeper URL at which a cluster lives. */
type Found = { path: string; kind: 'meshbox' | 'Mesos' }

/** `whole`: whether nothing was left out, so that what is not found is not there. */
type Searched = { found: Found[]; whole: boolean }

/** Paths like /mesos and /prod/eu/mesos. */
const deepest = 3
/** A ZooKeeper may serve much else: so many names of a folder are looked into, */
const mostNames = 200
/** so much is read of it all, */
const mostReads = 2000
/** and somebody waits meanwhile. */
const withinMs = 3000

/** What masters and the replicas of their log leave at the path of their URL. */
const ofMesos = /^(json\.info_\d+|log_replicas)$/

/**
 * The clusters that a ZooKeeper knows, by what they have left there, those that nobody runs any more too. What lies near the
 * root is looked at first.
 * @param path of the URL: it is looked at before all others
 */
export async function clustersIn(
  session: Pick<Session, 'children'>,
  path: string,
  clock: Pick<Clock, 'monotonic'>,
): Promise<Searched> {
  const found: Found[] = []
  const folders = [
    { folder: path, depth: path.split('/').length - 1 },
    { folder: '', depth: 0 },
  ]
  const deadline = clock.monotonic() + withinMs
  let reads = 0
  let whole = true
  let away = false

  /** @param hidden what stands for those that only others may see: a cluster with a key guards what it has */
  async function namesIn(folder: string, hidden: string[] = []): Promise<string[]> {
    if (away || reads === mostReads || clock.monotonic() >= deadline) {
      whole = false
      return []
    }
    reads++
    try {
      return (await session.children(folder || '/')) ?? []
    } catch (error) {
      const code = error instanceof MeshboxError ? error.code : undefined
      if (code === 'zk-no-auth') return hidden
      if (code !== 'zk-connection-loss') throw error
      away = true
      whole = false
      return []
    }
  }

  async function look(folder: string, depth: number): Promise<void> {
    const names = await namesIn(folder)
    if (folder !== '' && names.some((name) => ofMesos.test(name))) found.push({ path: folder, kind: 'Mesos' })
    if (names.includes('meshbox')) await lookIn(folder)
    if (depth >= deepest) return
    const others = names.filter((name) => name !== 'meshbox' && !(folder === '' && name === 'zookeeper'))
    if (others.length > mostNames) whole = false
    const below = others.slice(0, mostNames).map((name) => `${folder}/${name}`)
    folders.push(...below.filter((each) => each !== path).map((each) => ({ folder: each, depth: depth + 1 })))
  }

  async function lookIn(folder: string): Promise<void> {
    for (const name of await namesIn(`${folder}/meshbox`)) {
      const names = await namesIn(`${folder}/meshbox/${name}`, ['cluster'])
      if (names.includes('cluster')) found.push({ path: `${folder}/${name}`, kind: 'meshbox' })
    }
  }

  for (const { folder, depth } of folders) await look(folder, depth)
  const ours = new Set(found.filter(({ kind }) => kind === 'meshbox').map(({ path }) => path))
  return { found: found.filter(({ path, kind }) => kind === 'meshbox' || !ours.has(path)), whole }
}

/**
 * A path that was mistyped would make a second cluster without a word. One whose Mesos runs at this very path is just not
 * known to meshbox yet.
 * @param searched undefined where the ZooKeeper was not reached any more
 * @param note is told where it cannot be known
 * @throws MeshboxError (exit 2) where clusters live at other paths, and none at this
 */
export function refuseBeside(searched: Searched | undefined, url: ZkUrl, note: (line: string) => void): void {
  const { found, whole } = searched ?? { found: [], whole: false }
  const [first, ...more] = found
  if (!first && !whole)
    note(
      `Not all of that ZooKeeper could be looked through for clusters at other paths than ${url.path}: make sure that this one is meant.`,
    )
  if (!first || found.some(({ path }) => path === url.path)) return
  const listed = found.map(({ path, kind }) => (kind === 'Mesos' ? `${path} (Mesos without meshbox)` : path))
  const there = formatZkUrl({ ...url, path: first.path })
  throw misuse(
    'path-new',
    `cannot join: that ZooKeeper has no cluster at ${url.path}, but ${more.length === 0 ? 'one' : 'others'} at ${listed.join(', ')}`,
    `is it that one? \`meshbox join ${there}\`; to begin another one beside it, add --new`,
  )
}
