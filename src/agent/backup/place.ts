import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { giveFolder } from '../../supervisor/process/spawn.ts'
import { markRestored } from '../../supervisor/service/server-list.ts'
import type { Ensemble } from '../local/memory.ts'
import { livePlaces, names, restoreFolder } from './manifest.ts'

/**
 * Puts the data of a backup in place, once its machines have agreed on the birth of the cluster that lives on with it, and
 * before anything of it runs. What was done before a crash is done already. A machine without the data (it came after the
 * birth, or its data was lost before) has no part in it: its empty disk never votes, and learns from the others.
 * @returns whether what is known of the ensemble has changed
 */
export function placeRestored(ensemble: Ensemble, state: string, config: Config): boolean {
  const waiting = restoreFolder(state)
  if (ensemble.kind !== 'managed' || !ensemble.cluster.restored) return false
  const live = livePlaces(state, config)
  if (!ensemble.founder) {
    rmSync(waiting, { recursive: true, force: true })
    return false
  }
  if (!existsSync(waiting)) {
    ensemble.founder = existsSync(join(live.data, 'version-2'))
    return !ensemble.founder
  }
  markRestored(join(state, 'zookeeper/conf'))
  const registry = join(waiting, names.registry)
  if (existsSync(registry)) {
    put(registry, live.registry)
    const { user } = config.supervision['mesos-master']
    if (user !== undefined) giveFolder(dirname(live.registry), user)
    ensemble.firstLog = false
  }
  put(join(waiting, names.log, 'version-2'), join(live.log, 'version-2'))
  put(join(waiting, names.data, 'version-2'), join(live.data, 'version-2'))
  rmSync(waiting, { recursive: true })
  return true
}

/** Moves what is in one folder into another, which may lie on another disk. */
function put(from: string, to: string): void {
  if (!existsSync(from)) return
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) {
    try {
      renameSync(join(from, name), join(to, name))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error
      cpSync(join(from, name), `${join(to, name)}.part`, { recursive: true })
      renameSync(`${join(to, name)}.part`, join(to, name))
      rmSync(join(from, name), { recursive: true })
    }
  }
}
