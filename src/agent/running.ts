import type { Clock } from '../clock.ts'
import { currentUrl } from '../config/document/cluster.ts'
import { type Effective, effectiveConfig } from '../config/document/effective.ts'
import type { NodeFacts } from '../config/document/layers.ts'
import { clusterPaths } from '../config/document/paths.ts'
import { type SharedDocument, sharedDocument } from '../config/document/shared.ts'
import type { Config } from '../config/schema.ts'
import { openSecrets } from '../config/secret/secrets.ts'
import type { Vault } from '../config/secret/vault.ts'
import { guardTree } from '../config/zookeeper/access.ts'
import { openSession, type SessionState } from '../config/zookeeper/session.ts'
import type { ZkUrl } from '../config/zookeeper/url.ts'
import type { HostLookupStatus } from '../dns/host/wanted.ts'
import type { Resolver } from '../dns/resolver.ts'
import { messageOf } from '../error.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store.ts'
import type { Registered } from '../supervisor/probe/probe.ts'
import { listenAddress } from '../supervisor/program/defaults.ts'
import type { PackageStatus } from '../supervisor/provider/packages.ts'
import type { Supervisor } from '../supervisor/supervise.ts'
import { type Backups, openBackups } from './backup/make.ts'
import { takesPartElsewhere } from './birth/exchange.ts'
import { openSearch } from './bootstrap/search.ts'
import { regainServerList } from './bootstrap/server-list.ts'
import type { Settled } from './bootstrap/settle.ts'
import { addressOfMember, majorityLost } from './controllers/lost.ts'
import { type Controllers, openControllers } from './controllers/open.ts'
import type { DiskGuard } from './disk/guard.ts'
import { drainAgent } from './drain/drain.ts'
import { openMesos, openRegistered } from './drain/mesos.ts'
import { openOperator } from './drain/operator.ts'
import type { Ending } from './ending.ts'
import { openHints, tellDocument } from './hints.ts'
import { type JoinTokens, openJoinTokens } from './join-token/tokens.ts'
import type { Keys } from './key/keyring.ts'
import { openLeads } from './leads.ts'
import type { Folders } from './local/folders.ts'
import { innerAddress, machineFacts } from './local/machine.ts'
import type { Joined, Memory } from './local/memory.ts'
import { type Maintenance, openMaintenance } from './maintenance/mode.ts'
import { openMembership } from './membership.ts'
import { openNames } from './names.ts'
import type { Neighbours } from './neighbours.ts'
import { roleTags } from './node-facts.ts'
import { describeNode, type Node } from './nodes/node.ts'
import { openNodes } from './nodes/nodes.ts'
import { readNodes } from './nodes/others.ts'
import type { AskPeer } from './peer/ask.ts'
import { openPlace } from './place.ts'
import { openOwnPlan } from './plan/own.ts'
import type { Planner } from './plan/planner.ts'
import { otherProblems } from './problem/here.ts'
import { lives } from './rollout/alive.ts'
import { busyWith } from './rollout/busy.ts'
import { openRolling, type Rolling } from './rollout/rolling.ts'
import { openRollouts } from './rollout/store.ts'
import { composeStatus, type Status } from './status.ts'
import { isFound } from './takeover/take.ts'
import { openTokens, type Tokens } from './token/tokens.ts'
import { openMasterWatch } from './watch/masters.ts'

