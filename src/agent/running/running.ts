import type { Clock } from '../../clock.ts'
import { type Cluster, currentUrl } from '../../config/document/cluster.ts'
import { type Effective, effectiveConfig } from '../../config/document/effective.ts'
import type { NodeFacts } from '../../config/document/layers.ts'
import { clusterPaths } from '../../config/document/paths.ts'
import { type SharedDocument, sharedDocument } from '../../config/document/shared.ts'
import type { Config } from '../../config/schema.ts'
import { openSecrets } from '../../config/secret/secrets.ts'
import type { Vault } from '../../config/secret/vault.ts'
import { guardTree } from '../../config/zookeeper/access.ts'
import { openSession } from '../../config/zookeeper/session.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import type { HostLookupStatus } from '../../dns/host/wanted.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { messageOf } from '../../error.ts'
import type { Log } from '../../log.ts'
import type { Store } from '../../store.ts'
import type { Authorization } from '../../supervisor/probe/authorization.ts'
import type { Registered } from '../../supervisor/probe/probe.ts'
import type { PackageStatus } from '../../supervisor/provider/packages.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import { type Backups, openBackups } from '../backup/make.ts'
import { takesPartElsewhere } from '../birth/exchange.ts'
import { openSearch } from '../bootstrap/search.ts'
import { regainServerList } from '../bootstrap/server-list.ts'
import type { Settled } from '../bootstrap/settle.ts'
import type { Controllers } from '../controllers/open.ts'
import type { DiskGuard } from '../disk/guard.ts'
import type { Ending } from '../ending.ts'
import type { JoinTokens } from '../join-token/tokens.ts'
import type { Keys } from '../key/keyring.ts'
import { openLeads } from '../leads.ts'
import type { Folders } from '../local/folders.ts'
import { innerAddress, machineFacts } from '../local/machine.ts'
import type { Joined, Memory } from '../local/memory.ts'
import type { Maintenance } from '../maintenance/mode.ts'
import { keptAuthorization } from '../masters.ts'
import { openMembership } from '../membership.ts'
import { openNames } from '../names.ts'
import type { Neighbours } from '../neighbours.ts'
import { describeNode, type Node } from '../nodes/node.ts'
import { openNodes } from '../nodes/nodes.ts'
import { readNodes } from '../nodes/others.ts'
import type { AskPeer } from '../peer/ask.ts'
import { openPlace } from '../place.ts'
import { openOwnPlan } from '../plan/own.ts'
import type { Planner } from '../plan/planner.ts'
import type { Rolling } from '../rollout/rolling.ts'
import type { Status } from '../status.ts'
import type { Tokens } from '../token/tokens.ts'
import { openMasterWatch } from '../watch/masters.ts'
import { openChanges } from './changes.ts'
import { endRunning } from './end.ts'
import { watchEnsemble } from './ensemble.ts'
import { openGossiped } from './gossiped.ts'
import { openOwnAgent } from './own-agent.ts'
import { ownStatus } from './own-status.ts'
import { openBothTokens } from './tokens.ts'

/** A machine that knows whose ZooKeeper it is: it follows the document, runs its services and answers for names. */
export type Running = {
  status(): Status
  config(): Config
  /** What the document says for this machine, or for another. */
  effective(node?: NodeFacts): Effective
  /** What the other machines may know of this one. */
  tags(): Record<string, string>
  document: SharedDocument
  /** What the others say of themselves in ZooKeeper, by their ids. */
  nodes(): Promise<Map<string, Node>>
  /** What this machine says of itself may have changed. */
  announce(): void
  /** The answer to a member that asks for the document. */
  tellDocument(): Uint8Array | undefined
  joinTokens: JoinTokens
  planner: Planner
  rolling: Rolling
  controllers: Controllers
  resolver(): Resolver | undefined
  packages(): PackageStatus[]
  /** Has the tasks of this machine ended, so that their frameworks start them elsewhere. @throws MeshboxError */
  drain(timeoutMs: number): Promise<'drained' | 'no mesos-agent'>
  maintenance: Maintenance
  registered: Registered
  /** How masters are spoken to. */
  ofMasters: Authorization
  tokens: Tokens
  backups: Backups
  /** `leave`: everything ends, and what was done to this machine is undone. Tells where its look-ups go. */
  stop(how: Ending): Promise<HostLookupStatus>
}

