import type { Flag } from './command.ts'

/** Flags that many commands have. */
export const dataDir: Flag = {
  name: 'data-dir',
  value: 'DIR',
  help: 'keep (or find) all files of this machine under DIR',
}
export const json: Flag = { name: 'json', help: 'print JSON' }
