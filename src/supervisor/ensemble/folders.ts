import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of a server: where its data is by the plan, and the file that it runs by. */
type Server = { dataDir: string; zooCfg: string }

/** A server of ours, by the folder of its data and its configuration. */
export const serverIn = (home: string): Server => ({
  dataDir: join(home, 'data'),
  zooCfg: join(home, 'conf/zoo.cfg'),
})

/** Where it keeps its data and, last, its log of transactions: that is where it was when the server began, whatever is set now. */
export function logFolders({ dataDir, zooCfg }: Server): string[] {
  const text = existsSync(zooCfg) ? readFileSync(zooCfg, 'utf8') : ''
  const log = /^dataLogDir=(.+)$/m.exec(text)?.[1]
  return log === undefined ? [dataDir] : [dataDir, log]
}

export function logHome(spec: Server): string {
  return join(logFolders(spec).at(-1) ?? spec.dataDir, 'version-2')
}
