import type { Server } from './url.ts'

/** A znode as read: `version` is what a compare-and-set write takes. */
export type Znode = { data: Buffer; version: number; ephemeral: boolean }

export type CreateMode = 'persistent' | 'persistent-sequential' | 'ephemeral' | 'ephemeral-sequential'

/** One step of a transaction; all of them happen or none. */
export type Op =
  | { kind: 'create'; path: string; data: Buffer | string; mode?: CreateMode }
  | { kind: 'write'; path: string; data: Buffer | string; version?: number }
  | { kind: 'remove'; path: string; version?: number }
  | { kind: 'check'; path: string; version: number }

/**
 * `connected`: a session is alive. `suspended`: no server answers, the session may live on. `lost`: the session is
 * over and its ephemeral znodes with it (a new one is opened at once, and `connected` follows).
 */
export type SessionState = 'suspended' | 'connected' | 'lost'

/**
 * A ZooKeeper session that outlives the library's: after an expiry a new client is built and everything that is
 * followed is read again. Every operation ends: with a result, or with a MeshboxError whose `code` is `zk-no-node`,
 * `zk-node-exists`, `zk-bad-version`, `zk-not-empty`, `zk-no-auth`, `zk-connection-loss` (the outcome of a write is
 * unknown then), `zk-closed` or `zk-failed`.
 */
export type Session = {
  /** The znode, or undefined when there is none. */
  read(path: string): Promise<Znode | undefined>
  /** Names of the children, sorted; undefined when the znode does not exist. */
  children(path: string): Promise<string[] | undefined>
  /** Makes a znode (its parent must exist) and returns its path, which differs from `path` for sequential ones. */
  create(path: string, data: Buffer | string, mode?: CreateMode): Promise<string>
  /** Makes the znode and its parents, empty, unless they exist. */
  ensure(path: string): Promise<void>
  /** Sets the data and returns the new version. With `version`, only if that is the present one. */
  write(path: string, data: Buffer | string, version?: number): Promise<number>
  /** Removes a znode without children; one that is not there is fine. */
  remove(path: string, version?: number): Promise<void>
  commit(ops: Op[]): Promise<void>
  /** Calls `see` with the znode now, at each change, and after each new session or connection. Stops when called. */
  follow(path: string, see: (node: Znode | undefined) => void): () => void
  /** The same for the names of the children. */
  followChildren(path: string, see: (names: string[] | undefined) => void): () => void
  state(): SessionState
  /** Tells each change of state, `lost` included. */
  onState(see: (state: SessionState) => void): () => void
  /** The id of the present session as hex, as ZooKeeper's `ephemeralOwner` shows it; undefined before the first. */
  id(): string | undefined
  /** Ends the session; its ephemeral znodes go at once. */
  close(): Promise<void>
}

export type SessionOptions = {
  servers: Server[]
  auth?: { user: string; password: string }
  /** Session timeout asked for, in milliseconds; the server may bend it to 2 to 20 of its ticks. */
  timeoutMs?: number
}
