import type { Clock } from '../clock.ts'
import { parseDocumentText } from '../config/document/parse.ts'
import { clusterPaths } from '../config/document/paths.ts'
import { sharedDocument } from '../config/document/shared.ts'
import type { Config } from '../config/schema.ts'
import { openSession } from '../config/zookeeper/session.ts'
import { parseZkUrl } from '../config/zookeeper/url.ts'
import type { Log } from '../log.ts'
import { openStore } from '../store.ts'
import { planServices } from '../supervisor/plan.ts'
import { choosePrograms } from '../supervisor/provider/choose.ts'
import { findPrograms } from '../supervisor/provider/find.ts'
import { createSupervisor } from '../supervisor/supervise.ts'
import { self } from '../version.ts'
import { apiApp } from './api/app.ts'
import { serveApi } from './api/serve.ts'
import { settleEnsemble } from './bootstrap/settle.ts'
import type { Folders } from './local/folders.ts'
import { storePath } from './local/joined.ts'
import { lockFolder } from './local/lock.ts'
import { machineFacts } from './local/machine.ts'
import { type Joined, openMemory } from './local/memory.ts'
import { openMembership } from './membership.ts'
import { openNames } from './names.ts'
import { openReconciler } from './reconcile.ts'
import { composeStatus, type Status } from './status.ts'

export type AgentOptions = { folders: Folders; joined: Joined; clock: Clock; log: Log }

export type Agent = {
  status(): Status
  config(): Config
  /** Tells that the status may have changed. */
  onChange(see: () => void): () => void
  /** `keep-programs`: what runs goes on without the agent. `end-programs`: everything ends, tasks too. */
  stop(how: 'keep-programs' | 'end-programs'): Promise<void>
}

/**
 * Starts everything on this machine: ZooKeeper first where it is ours, then by the shared document the rest. Returns
 * as soon as the API answers; what is missing comes up, or is told by the status.
 * @throws MeshboxError when another agent works here, or when the machine cannot take part at all
 */
export async function startAgent({ folders, joined, clock, log }: AgentOptions): Promise<Agent> {
  const closing: (() => unknown)[] = []
  try {
    return await start()
  } catch (error) {
    for (const close of closing.reverse()) await close()
    throw error
  }

  async function start(): Promise<Agent> {
    closing.push(lockFolder(folders.state))
    const store = openStore(storePath(folders))
    closing.push(() => store.close())
    const memory = openMemory(store)
    const url = parseZkUrl(joined.zkUrl)
    const paths = clusterPaths(url.path)
    const facts = machineFacts()
    const first = parseDocumentText(memory.recall('document')?.text ?? joined.seed, 'the last good document')
    const settled = await settleEnsemble(url, { memory, config: first, mode: joined.mode, clock })
    memory.remember('ensemble', settled.ensemble)
    memory.remember('address', settled.address)
    const birth = settled.ensemble.kind === 'managed' ? settled.ensemble.birth : undefined

    const programs = choosePrograms(findPrograms(), { simulated: joined.simulated, self })

    const listeners = new Set<() => void>()
    const changed = () => {
      for (const see of [...listeners]) see()
    }
    const session = openSession(url, clock, log)
    closing.push(() => session.close())
    session.onState(changed)
    const document = sharedDocument(session, paths.config)
    const supervisor = createSupervisor({ store, clock, log })
    closing.push(() => supervisor.detach())
    supervisor.onChange(changed)

    const membership = openMembership({
      session,
      paths,
      document,
      joined,
      memory,
      clock,
      log,
      onChange() {
        if (membership.cluster()) names.use(membership.config().dns)
        reconciler.reconcile()
        changed()
      },
    })
    closing.push(() => membership.stop())
    const names = openNames({
      session,
      masterPath: url.path,
      initial: first.dns,
      clock,
      log,
      store,
      onChange: changed,
    })
    closing.push(() => names.stop())
    const reconciler = openReconciler(
      supervisor,
      () =>
        planServices({
          config: membership.config(),
          machine: {
            ...facts,
            name: joined.name,
            ip: settled.address,
            dataDir: folders.state,
            logDir: folders.logs,
          },
          zk: url,
          ...(birth ? { birth } : {}),
          programs,
          mode: joined.mode,
          // Before the cluster is known nothing but ZooKeeper may run: the others would act for a stranger.
          roles: membership.cluster()
            ? { controller: settled.controller, worker: true }
            : { controller: false, worker: false },
        }),
      { log, onChange: changed },
    )
    closing.push(() => reconciler.stop())
    reconciler.reconcile()

    const status = () =>
      composeStatus({
        joined,
        url,
        managed: birth !== undefined,
        address: settled.address,
        controller: settled.controller,
        session: session.state(),
        membership,
        services: supervisor.status(),
        held: reconciler.plan().held,
        problem: reconciler.problem(),
        dns: names.status(),
      })
    const app = apiApp({ status, config: membership.config, document, resolver: names.resolver })
    const hostname = joined.mode === 'dev' ? '127.0.0.1' : '0.0.0.0'
    const api = serveApi(app, { hostname, port: membership.config().api.port, socket: folders.socket })
    closing.push(() => api.stop())

    return {
      status,
      config: membership.config,
      onChange(see) {
        listeners.add(see)
        return () => listeners.delete(see)
      },
      async stop(how) {
        await reconciler.stop()
        if (how === 'end-programs') await supervisor.stopAll()
        for (const close of closing.reverse()) await close()
      },
    }
  }
}
