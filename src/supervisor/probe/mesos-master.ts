import type { Clock } from '../../clock.ts'
import { isReached } from '../../config/zookeeper/words.ts'
import { answerMs, type Ensemble, isApart, reachedAt } from '../ensemble/isolation.ts'
import type { ProbeSpec } from '../service/spec.ts'
import type { Authorization } from './authorization.ts'
import { checkMesosMaster } from './http.ts'
import type { Probe } from './probe.ts'

/** As long as all is well, the others are not looked at more often. */
const everyMs = 2000

/** Asks it how it is, and where it leads whether the ensemble can be reached from here. */
export function openMesosMasterProbe(
  spec: ProbeSpec & { kind: 'mesos-master' },
  clock: Clock,
  authorization: Authorization,
): Probe {
  let since: number | undefined
  /** Since when it sends those who want the leader to one of its own name. */
  let ownSince: number | undefined
  let apart: string | undefined

  async function look({ servers, patienceMs }: Ensemble): Promise<void> {
    if (since !== undefined && clock.monotonic() - since < everyMs) return
    const began = clock.monotonic()
    const answers = await Promise.all(servers.map((server) => isReached(server, answerMs, clock)))
    const reached = answers.filter(Boolean).length
    const seen = { began, ended: clock.monotonic(), of: servers.length, reached }
    since = reachedAt(since, seen)
    apart = isApart(since, seen, patienceMs)
  }

  /** A session is over by then; who leads is another one, as where a balancer has given its name to all. */
  function isOwn(location: string): boolean {
    if (location !== `//${spec.shown}`) return false
    const now = clock.monotonic()
    ownSince ??= now
    return now - ownSince < 2 * spec.ensemble.patienceMs
  }

  return {
    async check() {
      let leads: boolean | undefined
      const problem = await checkMesosMaster(spec.url, authorization, {
        isOwn,
        see(now) {
          leads = now
        },
      })
      if (leads === false) since = undefined
      if (leads) await look(spec.ensemble)
      return problem
    },
    fault: async () => apart && `ended by meshbox: ${apart}`,
    close() {},
  }
}
