import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { cp, open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { EnsembleServer } from '../../config/document/cluster.ts'
import { serverLine } from '../../config/zookeeper/ensemble.ts'
import { writeFileAtomic } from '../../store.ts'
import { logFolders, serverIn } from './folders.ts'

/**
 * A copy of all that a ZooKeeper server has, beside it: its data also where that is a link to elsewhere, as after an adoption,
 * and its log of transactions where that has a folder of its own. Made once for each state of the disk.
 * @param home the folder of its data and its configuration
 * @param what names that state
 * @param set where its log is set to be
 * @returns where it is
 */
export async function keepCopy(home: string, what: string, set?: string): Promise<string> {
  const kept = `${home}.kept-${what}`
  if (existsSync(kept)) return kept
  const draft = `${kept}.part`
  const how = { recursive: true, dereference: true, preserveTimestamps: true }
  const [, log] = logFolders(serverIn(home), set)
  await rm(draft, { recursive: true, force: true })
  try {
    await cp(home, draft, how)
    if (log !== undefined) await cp(join(log, 'version-2'), join(draft, 'log/version-2'), how)
    for (const path of await readdir(draft, { recursive: true })) await flush(join(draft, path))
    await flush(draft)
    renameSync(draft, kept)
    await flush(dirname(kept))
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
  return kept
}

/** By its name a copy is taken for whole, also after a loss of power. */
async function flush(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The copies that were made. */
export function copiesOf(home: string): string[] {
  const names = readdirSync(dirname(home)).filter((name) => name.startsWith(`${basename(home)}.kept-`))
  return names.filter((name) => !name.endsWith('.part')).map((name) => join(dirname(home), name))
}

/**
 * Makes a server that is stopped the only one of its ensemble, whatever list it knew. Without a version the list is
 * established anew by the server itself, as one that comes after every other.
 * @param conf the folder of its configuration
 */
export function makeAlone(conf: string, own: EnsembleServer, listen: string | undefined): void {
  for (const name of existsSync(conf) ? readdirSync(conf) : [])
    if (/^zoo\.cfg\.dynamic(\.|$)|^zoo\.cfg\.bak$/.test(name)) rmSync(join(conf, name))
  writeFileAtomic(join(conf, 'zoo.cfg.dynamic'), `${serverLine(own, listen)}\n`)
}
