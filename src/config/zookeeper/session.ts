import zookeeper from 'node-zookeeper-client'
import type { Clock } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'
import type { Log } from '../../log.ts'
import { type Access, aclFor, type Login, loginOf } from './access.ts'
import { type Answer, type Client, openClient, sessionIdText } from './client.ts'
import { openFollowers } from './follow.ts'
import type { Server } from './url.ts'

/**
 * A znode as read: `version` is what a compare-and-set write takes; `owner` is the session that an ephemeral one goes
 * with, as `Session.id` gives it.
 */
export type Znode = { data: Buffer; version: number; owner?: string }

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
  /** Lets those with a key of the ring, and nobody else, at a znode; one that is not there is fine. */
  guard(path: string): Promise<void>
  /** Calls `see` with the znode now, at each change, and after each new session or connection. Stops when called. */
  follow(path: string, see: (node: Znode | undefined) => void): () => void
  /** The same for the names of the children. */
  followChildren(path: string, see: (names: string[] | undefined) => void): () => void
  state(): SessionState
  /** Tells each change of state, `lost` included. */
  onState(see: (state: SessionState) => void): () => void
  /** The ensemble has other servers now. A connection that is good stays. */
  useServers(servers: Server[]): void
  /** The id of the present session as hex, as ZooKeeper's `ephemeralOwner` shows it; undefined before the first. */
  id(): string | undefined
  /** Ends the session; its ephemeral znodes go at once. */
  close(): Promise<void>
}

export type SessionOptions = {
  servers: Server[]
  auth?: Login
  /** Whose znodes are guarded, and by which keys. */
  access?: Access
  /** Session timeout asked for, in milliseconds; the server may bend it to 2 to 20 of its ticks. */
  timeoutMs?: number
}

const modes: Record<CreateMode, number> = {
  persistent: zookeeper.CreateMode.PERSISTENT,
  'persistent-sequential': zookeeper.CreateMode.PERSISTENT_SEQUENTIAL,
  ephemeral: zookeeper.CreateMode.EPHEMERAL,
  'ephemeral-sequential': zookeeper.CreateMode.EPHEMERAL_SEQUENTIAL,
}

const defaultTimeoutMs = 10_000

