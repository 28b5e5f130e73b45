/** Where the resolver listens, as others on this machine reach it. */
export type Endpoint = { address: string; port: number }

/** What the machine's own look-ups shall do. */
export type Wanted = Endpoint & {
  /** `auto`: the domain goes to meshbox, through whatever this machine has. */
  mode: 'off' | 'auto'
  domain: string
  /** Names outside the domain are answered there too. */
  forwards: boolean
}

export type Through = 'systemd-resolved' | 'resolvconf' | 'resolv.conf'

export type HostLookupStatus =
  | { kind: 'off' }
  | { kind: 'active'; through: Through }
  /** Nothing was changed, or the change was taken back. */
  | { kind: 'refused'; reason: string; hint?: string }
  /** Somebody changed what meshbox wrote: it stays as it is until the mode is set again. */
  | { kind: 'left-alone'; reason: string; hint?: string }

/** One change of the machine: at most one file, then the commands that make it count. */
export type Change = {
  through: Through
  file?: { path: string; text: string }
  /** Run after the file was written. Without a file they are run again once in each run: a restart forgets what they did. */
  commands: string[][]
  /** Run after the file was put back. */
  undoCommands: string[][]
  /** /etc/resolv.conf must name this server first afterwards. */
  firstServer?: string
}

/** Stands in every file that meshbox writes here, so that it is never taken for somebody else's. */
export const marker = '# Written by meshbox'

export const resolvConfPath = '/etc/resolv.conf'
