import type { Clock } from '../clock.ts'
import { hostOf, splitHostPort } from '../config/address.ts'
import { modeOf } from '../config/zookeeper/words.ts'
import { type Authorization, headersFor } from '../supervisor/probe/authorization.ts'
import type { ServiceName } from '../supervisor/service/spec.ts'
import type { Supervisor } from '../supervisor/supervise.ts'

/** Which of this machine's programs lead those of their kind, by their own words. */
export type Leads = {
  names(): ServiceName[]
  stop(): void
}

const everyMs = 2000
const answerMs = 2000

/** @param reached where the others reach this machine */
type Ask = (address: string, authorization: Authorization, reached: string) => Promise<boolean>

/** Programs that elect a leader among themselves, and how each is asked whether it is the one. */
const asks: Partial<Record<ServiceName, Ask>> = {
  async zookeeper(address) {
    const mode = await modeOf(splitHostPort(address) ?? { host: address, port: 0 })
    return mode === 'leader' || mode === 'standalone'
  },
  async 'mesos-master'(address, authorization) {
    const metrics = (await json(`http://${address}/metrics/snapshot`, authorization)) as Record<
      string,
      number
    >
    return metrics['master/elected'] === 1
  },
  async marathon(address, authorization, reached) {
    // Other questions are passed on to the leader, which then answers for itself.
    const { leader } = (await json(`http://${address}/v2/leader`, authorization)) as { leader?: string }
    return leader !== undefined && (leader === address || hostOf(leader) === reached)
  },
}

export function openLeads(deps: {
  supervisor: Pick<Supervisor, 'status' | 'authorization'>
  /** Where the others reach this machine. */
  address: string
  clock: Clock
  onChange: () => void
}): Leads {
  const { supervisor, clock, onChange } = deps
  let names: ServiceName[] = []
  let cancel = clock.after(0, () => void look())
  let ended = false

  async function look(): Promise<void> {
    const asked = supervisor.status().filter(({ state }) => state === 'ready')
    const found = await Promise.all(
      asked.map(async ({ name, address }) => {
        const authorization = supervisor.authorization(name)
        const leads = await asks[name]?.(address, authorization, deps.address).catch(() =>
          names.includes(name),
        )
        return leads ? [name] : []
      }),
    )
    if (ended) return
    const before = names.join()
    names = found.flat()
    if (names.join() !== before) onChange()
    cancel = clock.after(everyMs, () => void look())
  }

  return {
    names: () => names,
    stop() {
      ended = true
      cancel()
    },
  }
}

async function json(url: string, authorization: Authorization): Promise<unknown> {
  const signal = AbortSignal.timeout(answerMs)
  const headers = await headersFor(authorization, signal)
  const response = await fetch(url, { redirect: 'manual', signal, headers })
  return response.json()
}
