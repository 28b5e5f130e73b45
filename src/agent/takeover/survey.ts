import { readFileSync } from 'node:fs'
import type { Clock } from '../../clock.ts'
import { parseZkUrl } from '../../config/zookeeper/url.ts'
import { zookeeperLacks } from '../../supervisor/provider/find.ts'
import { whoAnswers } from '../bootstrap/answers.ts'
import { machineFacts, resolveServers } from '../local/machine.ts'
import { type EnsemblePlan, planEnsemble } from './ensemble.ts'
import { type FoundProgram, findRunningPrograms } from './found.ts'
import { lookAtZooKeeper } from './old-zookeeper.ts'
import { planTakeover, type Takeover, urlOf } from './plan.ts'

type Wish = {
  /** This machine's name. */
  node: string
  /** Where meshbox keeps what its programs keep. */
  state: string
  /** Where the flags of the programs do not name it. */
  zkUrl: string | undefined
  keys: readonly Uint8Array[]
}

/**
 * What runs on this machine, and what would become of it. Changes nothing.
 * @throws MeshboxError when there is nothing to take over, or keys keep this machine out of the cluster there
 */
export async function surveyPrograms({ node, state, zkUrl, keys }: Wish, clock: Clock): Promise<Takeover> {
  const found = findRunningPrograms()
  const read = (path: string) => readFileSync(path, 'utf8')
  const url = zkUrl ?? urlOf(found, read)
  const ensemble = await surveyEnsemble(found, { zkUrl: url, keys, clock })
  return planTakeover(found, { node, state, zkUrl: url, ensemble, read })
}

/** Undefined where there is not exactly one ZooKeeper. */
async function surveyEnsemble(
  found: FoundProgram[],
  { zkUrl, keys, clock }: { zkUrl: string; keys: readonly Uint8Array[]; clock: Clock },
): Promise<EnsemblePlan | undefined> {
  const [program, second] = found.filter(({ name }) => name === 'zookeeper')
  if (!program || second) return undefined
  const url = parseZkUrl(zkUrl)
  const { addresses, memMb } = machineFacts()
  return planEnsemble(program, await lookAtZooKeeper(program, clock), {
    url: await resolveServers(url),
    own: addresses,
    memMb,
    there: (await whoAnswers(url, keys, clock))?.cluster,
    lacks: zookeeperLacks(),
  })
}
