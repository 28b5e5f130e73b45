import type { Clock } from '../../clock.ts'
import type { NodeFacts } from '../../config/document/layers.ts'
import { newWarnings, readDocumentText, refuse } from '../../config/document/parse.ts'
import type { Config } from '../../config/schema.ts'
import type { Vault } from '../../config/secret/vault.ts'
import type { ZkUrl } from '../../config/zookeeper/url.ts'
import type { Log } from '../../log.ts'
import type { Store } from '../../store.ts'
import { planServices } from '../../supervisor/plan.ts'
import type { PlanInput } from '../../supervisor/program/input.ts'
import { choosePrograms, type Programs } from '../../supervisor/provider/choose.ts'
import { openPackages } from '../../supervisor/provider/packages.ts'
import type { Supervisor } from '../../supervisor/supervise.ts'
import { self } from '../../version.ts'
import { openFirstLog } from '../bootstrap/first-log.ts'
import type { Folders } from '../local/folders.ts'
import { machineFacts } from '../local/machine.ts'
import type { Joined, Memory } from '../local/memory.ts'
import type { Membership } from '../membership.ts'
import type { Place } from '../place.ts'
import { openReconciler } from '../reconcile.ts'
import type { Setup } from './hold.ts'
import { planInput, wantedPrograms } from './input.ts'
import { openPlanner } from './planner.ts'

export type OwnPlan = ReturnType<typeof openOwnPlan>

/** What is to run on this machine, from the document and what it is for its cluster, to the programs that do. */
export function openOwnPlan({
  joined,
  folders,
  url,
  address,
  place,
  memory,
  supervisor,
  store,
  first,
  vault,
  rule,
  facts,
  membership,
  reconcile,
  clock,
  log,
  onChange,
}: {
  joined: Joined
  folders: Folders
  url: ZkUrl
  /** Where the others reach this machine. */
  address: string
  place: Place
  memory: Memory
  supervisor: Supervisor
  store: Store
  /** The configuration until the document is read. */
  first: Config
  vault: Vault
  rule: { controllers: number }
  facts: () => NodeFacts
  membership: () => Pick<Membership, 'effective' | 'isWritten' | 'cluster' | 'content' | 'newest'>
  /** A package has come, or the log of the masters. */
  reconcile: () => void
  clock: Clock
  log: Log
  onChange: () => void
}) {
  const packages = openPackages({
    folder: `${folders.state}/packages`,
    store,
    root: machineFacts().root,
    systemd: machineFacts().systemd,
    clock,
    log,
    random: Math.random,
    onChange: reconcile,
  })
  const masterLog = openFirstLog({ place, random: Math.random, clock, log, onChange: reconcile })
  /** As they were when the machine was planned last. */
  let programs: Programs = { provided: {}, held: [] }
  const inputFor = (setup: Pick<Setup, 'config' | 'servers'>): PlanInput =>
    planInput(setup, {
      ...{ joined, folders, url, place, masterLog, programs },
      address,
      cluster: membership().cluster(),
    })
  const planner = openPlanner({
    inputFor,
    membership: () => ({ ...membership(), cluster: () => place.seen(membership().cluster()) }),
    read(text) {
      const source = 'what would be'
      // Where nothing was ever sealed, there is nothing that stars could stand for.
      const document = vault.dataKey()
        ? vault.read(vault.seal(text, membership().newest()?.text ?? ''), source, rule)
        : readDocumentText(text, source, rule)
      refuse(newWarnings(document, membership().content()), source)
      return document
    },
    supervisor,
    first,
    memory,
    facts,
    rests: () => (place.master() === 'stopped' ? ['mesos-master'] : []),
    free: joined.mode === 'dev',
    log,
  })
  const reconciler = openReconciler(
    supervisor,
    () => {
      const setup = planner.setup()
      const found = packages.look(wantedPrograms(setup.config, place, joined), setup.config.packages)
      programs = choosePrograms(found, { simulated: joined.simulated, self })
      const plan = planServices(inputFor(setup))
      if (plan.firstLog) masterLog.begin(plan.firstLog)
      else if (plan.services.some(({ name }) => name === 'mesos-master')) masterLog.over()
      return { plan, applied: () => planner.applied(setup) }
    },
    { log, onChange },
  )
  return { packages, masterLog, planner, reconciler, inputFor }
}
