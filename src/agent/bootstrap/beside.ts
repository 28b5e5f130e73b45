import type { Session } from '../../config/zookeeper/session.ts'
import { formatZkUrl, type ZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError, misuse } from '../../error.ts'

/** The path of a ZooKeeper URL at which a cluster lives. */
type Found = { path: string; kind: 'meshbox' | 'Mesos' }

/** Paths like /mesos and /prod/eu/mesos. */
const deepest = 3
/** A ZooKeeper may serve much else. */
const mostNames = 200

/** What masters and the replicas of their log leave at the path of their URL. */
const ofMesos = /^(json\.info_\d+|log_replicas)$/

/** The clusters that a ZooKeeper knows, by what they have left there, those that nobody runs any more too. */
export async function clustersIn(session: Pick<Session, 'children'>): Promise<Found[]> {
  const found: Found[] = []

  async function look(folder: string, depth: number): Promise<void> {
    const names = (await namesIn(session, folder)).slice(0, mostNames)
    if (folder !== '' && names.some((name) => ofMesos.test(name))) found.push({ path: folder, kind: 'Mesos' })
    for (const name of names) {
      if (name === 'meshbox') await lookIn(folder)
      else if (depth < deepest && !(folder === '' && name === 'zookeeper'))
        await look(`${folder}/${name}`, depth + 1)
    }
  }

  async function lookIn(folder: string): Promise<void> {
    for (const name of await namesIn(session, `${folder}/meshbox`)) {
      const names = await namesIn(session, `${folder}/meshbox/${name}`, ['cluster'])
      if (names.includes('cluster')) found.push({ path: `${folder}/${name}`, kind: 'meshbox' })
    }
  }

  await look('', 0)
  const ours = new Set(found.filter(({ kind }) => kind === 'meshbox').map(({ path }) => path))
  return found.filter(({ path, kind }) => kind === 'meshbox' || !ours.has(path))
}

/** @param hidden what stands for those that only others may see: a cluster with a key guards what it has */
async function namesIn(
  session: Pick<Session, 'children'>,
  folder: string,
  hidden: string[] = [],
): Promise<string[]> {
  try {
    return (await session.children(folder || '/')) ?? []
  } catch (error) {
    if (error instanceof MeshboxError && error.code === 'zk-no-auth') return hidden
    throw error
  }
}

/**
 * A path that was mistyped would make a second cluster without a word. One whose Mesos runs at this very path is just not
 * known to meshbox yet.
 * @throws MeshboxError (exit 2) where clusters live at other paths, and none at this
 */
export function refuseBeside(found: Found[], url: ZkUrl): void {
  const [first, ...more] = found
  if (!first || found.some(({ path }) => path === url.path)) return
  const listed = found.map(({ path, kind }) => (kind === 'Mesos' ? `${path} (Mesos without meshbox)` : path))
  const there = formatZkUrl({ ...url, path: first.path })
  throw misuse(
    'path-new',
    `cannot join: that ZooKeeper has no cluster at ${url.path}, but ${more.length === 0 ? 'one' : 'others'} at ${listed.join(', ')}`,
    `is it that one? \`meshbox join ${there}\`; to begin another one beside it, add --new`,
  )
}
