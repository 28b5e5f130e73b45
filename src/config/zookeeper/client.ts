import zookeeper from 'node-zookeeper-client'
import type { Clock } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'
import type { Login } from './access.ts'
import type { Server } from './url.ts'

/** What this file reaches into of the library: its servers cannot be given otherwise when they are IPv6. */
type Manager = {
  servers: Server[]
  socket?: { destroy(): void } | undefined
  pendingBuffer: Buffer | null
  updateTimeout(ms: number): void
  findNextServer(callback: (server: Server) => void): void
  onSocketData(data: Buffer): void
}

export type Answer<T> = (error: Error | zookeeper.Exception | null, result: T) => void

export type ClientState = 'connecting' | 'connected' | 'ended'

/** One session of the library, for as long as it lives. It never comes back: a new one is made in its place. */
export type Client = {
  /**
   * Runs one operation of the library. An answer that does not come within the session timeout breaks the connection
   * (the library itself never notices a server that hangs) and counts as `zk-connection-loss`.
   */
  call<T>(what: string, send: (library: zookeeper.Client, answer: Answer<T>) => void): Promise<T>
  sessionId(): string
  /** Tells this and every later connection who we are, too. */
  login(login: Login): void
  /** Later connections go to one of these. */
  useServers(servers: Server[]): void
  /** Ends the session in good order, and the connection with it. */
  close(): Promise<void>
}

type ClientOptions = {
  servers: Server[]
  logins: Login[]
  timeoutMs: number
  clock: Clock
  random: () => number
  /** `ended` comes once, when ZooKeeper says that the session is over, or when it must be by this machine's clock. */
  onState: (state: ClientState) => void
}

const reconnectMs = { least: 50, spread: 400 }

const codes = new Map<number, string>([
  [zookeeper.Exception.NO_NODE, 'zk-no-node'],
  [zookeeper.Exception.NODE_EXISTS, 'zk-node-exists'],
  [zookeeper.Exception.BAD_VERSION, 'zk-bad-version'],
  [zookeeper.Exception.NOT_EMPTY, 'zk-not-empty'],
  [zookeeper.Exception.NO_AUTH, 'zk-no-auth'],
  [zookeeper.Exception.AUTH_FAILED, 'zk-no-auth'],
  [zookeeper.Exception.CONNECTION_LOSS, 'zk-connection-loss'],
  [zookeeper.Exception.SESSION_EXPIRED, 'zk-connection-loss'],
])

function failure(what: string, cause: unknown): MeshboxError {
  const number = cause instanceof zookeeper.Exception ? cause.getCode() : 0
  const why = cause instanceof zookeeper.Exception ? cause.getName() : String(cause)
  return new MeshboxError({
    code: codes.get(number) ?? 'zk-failed',
    message: `cannot ${what}: ZooKeeper answered ${why}`,
    cause,
  })
}

function lostConnection(what: string): MeshboxError {
  return new MeshboxError({
    code: 'zk-connection-loss',
    message: `cannot ${what}: no answer from ZooKeeper`,
    hint: 'run `meshbox status` to see whether ZooKeeper is up',
  })
}

/** Connects and keeps connecting, to one server after the other in random order, until the session is over. */
export function openClient(options: ClientOptions): Client {
  const { clock, random, timeoutMs, onState } = options
  const library = zookeeper.createClient('replaced-below', { sessionTimeout: timeoutMs, retries: 0 })
  const manager = (library as unknown as { connectionManager: Manager }).connectionManager
  const waiting = new Set<(error: MeshboxError) => void>()
  let connected = false
  let ended = false
  let heardAt = clock.monotonic()
  let attemptAt = clock.monotonic()
  let cancelAttempt = () => {}

  manager.servers = shuffle(options.servers, random)
  manager.updateTimeout(timeoutMs)
  let turn = 0
  manager.findNextServer = (callback) => {
    cancelAttempt()
    const server = manager.servers[turn++ % manager.servers.length]
    if (!server || ended) return
    const delay = turn === 1 ? 0 : reconnectMs.least + reconnectMs.spread * random()
    cancelAttempt = clock.after(delay, () => {
      attemptAt = clock.monotonic()
      manager.pendingBuffer = null // half a packet of the connection before
      callback(server)
    })
  }
  const decode = manager.onSocketData.bind(manager)
  manager.onSocketData = (data) => {
    try {
      decode(data)
    } catch {
      manager.socket?.destroy() // a code or event that the library does not know: start over on a new connection
    }
  }

  function end(): void {
    if (ended) return
    ended = true
    stopTicking()
    cancelAttempt()
    library.removeAllListeners('state')
    manager.socket?.destroy()
    for (const fail of [...waiting]) fail(lostConnection('reach ZooKeeper'))
    onState('ended')
  }

  library.on('state', (state) => {
    if (ended) return
    if (state === zookeeper.State.SYNC_CONNECTED) {
      connected = true
      heardAt = clock.monotonic()
      onState('connected')
    } else if (state === zookeeper.State.EXPIRED || state === zookeeper.State.AUTH_FAILED) {
      end()
    } else if (connected) {
      connected = false
      onState('connecting')
    }
  })

  /** The library sees neither a silent server nor a session that ran out while nothing could be reached. */
  let stopTicking = () => {}
  const tick = () => {
    const now = clock.monotonic()
    const deadline = Math.max(timeoutMs, library.getSessionTimeout())
    if (now - heardAt > deadline) return end()
    if (!connected && now - attemptAt > deadline / (manager.servers.length + 1)) {
      attemptAt = now
      manager.socket?.destroy()
    }
    if (connected)
      call('reach ZooKeeper', (to, answer: Answer<zookeeper.Stat>) => to.exists('/', answer)).catch(() => {})
    stopTicking = clock.after(deadline / 4, tick)
  }

  function call<T>(what: string, send: (to: zookeeper.Client, answer: Answer<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (ended) return reject(lostConnection(what))
      const settle = (act: () => void) => {
        cancel()
        waiting.delete(fail)
        act()
      }
      const fail = (error: MeshboxError) => settle(() => reject(error))
      const cancel = clock.after((library.getSessionTimeout() * 2) / 3, () => {
        fail(lostConnection(what))
        manager.socket?.destroy()
      })
      waiting.add(fail)
      try {
        send(library, (error, result) => {
          const silent =
            error instanceof zookeeper.Exception && error.getCode() === zookeeper.Exception.CONNECTION_LOSS
          if (!silent) heardAt = clock.monotonic()
          settle(() => (error ? reject(failure(what, error)) : resolve(result)))
        })
      } catch (error) {
        fail(failure(what, error))
      }
    })
  }

  function login({ user, password }: Login): void {
    library.addAuthInfo('digest', Buffer.from(`${user}:${password}`))
  }

  for (const each of options.logins) login(each)
  stopTicking = clock.after(timeoutMs / 4, tick)
  library.connect()

  return {
    call,
    login,
    useServers(servers) {
      manager.servers = shuffle(servers, random)
    },
    sessionId: () => sessionIdText(library.getSessionId()),
    close() {
      if (ended || !connected) {
        end()
        return Promise.resolve()
      }
      return new Promise<void>((resolve) => {
        const done = () => {
          cancel()
          end()
          resolve()
        }
        const cancel = clock.after(2000, done)
        library.removeAllListeners('state')
        library.on('state', done)
        library.close()
      })
    },
  }
}

/** Hex without leading zeros, as ZooKeeper's own tools show it; empty for no session. */
export function sessionIdText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^0+/, '')
}

/** So that not every machine of a cluster asks the first server of the list. */
function shuffle<T>(list: T[], random: () => number): T[] {
  return list
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}
