import { hostOf } from '../../config/address.ts'
import { readCluster } from '../../config/document/cluster.ts'
import { effectiveConfig } from '../../config/document/effective.ts'
import { ensemblePath, readEnsemble } from '../../config/zookeeper/ensemble.ts'
import { formatServer, type Server } from '../../config/zookeeper/url.ts'
import { MeshboxError } from '../../error.ts'
import type { Member } from '../gossip/gossip.ts'
import { standing } from '../masters.ts'
import type { Membership } from '../membership.ts'
import { factsOfMember } from '../node-facts.ts'
import { type Finding, foundAlive } from '../rollout/alive.ts'
import { begin, resume, withdraw } from '../rollout/moves.ts'
import { isOver, type Rollout } from '../rollout/rollout.ts'
import { type BeginFacts, planChange, textOfWish, type Wish } from './begin.ts'
import { type Progress, progressSchema, type Step } from './change.ts'
import { type DriverDeps, openDriver, plain } from './driver.ts'
import { openLeader } from './leader.ts'
import { memberAt } from './member-at.ts'
import { stepsOf } from './next.ts'
import { openRecovery, type Recovery, type RecoveryDeps } from './recover.ts'
import { goBack } from './setbacks.ts'
import { openTasks, type TaskDeps } from './tasks.ts'
import { partnerIn, withoutPermit } from './without.ts'

/** Who the controllers are. */
export type ControllerRow = {
  id: number
  name: string
  address: string
  /** By gossip; `unseen`: nobody has heard of it. */
  state: Member['status'] | 'unseen'
  /** In ZooKeeper's own list. */
  votes: boolean
  leads: boolean
}

/** How a change of controllers is going, or went. */
export type ChangeReport = {
  id: string
  text: string
  state: Rollout['state'] | 'paused'
  why?: string
  /** It is being taken back, or was. */
  back?: true
  /** Who is at it now. */
  now?: { name: string; task: string }
  past: { name: string; kind: string; reason?: string }[]
  /** What is left to do. */
  steps: Step[]
}

/** Who the controllers are, and how a change of them is going. */
export type ControllersReport = { controllers: ControllerRow[]; change?: ChangeReport }

export type Controllers = {
  list(): Promise<ControllerRow[]>
  /** Whether a machine of that name is one by the record, as this machine has seen it last. */
  counts(name: string): boolean
  /** What a change would do, and nothing is done. @throws MeshboxError when it cannot be */
  plan(wish: Wish): Step[]
  /** Begins it; it goes on by itself. @throws MeshboxError `rollout-busy` */
  begin(wish: Wish): Promise<{ id: string }>
  /** Takes the change that is under way back, from where it is. */
  undo(): Promise<{ id: string }>
  /** The last change, if it was one of controllers. */
  report(): ChangeReport | undefined
  recovery: Recovery
  look(): void
  stop(): Promise<void>
}

type Own = 'masterLeads' | 'config' | 'changed' | 'cluster' | 'met' | 'connected' | 'leader' | 'tasks'

type Deps = Omit<TaskDeps & DriverDeps & RecoveryDeps, Own> & {
  finding: Finding
  membership: Pick<Membership, 'cluster' | 'met' | 'effective' | 'content' | 'reconsider'>
}

