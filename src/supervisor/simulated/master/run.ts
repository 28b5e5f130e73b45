import type { Server } from 'bun'
import { systemClock } from '../../../clock.ts'
import { joinHostPort } from '../../../config/address.ts'
import { messageOf } from '../../../error.ts'
import { type Address, addressOf } from '../address.ts'
import type { Ending } from '../ending.ts'
import { type Flags, isOn, milliseconds } from '../flags/mesos.ts'
import type { Glog } from '../glog.ts'
import { bindFailure, json, plain } from '../http.ts'
import { greet, startMesos } from '../start.ts'
import { decode, type FromAgent, type FromScheduler, paths } from '../wire/messages.ts'
import { openZk } from '../zookeeper.ts'
import { onAgentGone, onAgentMessage } from './agents.ts'
import { answer } from './api/routes.ts'
import { infoJson } from './api/v1.ts'
import { announce, prepare } from './check.ts'
import { emptyCluster } from './cluster.ts'
import { elect } from './elect.ts'
import { openEvents } from './events.ts'
import { lead } from './lead.ts'
import { openLog } from './log/log.ts'
import type { ReplicaRequest } from './log/replica.ts'
import type { AgentConnection, Master, Peer } from './master.ts'
import { openRegistrar } from './registrar.ts'
import { onSchedulerGone, onSchedulerMessage, type SchedulerConnection } from './schedulers.ts'

type Connection =
  | { kind: 'agent'; agent?: AgentConnection }
  | { kind: 'scheduler'; scheduler?: SchedulerConnection }

/** mesos-master's stand-in. Resolves when it ends by itself. @throws StartFailure */
export async function runMaster(argv: string[], env: Record<string, string | undefined>): Promise<Ending> {
  const { flags, glog, deprecated } = startMesos('mesos-master', argv, env, (text) =>
    process.stdout.write(text),
  )
  greet(glog, 'mesos-master', deprecated, [243, 244, 251])
  const address = await addressOf(flags, 'mesos-master', glog)
  const ending = Promise.withResolvers<Ending>()
  let master: Master | undefined
  const listener = listen(address, flags, glog, () => master)
  try {
    master = start(flags, glog, address, ending.resolve)
  } catch (error) {
    await listener.stop(true)
    throw error
  }
  return ending.promise
}

function start(flags: Flags, glog: Glog, address: Address, end: (ending: Ending) => void): Master {
  const { disk, zk } = prepare(flags, glog)
  const clock = systemClock
  const id = crypto.randomUUID()
  const { ip, port, hostname } = address
  const fail = (why: string) => end(glog.fatal('master.cpp:1659', why).ending)
  const { gate } = announce(id, address, flags, glog)
  const log = openLog({
    disk,
    self: `log-replica(1)@${joinHostPort(ip, port)}`,
    quorum: zk ? Number(flags.get('quorum') ?? 1) : 1,
    autoInitialize: isOn(flags, 'log_auto_initialize') || !zk,
    onStatus: (status) => glog.info('recover.cpp:468', `Replica is in ${status} status`),
    clock,
  })
  const master: Master = {
    info: { id, pid: `master@${joinHostPort(ip, port)}`, hostname, ip, port },
    flags,
    gate,
    startTime: clock.now() / 1000,
    electedTime: undefined,
    recovered: false,
    leader: undefined,
    cluster: emptyCluster(),
    agents: new Map(),
    schedulers: new Map(),
    events: openEvents(clock),
    log,
    registrar: openRegistrar(log, {
      storeTimeoutMs: milliseconds(flags, 'registry_store_timeout'),
      clock,
      fail,
    }),
    glog,
    clock,
    counters: new Map(),
    nextAgent: 0,
    nextFramework: 0,
    nextOffer: 0,
  }
  const onElected = () =>
    void lead(master, fail).catch((error) => fail(`Recovery failed: ${messageOf(error)}`))
  if (!zk) {
    master.leader = master.info
    onElected()
  } else if (zk.kind === 'unusable') {
    refuseForever(glog)
  } else {
    elect({
      session: openZk(zk.url, milliseconds(flags, 'zk_session_timeout'), clock),
      path: zk.url.path,
      self: master.info,
      json: infoJson(master),
      glog,
      clock,
      random: Math.random,
      onLeader: (leader) => {
        master.leader = leader
      },
      onElected,
      onLost: (why) => end(glog.exit('master.cpp:2148', why).ending),
      onReplicas: (members) => log.members(members),
    })
  }
  return master
}

/** A server list that ZooKeeper's client library cannot read: it is tried again once a second, for ever. */
export function refuseForever(glog: Glog): void {
  const refuse = () =>
    glog.warning('zookeeper.cpp:124', 'zookeeper_init failed: Invalid argument ; retrying in 1 second')
  refuse()
  setInterval(refuse, 1000)
}

function listen(
  address: Address,
  flags: Flags,
  glog: Glog,
  running: () => Master | undefined,
): Server<Connection> {
  const port = Number(flags.get('port'))
  try {
    return Bun.serve<Connection>({
      hostname: address.bind,
      port,
      idleTimeout: 120,
      async fetch(request, server) {
        const master = running()
        if (!master) return plain('', 503)
        const { pathname } = new URL(request.url)
        if (pathname === paths.replica)
          return json(master.log.answer((await request.json()) as ReplicaRequest))
        const kind =
          pathname === paths.agent ? 'agent' : pathname === paths.scheduler ? 'scheduler' : undefined
        if (kind) {
          if (!master.recovered) return plain('No leader elected', 503)
          return server.upgrade(request, { data: { kind } }) ? undefined : plain('', 400)
        }
        server.timeout(request, 0) // an event stream may be silent for long
        return answer(master, request)
      },
      error: (error) => plain(messageOf(error), 500),
      websocket: sockets(running),
    })
  } catch (error) {
    throw glog.fatal(
      'process.cpp:1124',
      `Failed to initialize: Failed to bind on ${joinHostPort(address.bind, port)}: ${bindFailure(error)}`,
    )
  }
}

function sockets(running: () => Master | undefined): Bun.WebSocketHandler<Connection> {
  const peerOf = (socket: Bun.ServerWebSocket<Connection>): Peer<unknown> => ({
    send: (message) => void socket.send(JSON.stringify(message)),
    close: () => socket.terminate(),
  })
  return {
    maxPayloadLength: 256 * 2 ** 20,
    idleTimeout: 30,
    sendPings: true,
    open(socket) {
      const peer = peerOf(socket)
      if (socket.data.kind === 'agent')
        socket.data.agent = { peer, agentId: undefined, pong() {}, closed: false }
      else socket.data.scheduler = { peer, frameworkId: undefined }
    },
    async message(socket, data) {
      const master = running()
      if (!master) return
      try {
        if (socket.data.kind === 'agent') {
          const message = decode<FromAgent>(data)
          if (message && socket.data.agent) await onAgentMessage(master, socket.data.agent, message)
        } else {
          const message = decode<FromScheduler>(data)
          if (message && socket.data.scheduler) onSchedulerMessage(master, socket.data.scheduler, message)
        }
      } catch (error) {
        master.glog.error('simulated', `Dropping a message that cannot be handled: ${messageOf(error)}`)
      }
    },
    close(socket) {
      const master = running()
      if (!master) return
      if (socket.data.kind === 'agent') socket.data.agent && onAgentGone(master, socket.data.agent)
      else if (socket.data.scheduler) onSchedulerGone(master, socket.data.scheduler)
    },
  }
}
