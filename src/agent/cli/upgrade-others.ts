import { systemClock, until } from '../../clock.ts'
import { splitHostPort } from '../../config/address.ts'
import { MeshboxError } from '../../error.ts'
import { type AgentClient, agentClient } from '../api/client.ts'
import type { UpgradeWish } from '../api/upgrade.ts'
import type { Member } from '../gossip/gossip.ts'
import type { ClusterStatus, Status } from '../status.ts'
import { type Closed, closedBy } from '../upgrade/gate.ts'
import { batches } from '../upgrade/order.ts'
import { readProtocolTag, tooFarFrom } from '../upgrade/protocol.ts'
import type { Listed } from '../upgrade/release.ts'
import type { UpgradeStatus } from '../upgrade/report.ts'
import { type Staged, stage } from '../upgrade/stage.ts'
import type { Screen } from './screen.ts'
import { faultOf, type HereDeps } from './upgrade-here.ts'

const pollMs = 300
/** For the download, beside what the agent may take. */
const fetchMs = 600_000

/**
 * Upgrades the other machines of the cluster, batch by batch; each has to be as well as it was before the next one begins.
 * @returns their names
 * @throws MeshboxError where one does not get well: it has gone back by itself, and no further one begins
 */
export async function upgradeOthers(release: Listed, deps: HereDeps, screen: Screen): Promise<string[]> {
  const client = agentClient(deps.folders)
  const status = await client.get<ClusterStatus>('/v1/cluster')
  const own = status.machines[0]
  const alive = (await membersOf(client, status)).filter((member) => member.name !== own?.name)
  const leader = splitHostPort(own?.dns.leader ?? '')?.host
  const order = batches(
    alive.map(({ name, tags, address }) => ({
      name,
      version: tags.v ?? '',
      controller: tags.role === 'controller',
      leads: address === leader,
    })),
    release.version,
  )
  if (order.length === 0) return alive.map(({ name }) => name)
  if (status.cluster.key !== 'keyed')
    throw new MeshboxError({
      code: 'upgrade-open',
      message:
        'cannot upgrade the other machines: this cluster has no key, and so its machines do nothing for each other',
      hint: 'run `meshbox upgrade --here` on each of them, one after the other',
    })
  await untilOpen(client, deps, screen)
  // Nobody is asked to fetch what is no good.
  const staged = await stage(release, deps.source, deps.installation, () => {})
  try {
    await checkProtocols(staged, client)
  } finally {
    staged.drop()
  }
  for (const batch of order) {
    await untilOpen(client, deps, screen)
    await Promise.all(batch.map((name) => upgradeOne(name, release, deps, screen)))
  }
  await untilOpen(client, deps, screen)
  return alive.map(({ name }) => name)
}

/** Waits for what passes by itself. @throws MeshboxError where the cluster is in no state to be upgraded any further */
async function untilOpen(client: AgentClient, { timeoutMs }: HereDeps, screen: Screen): Promise<void> {
  let closed: Closed | undefined
  const over = await until(systemClock, { everyMs: pollMs, timeoutMs }, async () => {
    const before = closed?.why
    closed = closedBy(await client.get<ClusterStatus>('/v1/cluster'))
    if (closed?.passing && closed.why !== before) screen.note(`Waiting: ${closed.why}`)
    return !closed?.passing || undefined
  })
  if (over && !closed) return
  throw new MeshboxError({
    code: 'upgrade-not-now',
    message: `cannot upgrade the cluster now: ${closed?.why}`,
    hint: `see to that: ${closed?.command}; then run it again, or \`meshbox upgrade --here\` on one machine after the other`,
  })
}

/** @throws MeshboxError when a member could not talk with the new version any more */
export async function checkProtocols(staged: Staged, client: AgentClient): Promise<void> {
  const members = await client.get<Member[]>('/v1/members')
  const there = members
    .filter(({ status }) => status !== 'left')
    .map(({ name, tags }) => ({ name, version: tags.v, protocol: readProtocolTag(tags.p) }))
  const [far] = tooFarFrom(staged.protocol, there)
  if (!far) return
  throw new MeshboxError({
    code: 'upgrade-far',
    message: `cannot upgrade to ${staged.version}: ${far.name} has ${far.version}, and the two would not understand each other`,
    hint: 'upgrade all machines to a version between the two first; nothing was changed',
  })
}

/** @throws MeshboxError for a machine that nobody would upgrade, and that would be left behind */
async function membersOf(client: AgentClient, status: ClusterStatus): Promise<Member[]> {
  const members = (await client.get<Member[]>('/v1/members')).filter(
    (member) => member.status !== 'left' && (member.tags.cluster ?? status.cluster.id) === status.cluster.id,
  )
  const away = members.filter((member) => member.status !== 'alive').map(({ name }) => name)
  if (away.length === 0) return members
  throw new MeshboxError({
    code: 'upgrade-away',
    message: `cannot upgrade the cluster: ${away.join(', ')} would be left behind`,
    hint: `bring it back, or have it forgotten: meshbox leave --forget ${away[0]}; without a controller that is not replaced: \`meshbox upgrade --here\` on one machine after the other`,
  })
}

async function upgradeOne(name: string, release: Listed, deps: HereDeps, screen: Screen): Promise<void> {
  const client = agentClient(deps.folders, name)
  const before = await client.get<Status>('/v1/status')
  screen.note(`${name}: ${before.machines[0]?.version} → ${release.version}`)
  // One that was begun by a command that has ended meanwhile goes on by itself.
  const begun = await client.get<UpgradeStatus>('/v1/upgrade')
  const underWay = begun.state === 'working' && begun.to === release.version
  const wish: UpgradeWish = {
    version: release.version,
    source: deps.source,
    timeoutSeconds: Math.round(deps.timeoutMs / 1000),
  }
  if (!underWay) await client.post<UpgradeStatus>('/v1/upgrade', wish)
  let last: UpgradeStatus | undefined
  // Its agent is away for a moment, and may come back as the old one: its own word counts.
  const limits = { everyMs: pollMs, timeoutMs: fetchMs + 2 * deps.timeoutMs }
  await until(systemClock, limits, async () => {
    last = await client.get<UpgradeStatus>('/v1/upgrade').catch(() => last)
    return last?.state === 'done' || last?.state === 'failed' ? true : undefined
  })
  if (last?.state === 'done') {
    const well = await until(systemClock, { everyMs: pollMs, timeoutMs: deps.timeoutMs }, async () => {
      const now = await client.get<Status>('/v1/status').catch(() => undefined)
      return now && faultOf(now, before, release.version) === undefined ? true : undefined
    })
    if (well) return
  }
  throw new MeshboxError({
    code: 'upgrade-halted',
    message: `cannot go on with the upgrade: ${name}: ${last?.error?.title ?? 'it does not get ready again'}`,
    hint: `mend ${name} and run it again: what has the new version is left as it is; with --version it goes back too`,
  })
}