export function openControllers(given: Deps): Controllers {
  const { membership, rollouts, session, members } = given
  const { cluster } = membership
  const known = openLeader({ ...given, config: () => membership.effective().config })
  const leader = () => {
    const found = known.leader()
    return found === undefined ? undefined : hostOf(found)
  }
  const deps = {
    ...given,
    masters: { leader: known.leader, master: given.masters.master },
    ...{ cluster, leader, met: membership.met, changed: membership.reconsider },
    config: () => membership.effective().config,
    connected: () => session.state() === 'connected' && !recovery.isUnderWay(),
  }
  const masterLeads = (master: Server) =>
    standing(deps.masters, formatServer(master)).then(
      ({ leads }) => leads,
      () => false,
    )
  const recovery = openRecovery({ ...deps, masterLeads })
  const driver = openDriver({ ...deps, tasks: openTasks(deps) })

  /** What the document says for a machine. */
  const configOf = (name: string) =>
    effectiveConfig(membership.content(), factsOfMember(name, members())).config

  function facts(of: BeginFacts['cluster']): BeginFacts {
    const { mesos } = deps.config()
    return {
      cluster: of,
      members: members(),
      portsOf(name) {
        const { clientPort, quorumPort, electionPort } = configOf(name).zookeeper
        return { clientPort, quorumPort, electionPort }
      },
      set: {
        quorum: mesos.master.quorum !== undefined,
        autoInitialize: mesos.master.log_auto_initialize === true,
      },
    }
  }

  const leaderOf = ({ seats }: Progress) => seats.find(({ server }) => server.host === leader())?.node

  return {
    async list() {
      const { servers = [], adopted } = cluster() ?? {}
      const node = await session.read(ensemblePath)
      // One that was adopted may run by a list in its files, which ZooKeeper does not tell; all of it votes.
      const ensemble = node && !adopted ? readEnsemble(node.data.toString()).servers : []
      return servers.map(({ id, host }) => {
        const member = memberAt(members(), host)
        return {
          id,
          name: member?.name ?? host,
          address: host,
          state: member?.status ?? 'unseen',
          votes: adopted === true || ensemble.some((server) => server.id === id && server.votes),
          leads: leader() === host,
        }
      })
    },
    counts: (name) => (cluster()?.servers ?? []).some(({ host }) => memberAt(members(), host)?.name === name),
    plan(wish) {
      const progress = planChange(wish, facts(cluster()))
      return stepsOf(progress, leaderOf(progress))
    },
    async begin(wish) {
      const id = crypto.randomUUID()
      const change = { kind: 'controllers' as const, id, text: textOfWish(wish) }
      await rollouts.change(async (now) => {
        if (now?.change.kind === 'controllers' && now.change.id === id) return undefined
        const begun = begin(now, change)
        // Read after the change before it, so that none is written on a list which that one has changed.
        const known = await readCluster(session, given.clusterPath)
        return { ...begun, progress: plain(planChange(wish, facts(known))) }
      })
      return { id }
    },
    async undo() {
      const after = await rollouts.change(async (now) => {
        if (now?.change.kind !== 'controllers' || isOver(now)) throw nothing()
        const progress = progressSchema.parse(now.progress)
        if (progress.verb === 'undo') return resume(now)
        const [machine] = now.permit?.machines ?? []
        const how = machine && (await foundAlive(machine.id, given.finding, partnerIn(now, machine.name)))
        if (machine && how !== undefined) throw busy(machine.name, how)
        const back = goBack(withoutPermit(now), 'taken back by an operator')
        return { ...resume(machine ? withdraw(now, machine.name) : now), progress: plain(back) }
      })
      if (after?.change.kind !== 'controllers') throw nothing()
      return { id: after.change.id }
    },
    report() {
      const seen = rollouts.seen()
      return seen && reportOf(seen, leaderOf)
    },
    recovery,
    look: driver.look,
    stop() {
      known.stop()
      recovery.stop()
      return driver.stop()
    },
  }
}

function reportOf(
  { change, state, paused, why, permit, past, progress, ended }: Rollout,
  leaderOf: (progress: Progress) => string | undefined,
): ChangeReport | undefined {
  if (change.kind !== 'controllers') return ended && { ...plainly(ended), past: [], steps: [] }
  const known = progressSchema.safeParse(progress)
  const [machine] = permit?.machines ?? []
  return {
    id: change.id,
    text: change.text,
    state: paused && state === 'running' ? 'paused' : state,
    ...(why === undefined ? {} : { why }),
    ...(known.data?.back === undefined ? {} : { back: true }),
    ...(machine ? { now: { name: machine.name, task: permit?.task ?? '' } } : {}),
    past: past.map(({ name, kind, reason }) => ({ name, kind, ...(reason === undefined ? {} : { reason }) })),
    steps: known.success ? stepsOf(known.data, leaderOf(known.data)) : [],
  }
}

function plainly({ why, ...ended }: NonNullable<Rollout['ended']>) {
  return { ...ended, ...(why === undefined ? {} : { why }) }
}

const nothing = () =>
  new MeshboxError({
    code: 'controllers-none',
    message: 'cannot take a change of controllers back: none is under way',
    hint: '`meshbox controllers list` shows the controllers as they are',
  })

const busy = (name: string, how: string) =>
  new MeshboxError({
    code: 'rollout-busy',
    message: `cannot take the change back now: ${name} is in the middle of a step, and ${how}`,
    hint: '`meshbox controllers list` shows how far it is; try again when it has halted or goes on',
  })
