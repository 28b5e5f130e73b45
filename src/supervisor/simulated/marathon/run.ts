import { hostname, networkInterfaces } from 'node:os'
import { systemClock, until } from '../../../clock.ts'
import { joinHostPort } from '../../../config/address.ts'
import type { Session } from '../../../config/zookeeper/session.ts'
import { messageOf } from '../../../error.ts'
import { marathonVersion } from '../build.ts'
import { joinGroup, watchGroup } from '../election.ts'
import { type Ending, exited, StartFailure } from '../ending.ts'
import { toStderr } from '../glog.ts'
import { bindFailure, json } from '../http.ts'
import { readInfo } from '../master/elect.ts'
import type { FrameworkInfo } from '../wire/model.ts'
import { openZk, readZkFlag } from '../zookeeper.ts'
import { openGate } from './authentication.ts'
import { loadMarathonFlags, type MarathonFlags, marathonHelp } from './flags.ts'
import { type MarathonLog, openMarathonLog } from './log.ts'
import { proxy } from './proxy.ts'
import { answerAlone, answerLeading, type Context } from './routes.ts'
import { openScheduler, type Scheduler } from './scheduler.ts'
import { openMarathonStore } from './store.ts'

/** Marathon's own exit codes. */
const code = {
  noZooKeeper: 100,
  lostZooKeeper: 101,
  lostLeadership: 103,
  abdicated: 105,
  removed: 110,
  cannotBind: 111,
  badFlag: 112,
}

const clock = systemClock
const defaultZk = 'zk://localhost:2181/marathon'

/** Marathon's stand-in. Resolves when it ends by itself. @throws StartFailure */
export async function runMarathon(argv: string[], env: Record<string, string | undefined>): Promise<Ending> {
  const loaded = loadMarathonFlags(argv, env)
  if (loaded.kind === 'failed') toStderr(`${loaded.message}\n`)
  if (loaded.kind === 'help') process.stdout.write(marathonHelp(marathonVersion))
  if (loaded.kind === 'version') process.stdout.write(`Marathon ${marathonVersion}\n`)
  if (loaded.kind !== 'flags') throw new StartFailure(exited(loaded.kind === 'failed' ? code.badFlag : 0))
  const { flags } = loaded
  const log = openMarathonLog()
  log.warn('Main', "This is meshbox's simulated Marathon: a stand-in")
  log.info(
    'Main',
    `Starting Marathon ${marathonVersion}/simulated with ${argv.join(' ').replace(/\/\/[^@/]*@/g, '//***@')}`,
  )

  const ending = Promise.withResolvers<Ending>()
  const end = (status: number, why: string) => {
    log.error('CurrentRuntime', `${why}; exiting with ${status}`)
    ending.resolve(exited(status))
  }
  const zk = zkOf(flags.get('zk') ?? defaultZk, 'zk', log)
  const mesos = mesosOf(flags.get('master') ?? '', log)
  let scheduler: Scheduler | undefined
  let leader: string | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const self = joinHostPort(flags.get('hostname') ?? hostname(), Number(flags.get('http_port')))
  const context: Context = {
    flags,
    self,
    leader: () => leader,
    scheduler: () => scheduler,
    inTurn(change) {
      const next = turn.then(change, change)
      turn = next
      return next
    },
    abdicate: () => void clock.after(100, () => end(code.abdicated, 'Leadership abdicated')),
  }
  const listener = listen(flags, log, context)
  const session = openZk(zk, Number(flags.get('zk_session_timeout')), clock)
  const connected = await until(clock, { everyMs: 50, timeoutMs: Number(flags.get('zk_timeout')) }, () =>
    session.state() === 'connected' ? true : undefined,
  )
  if (!connected) {
    log.error('Main', 'Could not connect to ZooKeeper')
    await Promise.all([listener.stop(true), session.close()])
    throw new StartFailure(exited(code.noZooKeeper))
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info('Main', `Received ${signal}, handing over the leadership`)
      void session.close().finally(() => ending.resolve({ kind: 'signal', signal }))
    })
  }
  session.onState((state) => {
    if (state === 'lost') end(code.lostZooKeeper, 'Lost the connection to ZooKeeper')
  })
  contend(session, zk.path, self, log, {
    onLeader: (address) => {
      leader = address
    },
    onElected: () => {
      const started = lead(session, zk.path, flags, self, mesos, log, () =>
        end(code.removed, 'Framework was removed'),
      )
      started.then(
        (made) => {
          scheduler = made
        },
        (error) => end(code.lostZooKeeper, `Cannot load the state: ${messageOf(error)}`),
      )
    },
    onLost: () => end(code.lostLeadership, 'Lost leadership'),
  })
  const how = await ending.promise
  scheduler?.close()
  return how
}

