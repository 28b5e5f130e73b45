import type { Server } from '../../config/zookeeper/url.ts'

/**
 * A master that is cut off together with its ZooKeeper server hears from it that all is well, until that server itself
 * misses the leader of the ensemble; only then its session begins to run out. Meanwhile another master leads. So whoever
 * leads is watched from outside: by whether the servers of the ensemble can be reached.
 */
export type Ensemble = {
  servers: Server[]
  /** So long a leading master may be without one. */
  patienceMs: number
}

/** One look at all servers, this machine's own among them, and how many were reached. Times are monotonic milliseconds. */
export type Look = { began: number; ended: number; of: number; reached: number }

/** How long a machine may take to answer, which its kernel does. */
export const answerMs = 1000
/** The end of a look that took longer was late, for this process slept; what has come meanwhile it did not see. */
const asleepMs = 1.5 * answerMs
/** Until the next look and its end, and then until the master has ended. */
const marginMs = 2500

/** A session's length, less what it takes to notice and to act. */
export const patienceFor = (sessionMs: number) => Math.max(sessionMs / 2, sessionMs - marginMs)

const hasMajority = ({ of, reached }: Look) => reached > of / 2

/** When a majority was certainly reached for the last time, if ever: what was asked then has been answered. */
export function reachedAt(before: number | undefined, look: Look): number | undefined {
  return hasMajority(look) ? look.began : before
}

/** Why a leading master has to end, or undefined: who never reached a majority is kept from it by a firewall, and led so before. */
export function isApart(since: number | undefined, look: Look, patienceMs: number): string | undefined {
  const { began, ended } = look
  if (since === undefined || hasMajority(look) || ended - began > asleepMs || ended - since < patienceMs)
    return undefined
  const length = `${Math.round((ended - since) / 1000)} s`
  return `this machine has reached no majority of the ZooKeeper servers for ${length}, and another master may lead by now`
}
