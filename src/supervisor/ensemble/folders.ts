import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of a server: where its data is by the plan, and the file that it runs by. */
type Server = { dataDir: string; zooCfg: string }

/** A server of ours, by the folder of its data and its configuration. */
export const serverIn = (home: string): Server => ({
  dataDir: join(home, 'data'),
  zooCfg: join(home, 'conf/zoo.cfg'),
})

/**
 * Where it keeps its data and, last, its log of transactions: that is where it was when the server began, whatever is set now.
 * @param set where the log is of one that runs as it was found, when it was adopted, by no file of ours
 */
export function logFolders({ dataDir, zooCfg }: Server, set?: string): string[] {
  const found = set !== undefined && existsSync(join(set, 'version-2')) ? set : undefined
  const log = existsSync(zooCfg) ? /^dataLogDir=(.+)$/m.exec(readFileSync(zooCfg, 'utf8'))?.[1] : found
  return log === undefined ? [dataDir] : [dataDir, log]
}

export function logHome(spec: Server): string {
  return join(logFolders(spec).at(-1) ?? spec.dataDir, 'version-2')
}
