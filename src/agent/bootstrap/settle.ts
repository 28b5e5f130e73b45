import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import type { Cluster } from '../../config/document/cluster.ts'
import type { Config } from '../../config/schema.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import type { Self } from '../birth/acceptor.ts'
import { agreeOnBirth } from '../birth/agree.ts'
import { anyTakesPart, openAcceptor, openAsk } from '../birth/exchange.ts'
import { type Birth, birthSchema, canonicalList } from '../birth/record.ts'
import { advertisedAddress, machineFacts, type ResolvedServer, resolveServers } from '../local/machine.ts'
import type { Ensemble, Joined, Memory } from '../local/memory.ts'
import type { AskPeer } from '../peer/ask.ts'
import { whoAnswers } from './answers.ts'
import { decideEnsemble, notAController } from './ensemble.ts'

export type Settled = { ensemble: Ensemble; address: string }

export type Settling = {
  url: ZkUrl
  joined: Joined
  memory: Memory
  config: Config
  dataDir: string
  askPeer: AskPeer
  keys: () => readonly Uint8Array[]
  clock: Clock
  random: () => number
  signal: AbortSignal
  /** Who or what is waited for. */
  onWaiting: (reasons: string[]) => void
  /** From now on this machine can be asked to take part in a birth. */
  onSelf: (self: () => Self) => void
}

const lookAgainMs = 1000

/** Finds out whose ZooKeeper it is, or has one born; for as long as it takes. */
export async function settleEnsemble(settling: Settling): Promise<Settled> {
  const { url, joined, memory, keys, clock, signal, onWaiting } = settling
  for (;;) {
    const facts = machineFacts()
    const servers = await resolveServers(url)
    const own = [...facts.addresses, ...(joined.advertise ? [joined.advertise] : [])]
    const address = joined.advertise ?? advertisedAddress(servers, facts.addresses, memory.recall('address'))
    const decided = memory.recall('ensemble')
    if (decided) return { ensemble: decided, address }
    // A trial keeps to itself: it never writes into a ZooKeeper that somebody else runs here.
    const answering = joined.mode === 'dev' ? undefined : await whoAnswers(url, keys(), clock)
    const decision = decideEnsemble({ servers, addresses: own, answering })
    // It was born a moment ago, and nobody came to write that down yet.
    const unwritten = answering && (await bornElsewhere(servers, own, answering.cluster?.id))
    if (unwritten) onWaiting(['the machines of the URL to write down their cluster'])
    else if (decision.kind === 'external') return { ensemble: decision, address }
    else if (decision.kind === 'late') {
      checkRestored(joined, decision.cluster)
      return { ensemble: managed(decision.cluster, decision.address, memory), address }
    } else if (decision.kind === 'birth') {
      const birth = await beBorn(settling, servers, decision.address)
      if (birth) return { ensemble: managed(birth, decision.address, memory), address }
    } else onWaiting(decision.reasons)
    await clock.sleep(lookAgainMs, signal)
  }

  function bornElsewhere(servers: ResolvedServer[], own: string[], written?: string): Promise<boolean> {
    const others = servers.flatMap(({ addresses }) => addresses).filter((address) => !own.includes(address))
    const { config, askPeer } = settling
    return anyTakesPart(others, { port: config.api.port, askPeer, path: url.path, written })
  }

  /** Undefined when a ZooKeeper has turned up meanwhile, so that all has to be seen anew. */
  async function beBorn(deps: Settling, servers: ResolvedServer[], own: string): Promise<Birth | undefined> {
    const turnedUp = new AbortController()
    const either = AbortSignal.any([signal, turnedUp.signal])
    const looking = joined.mode === 'dev' || servers.length === 1 ? undefined : lookOut(turnedUp, either)
    try {
      return await agree(deps, servers, own, either)
    } catch (error) {
      if (turnedUp.signal.aborted && !signal.aborted) return undefined
      throw error
    } finally {
      turnedUp.abort()
      await looking
    }
  }

  async function lookOut(turnedUp: AbortController, either: AbortSignal): Promise<void> {
    while (!either.aborted) {
      await clock.sleep(lookAgainMs * 2, either).catch(() => {})
      if (either.aborted) return
      // One that refuses this machine has turned up as well.
      const answers = await whoAnswers(url, keys(), clock).then(Boolean, () => true)
      if (answers) turnedUp.abort()
    }
  }
}