export function startRunning({
  settled,
  node,
  whole,
  url,
  joined,
  folders,
  memory,
  supervisor,
  store,
  first,
  disk,
  neighbours,
  askPeer,
  keys,
  vault,
  clock,
  log,
  onChange,
}: {
  settled: Settled
  /** The id of this machine. */
  node: string
  /** The status with what the rest of the agent knows. */
  whole: () => Status
  url: ZkUrl
  joined: Joined
  folders: Folders
  memory: Memory
  supervisor: Supervisor
  store: Store
  /** The configuration until the document is read. */
  first: Config
  disk: Pick<DiskGuard, 'level'>
  neighbours: Pick<Neighbours, 'members' | 'onEvent' | 'ask' | 'meet'>
  askPeer: AskPeer
  keys: Keys
  vault: Vault
  clock: Clock
  log: Log
  onChange: () => void
}): Running {
  const place = openPlace({ ...settled, memory, name: joined.name, alone: joined.role === 'controller' })
  /** As many as are declared now. */
  const rule = { controllers: currentUrl(url, memory.recall('cluster')).servers.length }
  const facts = () => ({ ...place.facts(), ...rule })
  const inner = innerAddress(settled.address, machineFacts().addresses)
  const paths = clusterPaths(url.path)
  const access = { root: paths.root, keys: keys.bytes, onChange: keys.onChange }
  const sessionAt = (cluster: Pick<Cluster, 'servers'> | undefined) =>
    openSession({ ...currentUrl(url, cluster), access }, clock, log)
  const session = sessionAt(memory.recall('cluster'))
  const secrets = openSecrets({ session, path: paths.secrets, vault, keys, log })
  const kept = () => (disk.level() === 'full' ? 10 : 100)
  const document = sharedDocument(session, secrets, paths, clock, Math.random, kept, rule)
  const ensemble = watchEnsemble({
    ...{ session, place, supervisor, clock, onChange },
    membership: () => membership,
    planned: () => planner.knows(),
    onSession: () => controllers.look(),
  })
  const watches = [ensemble.stop, keys.onChange(guardAll)]

  const names = openNames({
    session,
    masterPath: url.path,
    address: inner,
    initial: first.dns,
    clock,
    log,
    store,
    trial: joined.mode === 'dev',
    onChange,
  })
  const ownPlan = openOwnPlan({
    ...{ joined, folders, url, place, memory, supervisor, store, first, vault, rule, facts, clock, log },
    ...{ reconcile, address: settled.address, membership: () => membership },
    onChange() {
      ensemble.look()
      onChange()
    },
  })
  const { packages, planner, reconciler } = ownPlan
  const membership = openMembership({
    session,
    paths,
    document,
    read: vault.read,
    joined,
    keyed: () => keys.bytes().length > 0,
    facts,
    memory,
    bornElsewhere(written) {
      const { port } = membership.effective().config.api
      return takesPartElsewhere(url, settled.address, { port, askPeer, written })
    },
    clock,
    log,
    onChange() {
      if (known()) names.use(membership.effective().config.dns)
      const { servers } = current()
      rule.controllers = servers.length
      session.useServers(servers)
      ensemble.look()
      controllers.look()
      rolling.look()
      reconcile()
      onChange()
    },
  })
  const gossiped = openGossiped({ session, membership, neighbours, place, clock, log })
  const ownAgent = openOwnAgent({
    ...{ membership, names, place, reconciler, supervisor, memory, clock, log, onChange },
  })
  const { mesos, maintenance } = ownAgent
  const leads = openLeads({ supervisor, address: settled.address, clock, onChange })
  const backups = openBackups({
    ...{ state: folders.state, session, paths, path: url.path, document, membership, place, vault, keys },
    ...{ leader: mesos.leader, address: settled.address, name: joined.name, clock, log },
  })
  watches.push(neighbours.onEvent(({ kind }) => kind === 'joined' && supervisor.retry()))
  const nodes = openNodes({
    session,
    root: paths.nodes,
    node,
    // A machine that may not take part says nothing there.
    describe: () =>
      known() && membership.problem() === undefined
        ? describeNode(whole(), membership.programs(), inner)
        : undefined,
    neighbours,
    random: Math.random,
    clock,
    log,
    onChange,
  })
  const { controllers, rolling } = openChanges({
    ...{ node, joined, folders, memory, session, paths, document, membership, place, ownPlan, supervisor },
    ...{ read: vault.read, nodes },
    ...{ address: settled.address, neighbours, askPeer, mesos, sessionAt, clock, log, onChange },
  })
  const masters = openMasterWatch({
    own: { name: joined.name, address: settled.address },
    services: supervisor.status,
    reason() {
      const { stale, reason } = names.status()
      return stale ? reason : undefined
    },
    declared: () => rule.controllers,
    keyed: () => keys.bytes().length > 0,
    read: () => readNodes(session, paths.nodes),
    clock,
    onChange,
  })
  const { tokens, joinTokens } = openBothTokens({ session, paths, keys, memory, by: joined.name, clock, log })
  watches.push(leads.stop, tokens.stop, masters.stop)
  function reconcile(): void {
    reconciler.reconcile()
    if (disk.level() !== 'full') packages.fetch()
  }

  const known = () => membership.cluster() !== undefined
  const current = () => currentUrl(url, membership.cluster())
  reconcile()
  const search = openSearch({
    lacks: () => reconciler.plan().held.length > 0,
    reconcile,
    async regainList() {
      const [birth, cluster] = [place.birth(), membership.cluster()]
      const conf = `${folders.state}/zookeeper/conf`
      const there = { session, clusterPath: paths.cluster, log }
      if (!birth || !cluster) return
      const { serverId, servers } = birth
      const zookeeper = supervisor.status().find(({ name }) => name === 'zookeeper')
      const follows = place.joining() !== undefined && zookeeper !== undefined && zookeeper.pid === undefined
      const joins = follows ? servers.find(({ id }) => id === serverId) : undefined
      const regained = await regainServerList(conf, { ...there, cluster, serverId, joins })
      if (regained && !zookeeper?.byHand) await supervisor.start(['zookeeper'])
    },
    clock,
    log,
  })

  watches.push(search)
  const parts = {
    ...{ joined, current, place, session, ensemble, membership, neighbours, supervisor, packages, planner },
    ...{ reconciler, leads, nodes, rolling, maintenance, masters, names },
    ...{ address: settled.address, watches, gossiped, controllers, ownPlan, secrets },
  }

  /** Each machine does it: one of them is enough, and nobody knows which will last. */
  function guardAll(): void {
    guardTree(session, paths.root).catch((error) =>
      log.warn({ error: messageOf(error) }, 'cannot guard the znodes with the keys as they are now'),
    )
  }

  return {
    config: () => membership.effective().config,
    effective: (node) => (node ? effectiveConfig(membership.content(), node) : membership.effective()),
    tags: gossiped.tags,
    document,
    nodes: () => readNodes(session, paths.nodes),
    announce: nodes.look,
    tellDocument: gossiped.tellDocument,
    joinTokens,
    planner,
    rolling,
    controllers,
    resolver: names.resolver,
    packages: packages.status,
    status: () => ownStatus(parts),
    drain: ownAgent.drain,
    maintenance,
    registered: ownAgent.registered,
    ofMasters: keptAuthorization(() => membership.effective().config.dns, clock),
    tokens,
    backups,
    stop: (how) => endRunning(parts, how),
  }
}
