import type { Clock } from '../../clock.ts'
import { effectiveConfig } from '../../config/document/effective.ts'
import { readDocumentText } from '../../config/document/parse.ts'
import { parseZkUrl } from '../../config/zookeeper/url.ts'
import { exitCode, MeshboxError } from '../../error.ts'
import { installZooKeeper } from '../../supervisor/provider/apt/zookeeper.ts'
import { zookeeperLacks } from '../../supervisor/provider/find.ts'
import { checkPath, whoAnswers } from '../bootstrap/answers.ts'
import { decideEnsemble } from '../bootstrap/ensemble.ts'
import { checkCluster } from '../bootstrap/meet.ts'
import { advertisedAddress, innerAddress, machineFacts, resolveServers } from '../local/machine.ts'
import type { Joined } from '../local/memory.ts'
import { ownFacts } from '../node-facts.ts'
import { checkKey } from './key.ts'
import { checkPorts } from './ports.ts'
import { wantedPorts } from './wanted.ts'

/**
 * What must be true before anything is written or started on a machine that has never taken part.
 * @throws MeshboxError (exit 1 or 2) for the first thing that is not
 */
export async function preflight(
  joined: Joined,
  {
    keys,
    clock,
    note,
    beside = true,
  }: {
    keys: readonly Uint8Array[]
    clock: Clock
    note: (line: string) => void
    /** Whether a cluster may begin in a ZooKeeper that has others at other paths. */
    beside?: boolean
  },
): Promise<void> {
  const url = parseZkUrl(joined.zkUrl)
  const inner = machineFacts().addresses
  const addresses = [...inner, ...(joined.advertise ? [joined.advertise] : [])]
  const servers = await resolveServers(url)
  if (joined.mode !== 'dev') {
    const { config } = effectiveConfig(
      readDocumentText(joined.seed, 'the document'),
      ownFacts(joined.name, '', false),
    )
    await checkKey(servers, keys, config.api.port)
  }
  const answering = joined.mode === 'dev' ? undefined : await whoAnswers(url, keys, clock)
  const decision = decideEnsemble({ servers, addresses, answering })
  if (answering?.cluster) checkCluster(answering.cluster, joined.simulated, undefined)
  else if (answering && !beside) await checkPath(url, { keys, clock, note })

  const here = decision.kind === 'birth' || decision.kind === 'late'
  const own = servers.find((server) => server.addresses.some((each) => addresses.includes(each)))
  const place = {
    address: innerAddress(joined.advertise ?? advertisedAddress(servers, inner, undefined), inner),
    clientPort: here ? own?.port : undefined,
    controller: own !== undefined,
    worker: joined.role !== 'controller',
  }
  checkRole(joined, place.controller)
  const facts = ownFacts(joined.name, place.address, place.controller, !place.worker)
  const { config } = effectiveConfig(readDocumentText(joined.seed, 'the document'), facts)
  await checkPorts(wantedPorts(config, joined, place, inner))
  // From anywhere else it is fetched once the agent runs, and what is missing then is told by the status.
  if (here && config.packages.zookeeper.provider === 'system') await haveZooKeeper(note)
}

/** @throws MeshboxError (exit 2): the URL says who is a controller */
function checkRole({ role, name }: Pick<Joined, 'role' | 'name'>, named: boolean): void {
  if (role === undefined || (role === 'controller') === named) return
  throw new MeshboxError({
    code: 'role',
    message: `cannot make this machine a ${role}: the ZooKeeper URL ${named ? 'names it, and so it is a controller' : 'does not name it'}`,
    hint: named
      ? 'leave it out of the URL, on all machines'
      : `join without --role, and then: meshbox controllers add ${name}`,
    exit: exitCode.misused,
  })
}

/** Installs it where that is possible, and looks again: what counts is that it can be started. */
async function haveZooKeeper(note: (line: string) => void): Promise<void> {
  const lacking = zookeeperLacks()
  if (!lacking) return
  const { root } = machineFacts()
  await installZooKeeper(lacking, { root, note })
  const still = zookeeperLacks()
  if (!still) return
  throw new MeshboxError({
    code: 'not-installed',
    message: `cannot start: ZooKeeper is to run here, and ${still} cannot be found though its package is installed`,
    hint: 'check that `java -version` works and that /usr/share/java/zookeeper.jar is there',
  })
}