async function agree(
  { url, joined, memory, config, dataDir, askPeer, clock, random, onWaiting, onSelf }: Settling,
  servers: ResolvedServer[],
  own: string,
  signal: AbortSignal,
): Promise<Birth> {
  const ports = new Map(servers.map(({ addresses, port }) => [addresses[0] ?? '', port]))
  ports.set(
    own,
    servers.find(({ addresses }) => addresses.includes(own))?.port ?? config.zookeeper.clientPort,
  )
  const addresses = servers.map((server) =>
    server.addresses.includes(own) ? own : (server.addresses[0] ?? ''),
  )
  const { quorumPort, electionPort } = config.zookeeper
  const self = (): Self => ({
    address: own,
    clientPort: ports.get(own) ?? config.zookeeper.clientPort,
    quorumPort,
    electionPort,
    list: canonicalList(addresses) + url.path,
    simulated: joined.simulated,
    ...(joined.restores ? { restores: joined.restores.backup } : {}),
    ...obstacleIn(dataDir, config, own),
  })
  onSelf(self)
  const birth = await agreeOnBirth({
    addresses,
    own: self,
    expected: joined.expect ?? addresses.length,
    ask: openAsk(self, openAcceptor(memory, self), { port: config.api.port, askPeer }),
    clock,
    random,
    signal,
    onWaiting,
    draw: (members) => ({
      id: crypto.randomUUID(),
      simulated: joined.simulated,
      bornAt: new Date(clock.now()).toISOString(),
      ...(joined.restores ? { restored: restoredFrom(joined.restores) } : {}),
      servers: addresses.toSorted().map((host, index) => {
        const member = members.find(({ address }) => address === host)
        return {
          // An id is never used again: a server of the life before would be taken for one of this.
          id: (joined.restores?.highestServerId ?? 0) + index + 1,
          host,
          clientPort: member?.clientPort ?? ports.get(host) ?? config.zookeeper.clientPort,
          quorumPort: member?.quorumPort ?? quorumPort,
          electionPort: member?.electionPort ?? electionPort,
        }
      }),
    }),
  })
  checkRestored(joined, birth)
  if (birth.servers.some(({ host }) => host === own)) return birth
  throw notAController(own, birth.servers)
}

/** Data in a place where no birth is remembered belongs to somebody else. */
function obstacleIn(dataDir: string, { mesos }: Config, own: string): Pick<Self, 'obstacle'> {
  const workDir = mesos.master.work_dir ?? join(dataDir, 'mesos-master/work')
  const there = [
    { what: 'data of another ZooKeeper', where: dataDir, path: join(dataDir, 'zookeeper/data/version-2') },
    { what: 'log of other masters', where: workDir, path: join(workDir, 'replicated_log') },
  ].find(({ path }) => existsSync(path))
  return there ? { obstacle: `${own} holds the ${there.what} in ${there.where}` } : {}
}

const restoredFrom = ({ backup, cluster }: NonNullable<Joined['restores']>) => ({ backup, cluster })

/** @throws MeshboxError when the cluster lives already, and not by the backup that this machine was told to restore */
function checkRestored({ restores }: Joined, cluster: Cluster): void {
  if (!restores || cluster.restored?.backup === restores.backup) return
  throw new MeshboxError({
    code: 'restore-living',
    message: `cannot restore: the machines of the URL have a cluster already (${cluster.id})`,
    hint: 'nothing of it was changed; `meshbox leave --purge` here, then join it, or restore elsewhere',
  })
}

function managed(cluster: Cluster, address: string, memory: Memory): Ensemble {
  const founder = memory.recall('acceptor')?.accepted?.birth.id === cluster.id
  return { kind: 'managed', cluster: birthSchema.parse(cluster), address, founder, firstLog: founder }
}
