import { connect } from 'node:net'
import { z } from 'zod'
import type { Clock } from '../../../clock.ts'
import { joinHostPort } from '../../../config/address.ts'
import { howToSet, readTimeFacts } from '../../watch/time-service.ts'
import { type Finding, failed, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** A clock that is off makes logs lie and certificates fail; Mesos and ZooKeeper themselves do not look at it. */
const worstMs = { failed: 2000, warning: 500 }
const answerMs = 2000

const healthSchema = z.object({ time: z.number() })

/** Of a TCP port. `silent`: nothing comes back, as where a firewall drops what is sent. */
export type Reach = 'open' | 'refused' | 'silent'

/** A port of another machine; a follower of ZooKeeper's has nobody at its quorum port. */
export type Target = { what: string; port: number; mayBeShut?: true }

/** Whether the other machines can be reached, each at all that it must serve, and whether their clocks agree with ours. */
export async function checkOthers(subject: Subject): Promise<Finding[]> {
  const { agent, servers, machine, clock, place, config } = subject
  const members = (agent?.members ?? []).filter(
    ({ address, status }) => address !== place.address && status !== 'left',
  )
  const controllers = servers.filter(
    ({ addresses }) => !addresses.some((each) => machine.addresses.includes(each)),
  )
  const isController = (address: string) => controllers.some(({ addresses }) => addresses.includes(address))
  const { managed } = agent?.status.cluster.zookeeper ?? { managed: true }
  const worker = agent?.status.machines[0]?.roles.includes('controller') === false
  const { quorumPort, electionPort } = config.zookeeper
  const everywhere: Target[] = [
    { what: 'gossip', port: config.gossip.port },
    { what: 'the API', port: config.api.port },
  ]
  const ofController = (clientPort: number): Target[] => [
    { what: 'ZooKeeper', port: clientPort },
    { what: 'ZooKeeper (quorum)', port: quorumPort, mayBeShut: true },
    { what: 'ZooKeeper (election)', port: electionPort },
    { what: 'mesos-master', port: config.mesos.master.port },
    { what: 'marathon', port: config.marathon.http_port, mayBeShut: true },
  ]
  const ofWorker = (clientPort: number) =>
    ofController(clientPort).filter(({ what }) => what === 'ZooKeeper' || what === 'mesos-master')
  const machines = [
    ...controllers.map(({ host, port, addresses }) => ({
      name: host,
      address: addresses[0] ?? host,
      member: members.some((member) => addresses.includes(member.address)),
      targets: !managed
        ? [{ what: 'ZooKeeper', port }]
        : [...(worker ? ofWorker(port) : ofController(port)), ...everywhere],
    })),
    ...members
      .filter(({ address }) => !isController(address))
      .map(({ name, address, tags }) => ({
        name,
        address,
        member: true,
        targets: everywhere.map((target) =>
          target.what === 'the API' ? { ...target, port: Number(tags.api ?? target.port) } : target,
        ),
      })),
  ]
  const findings = await Promise.all([
    ...machines.map(async ({ name, address, member, targets }) => {
      const reached = await Promise.all(targets.map(({ port }) => reach(address, port)))
      const found = targets.map((target, index) => ({ ...target, reach: reached[index] ?? 'silent' }))
      const api = found.find(({ what, reach }) => what === 'the API' && reach === 'open')
      return [
        ...judgeReach(name, found, member),
        ...(api ? await judgeClock(name, joinHostPort(address, api.port), clock) : []),
      ]
    }),
    ...members
      .filter(({ status }) => status !== 'alive')
      .map(({ name, status }) => [
        failed(`gossip finds ${name} ${status}`, `is it up? UDP ${config.gossip.port} must come through`),
      ]),
  ])
  const all = findings.flat()
  return all.length > 0 ? all : [ok('there are no other machines')]
}

/**
 * @param member whether it has joined; one that is still to come has nobody at any port
 */
export function judgeReach(name: string, found: (Target & { reach: Reach })[], member: boolean): Finding[] {
  const told = (targets: Target[]) => targets.map(({ what, port }) => `${port} (${what})`).join(', ')
  const silent = found.filter(({ reach }) => reach === 'silent')
  if (silent.length > 0)
    return [
      failed(
        `nothing comes back from ${name} on TCP ${told(silent)}`,
        `is it up? a firewall must let TCP ${silent.map(({ port }) => port).join(', ')} through`,
      ),
    ]
  const shut = found.filter(({ reach, mayBeShut }) => reach === 'refused' && !mayBeShut)
  if (shut.length === 0) return [ok(`${name} can be reached on TCP ${told(found)}`)]
  if (!member && found.every(({ reach }) => reach === 'refused'))
    return [warning(`${name} can be reached, and nothing of meshbox runs there yet`, 'join it as well')]
  return [warning(`nobody listens on ${name} at TCP ${told(shut)}`, '`meshbox status` shows what it lacks')]
}

function reach(host: string, port: number): Promise<Reach> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (answer: Reach) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(answerMs, () => end('silent'))
    socket.once('connect', () => end('open'))
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ECONNREFUSED' ? 'refused' : 'silent'),
    )
  })
}

async function judgeClock(name: string, address: string, clock: Clock): Promise<Finding[]> {
  const asked = clock.now()
  const time = await timeAt(address)
  if (time === undefined)
    return [
      failed(`the agent of ${name} does not answer at ${address}`, `meshbox logs meshbox --node ${name}`),
    ]
  const aheadMs = (asked + clock.now()) / 2 - time
  const offMs = Math.abs(aheadMs)
  const told = `the clock of ${name} differs from this one by ${(offMs / 1000).toFixed(1)} s`
  if (offMs <= worstMs.warning) return [ok(told)]
  const { command } = howToSet(readTimeFacts(), aheadMs / 1000)
  return [(offMs > worstMs.failed ? failed : warning)(told, command)]
}

async function timeAt(address: string): Promise<number | undefined> {
  try {
    const answer = await fetch(`http://${address}/health`, { signal: AbortSignal.timeout(answerMs) })
    return healthSchema.parse(await answer.json()).time
  } catch {
    return undefined
  }
}
