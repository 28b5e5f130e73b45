import type { Clock } from '../../clock.ts'
import type { clusterPaths } from '../../config/document/paths.ts'
import type { Session } from '../../config/zookeeper/session.ts'
import type { Log } from '../../log.ts'
import { type JoinTokens, openJoinTokens } from '../join-token/tokens.ts'
import type { Keys } from '../key/keyring.ts'
import type { Memory } from '../local/memory.ts'
import { openTokens, type Tokens } from '../token/tokens.ts'

/** Of both kinds: those that let a program use the API, and those that let a machine join. */
export function openBothTokens({
  session,
  paths,
  keys,
  memory,
  by,
  clock,
  log,
}: {
  session: Session
  paths: ReturnType<typeof clusterPaths>
  keys: Keys
  memory: Memory
  /** The name of this machine. */
  by: string
  clock: Clock
  log: Log
}): { tokens: Tokens; joinTokens: JoinTokens } {
  const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes)
  const kept = {
    recall: () => memory.recall('tokens') ?? [],
    remember: (all: Parameters<typeof memory.remember<'tokens'>>[1]) => memory.remember('tokens', all),
  }
  return {
    tokens: openTokens({ session, root: paths.tokens, keys, kept, clock, random, log }),
    joinTokens: openJoinTokens({ session, root: paths.joinTokens, keys: keys.bytes, by, clock, random }),
  }
}