/** Opens a session and returns at once; operations wait for the first connection, up to the session timeout. */
export function openSession(
  options: SessionOptions,
  clock: Clock,
  log: Log,
  random: () => number = Math.random,
): Session {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  const stateListeners = new Set<(state: SessionState) => void>()
  const followers = openFollowers(clock, log)
  let state: SessionState = 'suspended'
  let closed = false
  let servers = options.servers
  let cancelReopen = () => {}
  let client = open()
  // To be told twice does no harm.
  const unseeKeys = options.access?.onChange(() => logins().forEach(client.login))

  function logins(): Login[] {
    return [...(options.auth ? [options.auth] : []), ...(options.access?.keys().map(loginOf) ?? [])]
  }

  function open(): Client {
    return openClient({
      servers,
      logins: logins(),
      timeoutMs,
      clock,
      random,
      onState(change) {
        if (closed) return
        if (change === 'connected') enter('connected')
        else if (change === 'connecting') enter('suspended')
        else {
          const hadSession = client.sessionId() !== ''
          if (hadSession) enter('lost')
          cancelReopen = clock.after(hadSession ? 0 : reopenMs, () => {
            client = open()
          })
        }
      },
    })
  }

  function enter(next: SessionState): void {
    if (next !== state) log.debug({ from: state, to: next }, 'ZooKeeper session')
    state = next
    for (const see of [...stateListeners]) see(next)
    if (next === 'connected') followers.refresh()
  }

  /** Waits for a connection first: a request that the library queues while nothing is connected may be sent much later. */
  async function call<T>(what: string, send: (to: zookeeper.Client, answer: Answer<T>) => void): Promise<T> {
    if (!closed && state !== 'connected') await connection()
    if (closed)
      throw new MeshboxError({
        code: 'zk-closed',
        message: `cannot ${what}: the ZooKeeper session is closed`,
      })
    return client.call(what, send)
  }

  function connection(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel()
        stateListeners.delete(see)
        resolve()
      }
      const see = (now: SessionState) => {
        if (now === 'connected') done()
      }
      const cancel = clock.after(timeoutMs, done)
      stateListeners.add(see)
    })
  }

  const stat = (path: string, watch?: () => void) =>
    absent(
      call<zookeeper.Stat>(`look at ${path}`, (to, answer) =>
        watch ? to.exists(path, watch, answer) : to.exists(path, answer),
      ),
    )

  const names = (path: string, watch?: () => void) =>
    absent(
      call<string[]>(`list ${path}`, (to, answer) =>
        watch ? to.getChildren(path, watch, answer) : to.getChildren(path, answer),
      ),
    ).then((list) => list?.sort())

  function read(path: string): Promise<Znode | undefined> {
    return absent(
      call<Znode>(`read ${path}`, (to, answer) =>
        to.getData(path, (error, data, about) =>
          answer(error, {
            data: data ?? Buffer.alloc(0),
            version: about?.version ?? -1,
            ...ownerOf(about?.ephemeralOwner),
          }),
        ),
      ),
    )
  }

  const aclOf = (path: string) => options.access && aclFor(path, options.access)

  function addCreate(
    all: zookeeper.Transaction,
    { path, data, mode = 'persistent' }: Op & { kind: 'create' },
  ): void {
    const acl = aclOf(path)
    if (acl) all.create(path, Buffer.from(data), acl, modes[mode])
    else all.create(path, Buffer.from(data), modes[mode])
  }

  async function create(
    path: string,
    data: Buffer | string,
    mode: CreateMode = 'persistent',
  ): Promise<string> {
    const acl = aclOf(path)
    return call<string>(`create ${path}`, (to, answer) =>
      acl
        ? to.create(path, Buffer.from(data), acl, modes[mode], answer)
        : to.create(path, Buffer.from(data), modes[mode], answer),
    )
  }

  return {
    read,
    create,
    children: (path) => names(path),
    async ensure(path) {
      const parts = path.split('/').slice(1)
      for (let length = 1; length <= parts.length; length++) {
        const part = `/${parts.slice(0, length).join('/')}`
        if (await stat(part)) continue
        await create(part, '').catch((error) => {
          if (codeOf(error) !== 'zk-node-exists') throw error
        })
      }
    },
    async write(path, data, version = -1) {
      const about = await call<zookeeper.Stat>(`write ${path}`, (to, answer) =>
        to.setData(path, Buffer.from(data), version, answer),
      )
      return about.version
    },
    async remove(path, version = -1) {
      await absent(
        call<void>(`remove ${path}`, (to, answer) =>
          to.remove(path, version, (error) => answer(error, undefined)),
        ),
      )
    },
    async commit(ops) {
      await call<unknown>(`write ${ops.map((op) => op.path).join(', ')}`, (to, answer) => {
        const all = to.transaction()
        for (const op of ops) {
          if (op.kind === 'create') addCreate(all, op)
          else if (op.kind === 'write') all.setData(op.path, Buffer.from(op.data), op.version ?? -1)
          else if (op.kind === 'remove') all.remove(op.path, op.version ?? -1)
          else all.check(op.path, op.version)
          // The library takes version 0 for none, and would write whatever the version is.
          const sent = (all as unknown as { ops: { version?: number }[] }).ops.at(-1)
          if (sent && 'version' in op && op.version !== undefined) sent.version = op.version
        }
        all.commit(answer)
      })
    },
    async guard(path) {
      const acl = aclOf(path)
      if (acl)
        await absent(call<zookeeper.Stat>(`guard ${path}`, (to, answer) => to.setACL(path, acl, answer)))
    },
    follow(path, see) {
      // The watch is set before the read: what changes in between fires it, and is read again.
      return followers.add(path, async (again) => ((await stat(path, again)) ? read(path) : undefined), see)
    },
    followChildren(path, see) {
      return followers.add(
        path,
        async (again) => {
          const list = await names(path, again)
          if (list) return list
          if (await stat(path, again)) again() // made in the meantime
          return undefined
        },
        see,
      )
    },
    state: () => state,
    onState(see) {
      stateListeners.add(see)
      return () => stateListeners.delete(see)
    },
    useServers(list) {
      if (Bun.deepEquals(list, servers)) return
      servers = list
      client.useServers(list)
    },
    id: () => client.sessionId() || undefined,
    async close() {
      if (closed) return
      closed = true
      cancelReopen()
      unseeKeys?.()
      stateListeners.clear()
      followers.stop()
      await client.close()
    },
  }
}

const reopenMs = 200

/** Eight bytes; nothing but zeros where the znode is no ephemeral one. */
function ownerOf(bytes: Uint8Array | undefined): { owner?: string } {
  const owner = sessionIdText(Buffer.from(bytes ?? []))
  return owner === '' ? {} : { owner }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof MeshboxError ? error.code : undefined
}

/** A znode that is not there is an answer, not an error. */
async function absent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (codeOf(error) === 'zk-no-node') return undefined
    throw error
  }
}
