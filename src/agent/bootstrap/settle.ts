import type { Clock } from '../../clock.ts'
import type { Config } from '../../config/schema.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import { advertisedAddress, machineFacts, resolveServers } from '../local/machine.ts'
import type { Ensemble, Joined, Memory } from '../local/memory.ts'
import { zookeeperAnswers } from './answers.ts'
import { decideEnsemble } from './ensemble.ts'

export type Settled = { ensemble: Ensemble; address: string; controller: boolean }

/** Gathers the facts, decides whose ZooKeeper it is and which address this machine has. Changes nothing. */
export async function settleEnsemble(
  url: ZkUrl,
  {
    memory,
    config,
    mode,
    clock,
  }: { memory: Pick<Memory, 'recall'>; config: Config; mode: Joined['mode']; clock: Clock },
): Promise<Settled> {
  const facts = machineFacts()
  const servers = await resolveServers(url)
  const decided = memory.recall('ensemble')
  const ensemble = decideEnsemble({
    servers,
    addresses: facts.addresses,
    // A trial keeps to itself: it never writes into a ZooKeeper that somebody else runs here.
    answers: decided || mode === 'dev' ? false : await zookeeperAnswers(url, clock),
    decided,
    quorumPort: config.zookeeper.quorumPort,
    electionPort: config.zookeeper.electionPort,
  })
  return {
    ensemble,
    address: advertisedAddress(servers, facts.addresses, memory.recall('address')),
    controller: ensemble.kind === 'managed' || ensemble.controller,
  }
}
