import type { Clock } from '../../clock.ts'
import type { Config } from '../../config/schema.ts'
import { formatServer } from '../../config/zookeeper/url.ts'
import { type Masters, standing } from '../masters.ts'
import { isOver, type Rollout } from '../rollout/rollout.ts'
import type { Rollouts } from '../rollout/store.ts'
import { progressSchema } from './change.ts'

/** Who leads the masters, for as long as a change of controllers is under way in which this machine has a part. */
export type Leader = {
  /** host:port. */
  leader(): string | undefined
  stop(): void
}

const everyMs = 1000

/**
 * What DNS has found out; where it is off here, or takes its zone from others, the masters themselves are asked.
 * @param node the id of this machine
 */
export function openLeader({
  node,
  masters,
  rollouts,
  config,
  clock,
}: {
  node: string
  masters: Masters
  rollouts: Pick<Rollouts, 'seen' | 'onChange'>
  config: () => Config
  clock: Clock
}): Leader {
  let found: string | undefined
  let looking = false
  let stopped = false

  /** Those that may lead; undefined while nobody needs to know. */
  function candidates(rollout: Rollout | undefined): string[] | undefined {
    if (rollout?.change.kind !== 'controllers' || isOver(rollout)) return undefined
    const { data } = progressSchema.safeParse(rollout.progress)
    if (!data?.seats.some((seat) => seat.node === node)) return undefined
    const { port } = config().mesos.master
    // One that was stopped may have been started since: this machine's in the step that it is at, another one's when it went back.
    return data.seats
      .filter((seat) => !seat.gone && (seat.master !== 'none' || seat.node === node))
      .map(({ server: { host } }) => formatServer({ host, port }))
  }

  async function look(): Promise<void> {
    const asked = candidates(rollouts.seen())
    const isTold = masters.leader() !== undefined
    found = isTold ? undefined : await firstLeading(asked ?? [])
    looking = asked !== undefined && !stopped
    if (looking) clock.after(everyMs, () => void look())
  }

  /** One that does not answer holds up nobody. */
  function firstLeading(hosts: string[]): Promise<string | undefined> {
    const leads = hosts.map(async (host) => {
      if ((await standing(masters, host)).leads) return host
      throw new Error(`${host} does not lead`)
    })
    return Promise.any(leads).catch(() => undefined)
  }

  const unsee = rollouts.onChange(() => {
    if (looking || stopped || !candidates(rollouts.seen())) return
    looking = true
    void look()
  })
  return {
    leader: () => masters.leader() ?? found,
    stop() {
      stopped = true
      unsee()
    },
  }
}
