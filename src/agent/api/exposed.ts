import type { Clock } from '../../clock.ts'
import { networkCheck } from '../../config/dns.ts'
import type { Effective } from '../../config/document/effective.ts'
import type { NodeFacts } from '../../config/document/layers.ts'
import type { Config } from '../../config/schema.ts'
import type { Vault } from '../../config/secret/vault.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import type { Log } from '../../log.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import type { Keys } from '../key/keyring.ts'
import type { Folders } from '../local/folders.ts'
import { machineFacts } from '../local/machine.ts'
import type { Joined, Memory } from '../local/memory.ts'
import type { Own } from '../local/own.ts'
import { lookUp } from '../look-up.ts'
import { openAgentMetrics } from '../metrics/metrics.ts'
import type { Neighbours } from '../neighbours.ts'
import { factsOfMember } from '../node-facts.ts'
import { otherMachines } from '../nodes/others.ts'
import type { AskPeer } from '../peer/ask.ts'
import { openPeerGuard } from '../peer/guard.ts'
import type { Running } from '../running/running.ts'
import { collect } from '../support/collect.ts'
import { knownSecrets } from '../support/secrets.ts'
import { openUpgrades } from '../upgrade/upgrades.ts'
import type { Exposed } from './app.ts'
import { namesOf } from './facts.ts'

/** What of the parts of an agent its API shows. */
export function exposed(
  parts: Pick<Exposed, 'status' | 'events' | 'leave' | 'logs' | 'birth'> & {
    joined: Joined
    folders: Folders
    own: Own
    url: ZkUrl
    memory: Memory
    keys: Keys
    vault: Vault
    askPeer: AskPeer
    neighbours: Neighbours
    supervisor: Supervisor
    clock: Clock
    log: Log
    config: () => Config
    /** What the document says for this machine, or for another. */
    effective: (facts?: NodeFacts) => Effective
    /** Undefined until it is known whose ZooKeeper it is. */
    running: () => Running | undefined
  },
): Exposed {
  const { joined, folders, own, memory, keys, vault, neighbours, clock, log } = parts
  const { status, config, running } = parts
  const keyed = () => keys.bytes().length > 0
  return {
    name: joined.name,
    dataDir: folders.named,
    status,
    events: parts.events,
    rules: () => ({
      hosts: namesOf(joined.name, config()),
      mayRead: networkCheck(config().api.readAllow),
      keyed: keyed(),
    }),
    tokens: () => running()?.tokens,
    now: clock.now,
    effective(name) {
      if (name === undefined || name === joined.name) return parts.effective()
      return parts.effective(factsOfMember(name, neighbours.members()))
    },
    document: () => running()?.document,
    mask: vault.mask,
    planner: () => running()?.planner,
    rolling: () => running()?.rolling,
    controllers: () => running()?.controllers,
    recovery: () => running()?.controllers.recovery,
    isServer: () => memory.recall('ensemble')?.kind === 'managed',
    resolver: () => running()?.resolver(),
    birth: parts.birth,
    peers: openPeerGuard({
      keys: keys.bytes,
      own: (to) => to === own.address || machineFacts().addresses.includes(to),
      secret: crypto.getRandomValues(new Uint8Array(32)),
      clock,
    }),
    neighbours,
    services: parts.supervisor,
    packages: () => running()?.packages() ?? [],
    async others() {
      const nodes = await running()
        ?.nodes()
        .catch(() => undefined)
      return otherMachines(nodes ?? new Map(), neighbours.members(), joined.name)
    },
    metrics: openAgentMetrics({ status, neighbours, dns: () => running()?.resolver()?.metrics() }),
    lookUp: (wish) => lookUp(status().machines[0]?.dns.address ?? '', wish),
    nodes: { own: joined.name, members: neighbours.members, ask: parts.askPeer, log, keyed },
    logs: parts.logs,
    maintenance: () => running()?.maintenance,
    joinTokens: () => running()?.joinTokens,
    backups: () => running()?.backups,
    upgrades: openUpgrades(folders, log),
    async support(ask) {
      const past =
        (await running()
          ?.document.history()
          .catch(() => [])) ?? []
      const documents = [joined.seed, memory.recall('document')?.text ?? '', ...past.map(({ text }) => text)]
      return collect(folders, ask, knownSecrets({ url: parts.url, keys, vault, documents }))
    },
    leave: parts.leave,
  }
}
