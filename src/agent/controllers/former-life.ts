import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { logFolders, serverIn } from '../../supervisor/ensemble/folders.ts'
import { livePlaces } from '../backup/manifest.ts'

/**
 * What an old life as a controller has left on this disk is out of the way of the next one, and not lost: ZooKeeper's data, its
 * log of transactions where that has a folder of its own, and the masters' log. The rest of a `work_dir` may be mesos-agent's.
 * @param stamp what tells it from others that were set aside
 */
export function setAside(
  dataDir: string,
  config: Pick<Config, 'zookeeper' | 'mesos'>,
  stamp: string,
): { path: string; to: string }[] {
  const home = join(dataDir, 'zookeeper')
  const [, was] = logFolders(serverIn(home))
  const willBe = [config.zookeeper.dataLogDir ?? []].flat()
  const logs = [...new Set([...(was === undefined ? [] : [was]), ...willBe])]
  return [home, ...logs.map((log) => join(log, 'version-2')), livePlaces(dataDir, config).registry]
    .filter((path) => existsSync(path))
    .map((path) => {
      const to = `${path}.before-${stamp}`
      renameSync(path, to)
      return { path, to }
    })
}