/** Sessions come and go; one that stays away is a problem. */
const awayMs = 3000

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
  const session = openSession({ ...currentUrl(url, memory.recall('cluster')), access }, clock, log)
  const secrets = openSecrets({ session, path: paths.secrets, vault, keys, log })
  const kept = () => (disk.level() === 'full' ? 10 : 100)
  const document = sharedDocument(session, secrets, paths, clock, Math.random, kept, rule)
  /** Monotonic time since when no session is there. */
  let awaySince: number | undefined = clock.monotonic()
  const unsee = [session.onState(seeSession), supervisor.onChange(seeServices), keys.onChange(guardAll)]

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
  const { packages, masterLog, planner, reconciler, inputFor } = openOwnPlan({
    ...{ joined, folders, url, place, memory, supervisor, store, first, vault, rule, facts },
    address: settled.address,
    membership: () => membership,
    reconcile,
    clock,
    log,
    onChange,
  })
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
      seeCluster()
      controllers.look()
      rolling.look()
      reconcile()
      onChange()
    },
  })
  const hints = openHints({
    ...neighbours,
    cluster: () => membership.cluster()?.id,
    known: () => membership.newest()?.version ?? -1,
    connected: () => session.state() === 'connected',
    read: membership.read,
    hear: membership.hear,
    random: Math.random,
    clock,
    log,
  })
  const dns = () => membership.effective().config.dns
  const mesos = openMesos({ services: supervisor.status, resolver: names.resolver, dns, clock })
  const maintenance = openMaintenance({
    memory,
    operator: openOperator(mesos, 'change the maintenance of this machine'),
    clock,
    log,
    onChange,
  })
  const leads = openLeads({ services: supervisor.status, clock, onChange })
  const backups = openBackups({
    ...{ state: folders.state, session, paths, path: url.path, document, membership, place, vault, keys },
    ...{ leader: mesos.leader, address: settled.address, name: joined.name, clock, log },
  })
  unsee.push(neighbours.onEvent(hints.look), session.onState(hints.look))
  unsee.push(neighbours.onEvent(({ kind }) => kind === 'joined' && supervisor.retry()))
  const nodes = openNodes({
    session,
    root: paths.nodes,
    node,
    // A machine that may not take part says nothing there.
    describe: () => (known() && membership.problem() === undefined ? describeNode(whole()) : undefined),
    neighbours,
    random: Math.random,
    clock,
    log,
    onChange,
  })
  const rollouts = openRollouts({ session, folder: paths.rollout, random: Math.random, clock, log })
  const controllers: Controllers = openControllers({
    ...{ node, place, session, membership, supervisor, planner, rollouts, clock, log },
    ...{ name: joined.name, address: settled.address },
    clusterPath: paths.cluster,
    dataDir: folders.state,
    held: () => reconciler.plan().held,
    isFound: (pid) => isFound(memory, 'zookeeper', pid),
    masters: mesos,
    members: neighbours.members,
    ask: askPeer,
    listen: () => listenAddress(inputFor(planner.setup())),
    random: Math.random,
  })
  const rolling = openRolling({
    rollouts,
    ...{ node, name: joined.name, address: settled.address },
    membership,
    config: () => membership.effective().config,
    planner,
    nodes: () => readNodes(session, paths.nodes),
    onNodes: (see) => session.followChildren(paths.nodes, see),
    isController: place.controller,
    supervisor,
    busy() {
      const runs = supervisor.specs().map(({ name }) => name)
      return busyWith(packages.status(), runs, reconciler.problem())
    },
    say: nodes.say,
    isConnected: () => session.state() === 'connected' && known(),
    isAlive: (node) => lives(neighbours.members(), node),
    reconcile: () => reconciler.reconcile(),
    clock,
    log,
    onChange,
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
  const tokens = openTokens({
    session,
    root: paths.tokens,
    keys,
    kept: {
      recall: () => memory.recall('tokens') ?? [],
      remember: (all) => memory.remember('tokens', all),
    },
    clock,
    random: (bytes) => crypto.getRandomValues(bytes),
    log,
  })
  unsee.push(tokens.stop, masters.stop)
  function reconcile(): void {
    reconciler.reconcile()
    if (disk.level() !== 'full') packages.fetch()
  }

  const known = () => membership.cluster() !== undefined
  const current = () => currentUrl(url, membership.cluster())
  reconcile()
  const stopSearch = openSearch({
    lacks: () => reconciler.plan().held.length > 0,
    reconcile,
    async regainList() {
      const [birth, cluster] = [place.birth(), membership.cluster()]
      const conf = `${folders.state}/zookeeper/conf`
      const there = { session, clusterPath: paths.cluster, log }
      if (!birth || !cluster) return
      const regained = await regainServerList(conf, { ...there, cluster, serverId: birth.serverId })
      const stays = supervisor.status().some(({ name, byHand }) => name === 'zookeeper' && byHand)
      if (regained && !stays) await supervisor.start(['zookeeper'])
    },
    clock,
    log,
  })

  const awayFor = () => (awaySince === undefined ? 0 : clock.monotonic() - awaySince)

  function seeSession(state: SessionState): void {
    awaySince = state === 'connected' ? undefined : (awaySince ?? clock.monotonic())
    seeCluster()
    controllers.look()
    onChange()
  }

  /** One that was a controller may be none any more: nothing is started before this agent has seen that it is. */
  function seeCluster(): void {
    const listed = place.joining() !== undefined || !place.isUnlisted(membership.cluster())
    // What it had to run as a controller has to be out of the plan first.
    const clear = place.controller() || !supervisor.specs().some(({ name }) => name === 'mesos-master')
    const met = session.state() === 'connected' && membership.met()
    supervisor.tell('zookeeper-quorum', met && listed && clear)
  }

  /** Each machine does it: one of them is enough, and nobody knows which will last. */
  function guardAll(): void {
    guardTree(session, paths.root).catch((error) =>
      log.warn({ error: messageOf(error) }, 'cannot guard the znodes with the keys as they are now'),
    )
  }

  /** A disk that has served once is never again taken for one that was never used, whatever becomes of it. */
  function seeServices(): void {
    if (supervisor.status().some(({ name, state }) => name === 'zookeeper' && state === 'ready'))
      place.served()
    seeCluster()
    onChange()
  }

  return {
    config: () => membership.effective().config,
    effective: (node) => (node ? effectiveConfig(membership.content(), node) : membership.effective()),
    tags() {
      const cluster = membership.cluster()?.id
      const newest = membership.newest()
      return {
        ...roleTags(place.controller(), place.worker()),
        ...(cluster ? { cluster } : {}),
        ...(newest ? { doc: `${newest.version}:${newest.digest}` } : {}),
      }
    },
    document,
    nodes: () => readNodes(session, paths.nodes),
    announce: nodes.look,
    tellDocument() {
      const [cluster, newest] = [membership.cluster(), membership.newest()]
      return cluster && newest && tellDocument(cluster.id, newest)
    },
    joinTokens: openJoinTokens({
      session,
      root: paths.joinTokens,
      keys: keys.bytes,
      by: joined.name,
      clock,
      random: (bytes) => crypto.getRandomValues(bytes),
    }),
    planner,
    rolling,
    controllers,
    resolver: names.resolver,
    packages: packages.status,
    status: () =>
      composeStatus({
        joined,
        url: current(),
        managed: place.ensemble().kind === 'managed',
        address: settled.address,
        roles: place.facts().roles,
        session: session.state(),
        away: awayFor() > awayMs,
        lost: majorityLost(membership.cluster(), neighbours.members(), awayFor()),
        membership,
        services: supervisor.status(),
        leads: leads.names(),
        held: reconciler.plan().held,
        others: otherProblems({
          ...{ rival: nodes.problem(), plan: reconciler.problem(), rollouts: rolling.problem() },
        }),
        staleDns: masters.cause,
        neighbour: addressOfMember(neighbours.members(), joined.name),
        packages: packages.status(),
        ...planner.outlook(),
        rollout: rolling.status(),
        maintenance: maintenance.status(),
        dns: names.status(),
      }),
    async drain(timeoutMs) {
      const held = reconciler.plan().held.some(({ name }) => name === 'mesos-agent')
      // It has no task either while this machine has met no cluster.
      if (held || !place.worker() || !known()) return 'no mesos-agent'
      await drainAgent(mesos, timeoutMs, clock)
      return 'drained'
    },
    maintenance,
    registered: openRegistered(mesos),
    tokens,
    backups,
    async stop(how) {
      stopSearch()
      for (const stop of unsee) stop()
      leads.stop()
      await hints.stop()
      const silent = nodes.stop()
      await rolling.stop()
      await maintenance.stop()
      await packages.close()
      await controllers.stop()
      await masterLog.stop()
      await reconciler.stop()
      // Before anything else ends: who looks something up meanwhile gets an answer.
      const lookups = how === 'leave' ? await names.stop('restore') : undefined
      if (how !== 'keep-programs') await supervisor.stopAll(how === 'stop-programs' ? 'stop' : 'leave')
      if (how === 'leave') await packages.undo()
      const kept = lookups ?? (await names.stop('keep'))
      secrets.stop()
      await membership.stop()
      await session.close()
      await silent
      return kept
    },
  }
}
