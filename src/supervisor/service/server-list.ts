import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MeshboxError } from '../../error.ts'
import { writeFileAtomic } from '../../store.ts'

/** What `dynamicConfigFile` in zoo.cfg names first; each new version of the list is a file beside it. */
const listName = 'zoo.cfg.dynamic'

/** ZooKeeper's own list of its servers below the folder of its configuration; undefined where there is none. */
export function findServerList(conf: string): string | undefined {
  const named = readIfThere(join(conf, 'zoo.cfg'))?.match(/^dynamicConfigFile=(.*)$/m)?.[1]
  if (named && existsSync(named)) return named
  const [newest] = (existsSync(conf) ? readdirSync(conf) : [])
    .map((name) => ({ name, version: versionOf(name) }))
    .filter(({ version }) => version !== undefined)
    .sort((a, b) => Number((b.version ?? 0n) - (a.version ?? 0n)))
  return newest && join(conf, newest.name)
}

/** Beside the data: it was put there by a restore, and its ensemble has never run yet. */
const restoredMarker = (conf: string) => join(dirname(conf), 'restored')

/** The data that is about to be put there begins a new life: its first list is that of the birth. */
export function markRestored(conf: string): void {
  writeFileAtomic(restoredMarker(conf), '')
}

/** Its list is written: from now on a list that is lost is one that may have changed. */
export function forgetRestored(conf: string): void {
  rmSync(restoredMarker(conf), { force: true })
}

/** Whether a server has data and no list: its ensemble may have changed since the list was written first. */
export function isServerListLost(conf: string): boolean {
  return existsSync(join(dirname(conf), 'data/version-2')) && findServerList(conf) === undefined
}

/**
 * Whether its list leaves the server out, and so it does not start: it was taken out of the ensemble while it ran, and what
 * became of that since it was not told; or it was told of the ensemble before it has a vote there.
 */
export function isLeftOut(conf: string, serverId: number): boolean {
  const list = findServerList(conf)
  return list !== undefined && !hasServer(readFileSync(list, 'utf8'), serverId)
}

const hasServer = (list: string, id: number) =>
  list.split('\n').some((line) => line.startsWith(`server.${id}=`))

/**
 * The list to begin with, for a server that never ran; undefined when it has one.
 * @throws MeshboxError for a server that has data and no list
 */
export function firstServerList(path: string, content: string): string | undefined {
  const conf = dirname(path)
  if (findServerList(conf) !== undefined) return undefined
  if (!isServerListLost(conf) || existsSync(restoredMarker(conf))) return content
  throw new MeshboxError({
    code: 'server-list-lost',
    message:
      'the list of its ensemble is lost while its data is there; it is taken from the other servers when they answer',
    hint: `start the other machines of the ensemble; if it has never been changed since its birth, write ${path}:\n${content.trimEnd()}`,
  })
}

/**
 * Writes the list as the ensemble has it (the znode /zookeeper/config).
 * @param joins the line of this server, where it follows that ensemble without a vote: then it is in no list but its own,
 * which has no version, as at its first start
 * @returns false when this server is not in it: then nothing is written
 */
export function restoreServerList(conf: string, config: string, serverId: number, joins?: string): boolean {
  const lines = config.split('\n').filter((line) => /^server\.\d+=/.test(line))
  const isListed = hasServer(config, serverId)
  if (!isListed && joins === undefined) return false
  const version = (isListed && /^version=([0-9a-f]+)$/m.exec(config)?.[1]) || '0'
  const name = listNameOf(BigInt(`0x${version}`))
  const list = isListed || joins === undefined ? lines : [...lines, joins]
  writeFileAtomic(join(conf, name), `${list.join('\n')}\n`, 0o644)
  const older = readdirSync(conf).filter((other) => versionOf(other) !== undefined && other !== name)
  for (const other of older) rmSync(join(conf, other))
  return true
}

/** As ZooKeeper calls the file of a version of its list. */
export function listNameOf(version: bigint): string {
  return version === 0n ? listName : `${listName}.${version.toString(16)}`
}

function versionOf(name: string): bigint | undefined {
  if (name === listName) return 0n
  const [, hex] = /^zoo\.cfg\.dynamic\.([0-9a-f]+)$/.exec(name) ?? []
  return hex === undefined ? undefined : BigInt(`0x${hex}`)
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}
