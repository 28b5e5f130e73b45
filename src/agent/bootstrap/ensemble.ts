import { MeshboxError } from '../../error.ts'
import type { ResolvedServer } from '../local/machine.ts'
import type { Ensemble } from '../local/memory.ts'

export type EnsembleFacts = {
  servers: ResolvedServer[]
  /** Every address of this machine. */
  addresses: string[]
  /** Does a ZooKeeper answer at the URL, one that meshbox has not started? */
  answers: boolean
  /** What was decided at an earlier start. */
  decided: Ensemble | undefined
  quorumPort: number
  electionPort: number
}

/**
 * Whose ZooKeeper it is: ours to run, or one that is there already. Decided once for all; after that the URL decides
 * nothing.
 * @throws MeshboxError when the URL asks for an ensemble that cannot be born by this machine alone
 */
export function decideEnsemble(facts: EnsembleFacts): Ensemble {
  if (facts.decided) return facts.decided
  const here = facts.servers.filter(({ addresses }) =>
    addresses.some((each) => facts.addresses.includes(each)),
  )
  const [own] = here
  if (facts.answers || !own) return { kind: 'external', controller: own !== undefined }
  if (facts.servers.length > 1) {
    const others = facts.servers.filter((server) => server !== own).map(({ host }) => host)
    throw new MeshboxError({
      code: 'ensemble-several',
      message: `cannot join: no ZooKeeper answers yet, and this version starts one for a URL of a single host only (the URL also names ${others.join(', ')})`,
      hint: 'start that ZooKeeper first, or name this machine alone',
    })
  }
  return {
    kind: 'managed',
    birth: {
      serverId: 1,
      clientPort: own.port,
      servers: [{ id: 1, host: own.host, quorumPort: facts.quorumPort, electionPort: facts.electionPort }],
    },
  }
}
