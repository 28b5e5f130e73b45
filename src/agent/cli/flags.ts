import type { Flag } from './command.ts'

/** Flags that many commands have. */
export const dataDir: Flag = {
  name: 'data-dir',
  value: 'DIR',
  help: 'keep (or find) all files of this machine under DIR',
}
/** Asked through the agent of this one. */
export const node: Flag = {
  name: 'node',
  value: 'NAME',
  help: 'of that machine of the cluster (needs a key)',
  completes: 'nodes',
}
export const json: Flag = { name: 'json', help: 'print JSON' }

/** Also in the environment, as MESHBOX_KEY_FILE. */
export const keyFile: Flag = {
  name: 'key-file',
  value: 'FILE',
  help: "the cluster's key, from `meshbox key new` (or MESHBOX_KEY_FILE); without one all is in the clear",
}