type Mesos = { kind: 'zk'; url: ReturnType<typeof zkOf> } | { kind: 'fixed'; host: string }

function zkOf(text: string, flag: string, log: MarathonLog) {
  const zk = readZkFlag(text)
  if (zk.kind === 'url') return zk.url
  const why = zk.kind === 'unusable' ? zk.why : `bad ZooKeeper URL '${text}'`
  toStderr(`[scallop] Error: Bad arguments for option '${flag}': '${text}' - ${why}\n`)
  log.error('Main', 'Cannot start')
  throw new StartFailure(exited(code.badFlag))
}

function mesosOf(text: string, log: MarathonLog): Mesos {
  if (text.startsWith('zk://')) return { kind: 'zk', url: zkOf(text, 'master', log) }
  return { kind: 'fixed', host: text.replace(/^https?:\/\//, '').replace(/\/+$/, '') }
}

type Election = { onLeader(address: string | undefined): void; onElected(): void; onLost(): void }

function contend(session: Session, path: string, self: string, log: MarathonLog, told: Election): void {
  const group = { dir: `${path}/leader`, prefix: 'member_' }
  const mine = JSON.stringify({ id: crypto.randomUUID(), address: self })
  let leading = false
  joinGroup(session, group, mine, { clock, random: Math.random }, (change) => {
    if ('lost' in change && leading) told.onLost()
  })
  watchGroup(
    session,
    group,
    ([first]) => {
      const address = first && addressIn(first.data)
      told.onLeader(address)
      if (first?.data === mine && !leading) {
        leading = true
        log.info('LeaderElection', `Elected as leader (${self})`)
        told.onElected()
      } else if (first && first.data !== mine) {
        if (leading) told.onLost()
        log.info('LeaderElection', `The leader is ${address}`)
      }
    },
    1,
  )
}

function addressIn(data: string): string | undefined {
  try {
    return String(JSON.parse(data).address)
  } catch {
    return undefined
  }
}

async function lead(
  session: Session,
  path: string,
  flags: MarathonFlags,
  self: string,
  mesos: Mesos,
  log: MarathonLog,
  onRemoved: () => void,
): Promise<Scheduler> {
  const store = openMarathonStore(session, path)
  const loaded = await store.load()
  const scheduler = openScheduler({
    store,
    loaded,
    framework: frameworkOf(flags, self),
    reconcileAfterMs: Number(flags.get('reconciliation_initial_delay')),
    reconcileEveryMs: Number(flags.get('reconciliation_interval')),
    log,
    clock,
    random: Math.random,
    onRemoved,
  })
  if (mesos.kind === 'fixed') scheduler.master(mesos.host)
  else {
    const group = { dir: mesos.url.path, prefix: 'json.info_' }
    const own = openZk(mesos.url, Number(flags.get('zk_session_timeout')), clock)
    watchGroup(
      own,
      group,
      ([first]) => {
        const leader = first && readInfo(first.data)
        if (leader) scheduler.master(joinHostPort(leader.ip, leader.port), leader.id)
      },
      1,
    )
  }
  return scheduler
}

function frameworkOf(flags: MarathonFlags, self: string): FrameworkInfo {
  const principal = flags.get('mesos_authentication_principal')
  return {
    name: flags.get('framework_name') ?? 'marathon',
    user: flags.get('mesos_user') ?? 'root',
    roles: [flags.get('mesos_role') ?? '*'],
    hostname: self.replace(/:\d+$/, ''),
    webuiUrl: flags.get('webui_url') ?? `http://${self}`,
    failoverTimeout: Number(flags.get('failover_timeout')),
    checkpoint: flags.get('checkpoint') === 'true',
    capabilities: ['MULTI_ROLE', 'RESERVATION_REFINEMENT'],
    ...(principal === undefined ? {} : { principal }),
  }
}

function listen(flags: MarathonFlags, log: MarathonLog, context: Context) {
  const host = flags.get('http_address') ?? everywhere()
  const port = Number(flags.get('http_port'))
  const gate = openGate(flags, log)
  try {
    return Bun.serve({
      hostname: host,
      port,
      async fetch(request) {
        const refusal = gate(request)
        if (refusal) return refusal
        const url = new URL(request.url)
        const own = answerAlone(context, request, url)
        if (own) return own
        const scheduler = context.scheduler()
        if (scheduler) return answerLeading(context, scheduler, request, url)
        return proxy(request, url, context.self, context.leader())
      },
      error: (error) => json({ message: messageOf(error) }, 500),
    })
  } catch (error) {
    log.error('Main', `Cannot bind to ${joinHostPort(host, port)}: ${bindFailure(error)}`)
    throw new StartFailure(exited(code.cannotBind))
  }
}

/** As Java has it: IPv4 and IPv6, where there is IPv6. */
function everywhere(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return all.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0'
}
