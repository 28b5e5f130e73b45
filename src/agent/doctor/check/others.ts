import { z } from 'zod'
import type { Clock } from '../../../clock.ts'
import { joinHostPort } from '../../../config/address.ts'
import { isOpen } from '../../bootstrap/answers.ts'
import { type Finding, failed, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** A clock that is off makes logs lie and certificates fail; Mesos and ZooKeeper themselves do not look at it. */
const worstMs = { failed: 2000, warning: 500 }
const answerMs = 2000
const firewall =
  'is it up? a firewall must let TCP 2181, 2888, 3888, 5050 and 7947 and TCP and UDP 7946 through'

const healthSchema = z.object({ time: z.number() })

/** Whether the other machines can be reached, each on what it must serve, and whether their clocks agree with ours. */
export async function checkOthers(subject: Subject): Promise<Finding[]> {
  const { agent, servers, machine, clock } = subject
  const controllers = servers.filter(
    ({ addresses }) => !addresses.some((each) => machine.addresses.includes(each)),
  )
  const members = (agent?.members ?? []).filter(({ address, status }) => {
    const self = address === subject.place.address
    return !self && status !== 'left'
  })
  const api = subject.config.api.port
  const machines = new Map([
    ...controllers.map(({ host }) => [host, joinHostPort(host, api)] as const),
    ...members.map(
      ({ name, address, tags }) => [name, joinHostPort(address, Number(tags.api ?? api))] as const,
    ),
  ])
  const findings = await Promise.all([
    ...controllers.map(async ({ host, port }) =>
      (await isOpen({ host, port }))
        ? ok(`ZooKeeper at ${joinHostPort(host, port)} can be reached`)
        : failed(`nobody listens at ${joinHostPort(host, port)}, where ZooKeeper should`, firewall),
    ),
    ...[...machines].map(([name, address]) => judgeClock(name, address, clock)),
    ...members
      .filter(({ status }) => status !== 'alive')
      .map(({ name, status }) => failed(`gossip finds ${name} ${status}`, firewall)),
  ])
  return findings.length > 0 ? findings : [ok('there are no other machines')]
}

async function judgeClock(name: string, address: string, clock: Clock): Promise<Finding> {
  const asked = clock.now()
  const time = await timeAt(address)
  if (time === undefined) return failed(`the agent of ${name} does not answer at ${address}`, firewall)
  const offMs = Math.abs(time - (asked + clock.now()) / 2)
  const told = `the clock of ${name} differs from this one by ${(offMs / 1000).toFixed(1)} s`
  if (offMs > worstMs.failed) return failed(told, 'timedatectl set-ntp true')
  return offMs > worstMs.warning ? warning(told, 'timedatectl set-ntp true') : ok(told)
}

async function timeAt(address: string): Promise<number | undefined> {
  try {
    const answer = await fetch(`http://${address}/health`, { signal: AbortSignal.timeout(answerMs) })
    return healthSchema.parse(await answer.json()).time
  } catch {
    return undefined
  }
}
