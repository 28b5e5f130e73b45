import type { Clock } from '../../clock.ts'
import type { Cluster } from '../../config/document/cluster.ts'
import type { clusterPaths } from '../../config/document/paths.ts'
import type { SharedDocument } from '../../config/document/shared.ts'
import type { Vault } from '../../config/secret/vault.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import { takesConnections } from '../../config/zookeeper/words.ts'
import type { Log } from '../../log.ts'
import { listenAddress } from '../../supervisor/program/defaults.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import { type Controllers, openControllers } from '../controllers/open.ts'
import type { Mesos } from '../drain/mesos.ts'
import type { Folders } from '../local/folders.ts'
import type { Joined, Memory } from '../local/memory.ts'
import type { Membership } from '../membership.ts'
import type { Neighbours } from '../neighbours.ts'
import type { Nodes } from '../nodes/nodes.ts'
import { readNodes } from '../nodes/others.ts'
import type { AskPeer } from '../peer/ask.ts'
import type { Place } from '../place.ts'
import type { OwnPlan } from '../plan/own.ts'
import { programsDigest } from '../plan/programs.ts'
import { lives, type Seated } from '../rollout/alive.ts'
import { busyWith } from '../rollout/busy.ts'
import { openRolling, type Rolling } from '../rollout/rolling.ts'
import { openRollouts } from '../rollout/store.ts'
import { isFound } from '../takeover/take.ts'

/** What goes machine by machine: of the document, and of the controllers. Both stand in the one znode of rollouts. */
export function openChanges({
  node,
  joined,
  address,
  folders,
  memory,
  session,
  paths,
  document,
  read,
  membership,
  place,
  ownPlan: { planner, reconciler, packages, inputFor },
  supervisor,
  nodes,
  neighbours,
  askPeer,
  sessionAt,
  mesos,
  clock,
  log,
  onChange,
}: {
  /** The id of this machine, and where the others reach it. */
  node: string
  address: string
  joined: Joined
  folders: Folders
  memory: Memory
  session: Session
  paths: ReturnType<typeof clusterPaths>
  document: Pick<SharedDocument, 'history'>
  /** Reads a document whose secrets are sealed. */
  read: Vault['read']
  membership: Membership
  place: Place
  ownPlan: OwnPlan
  supervisor: Supervisor
  nodes: Nodes
  neighbours: Pick<Neighbours, 'members'>
  askPeer: AskPeer
  /** To the servers of that cluster alone. */
  sessionAt: (cluster: Pick<Cluster, 'servers'>) => Session
  mesos: Mesos
  clock: Clock
  log: Log
  onChange: () => void
}): { controllers: Controllers; rolling: Rolling } {
  const rolloutsAt = (at: Session) =>
    openRollouts({ session: at, folder: paths.rollout, random: Math.random, clock, log })
  const rollouts = rolloutsAt(session)
  const finding = {
    nodes: () => readNodes(session, paths.nodes),
    isConnected: () => session.state() === 'connected' && membership.cluster() !== undefined,
    isAlive: (id: string, seat?: Seated) => lives(neighbours.members(), id, seat),
  }
  const controllers = openControllers({
    finding,
    ...{ node, place, session, membership, supervisor, planner, rollouts, clock, log },
    ...{ name: joined.name, address },
    clusterPath: paths.cluster,
    dataDir: folders.state,
    held: () => reconciler.plan().held,
    isFound: (pid) => isFound(memory, 'zookeeper', pid),
    masters: mesos,
    members: neighbours.members,
    ask: askPeer,
    rolloutsAt,
    sessionTo: (server) => sessionAt({ servers: [server] }),
    listens: takesConnections,
    listen: () => listenAddress(inputFor(planner.setup())),
    random: Math.random,
  })
  const rolling = openRolling({
    ...{ rollouts, node, name: joined.name, address, membership, planner, supervisor, clock, log, onChange },
    config: () => membership.effective().config,
    history: document.history,
    digestOf(text) {
      try {
        read(text, 'a version of the history')
        return programsDigest(text)
      } catch {
        return undefined // written past meshbox
      }
    },
    ...finding,
    onNodes: (see) => session.followChildren(paths.nodes, see),
    isController: place.controller,
    masters: mesos,
    busy() {
      const runs = supervisor.specs().map(({ name }) => name)
      return busyWith(packages.status(), runs, reconciler.problem())
    },
    say: nodes.say,
    reconcile: reconciler.reconcile,
  })
  return { controllers, rolling }
}
