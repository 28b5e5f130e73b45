import { resolve } from 'node:path'
import { misuse } from '../../error.ts'

/** Where this machine keeps what. With `--data-dir` all of it stands under one folder. */
export type Folders = {
  /** What a person calls the place of all of it. */
  root: string
  /** SQLite files and the programs' own data. */
  state: string
  logs: string
  /** Unix socket of the API. */
  socket: string
  /** The folder that commands have to name to find this place; undefined for the usual one. */
  named: string | undefined
}

const usual: Folders = {
  root: '/var/lib/meshbox',
  state: '/var/lib/meshbox',
  logs: '/var/log/meshbox',
  socket: '/run/meshbox.sock',
  named: undefined,
}

/** Linux's limit for the path of a Unix socket, less the final zero byte (unix(7)). */
const longestSocket = 107

/** @param dataDir undefined for the usual places, which can also be named by the folder of what they hold */
export function foldersAt(dataDir: string | undefined): Folders {
  const root = dataDir === undefined ? usual.root : resolve(dataDir)
  if (root === usual.root) return usual
  const socket = `${root}/meshbox.sock`
  if (Buffer.byteLength(socket) > longestSocket) {
    throw misuse(
      'data-dir-long',
      `cannot use ${root}: a Unix socket in it would have a path longer than ${longestSocket} bytes`,
      'choose a shorter --data-dir',
    )
  }
  return { root, state: `${root}/state`, logs: `${root}/log`, socket, named: root }
}
