import { cpSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { EnsembleServer } from '../../config/document/cluster.ts'
import { serverLine } from '../../config/zookeeper/ensemble.ts'
import { writeFileAtomic } from '../../store.ts'

/**
 * A copy of all that a ZooKeeper server has, beside it. Made once for each state of the disk.
 * @param home the folder of its data and its configuration
 * @param what names that state
 * @returns where it is
 */
export function keepCopy(home: string, what: string): string {
  const kept = `${home}.kept-${what}`
  if (existsSync(kept)) return kept
  const draft = `${kept}.part`
  rmSync(draft, { recursive: true, force: true })
  cpSync(home, draft, { recursive: true, preserveTimestamps: true })
  renameSync(draft, kept)
  return kept
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
