import { rolloutState } from '../display/rollout.ts'
import type { ClusterStatus } from '../status.ts'
import { type Frame, Page } from './layout.tsx'
import { MachineTable, machinesOf } from './machines.tsx'
import { Ago, Problems, State } from './parts.tsx'
import { troublesOf } from './troubles.ts'

/** So many machines are named on the first view; those in trouble first. */
const mostMachines = 12

export function Overview({ frame, now }: { frame: Frame; now: number }) {
  const { cluster } = frame
  const troubles = troublesOf(cluster)
  const { name, id, simulated, key, zookeeper } = cluster.cluster
  const machines = machinesOf(cluster)
  return (
    <Page
      frame={frame}
      title="Overview"
      topics={['status', 'services', 'members', 'rollout', 'document', 'dns']}
    >
      <div class="head">
        <h1>{name}</h1>
        <p>
          {simulated && <span class="tag wait">simulated</span>}{' '}
          {key === 'open' && <span class="tag wait">open: no key</span>}{' '}
          <span class="mono">{zookeeper.url}</span>
          {id && <span class="dim"> · {id.slice(0, 8)}</span>}
        </p>
      </div>
      <section aria-labelledby="problems">
        <h2 id="problems" class="title">
          {troubles.length === 0 ? 'Problems' : `Problems (${troubles.length})`}
        </h2>
        <Problems troubles={troubles} status={cluster} />
      </section>
      <Facts cluster={cluster} now={now} />
      <section aria-labelledby="machines">
        <div class="title">
          <h2 id="machines">Machines</h2>
          {machines.length > mostMachines && <a href="/machines">All {machines.length}</a>}
        </div>
        <MachineTable
          label="Machines"
          machines={machines.slice(0, mostMachines)}
          newest={newestOf(cluster)}
        />
      </section>
    </Page>
  )
}

function newestOf({ cluster, others }: ClusterStatus): number {
  return Math.max(cluster.document?.version ?? -1, ...others.map(({ document }) => document ?? -1))
}

/** The cluster in numbers. */
function Facts({ cluster, now }: { cluster: ClusterStatus; now: number }) {
  const [own] = cluster.machines
  const { document, rollout, zookeeper } = cluster.cluster
  const services = [...(own?.services ?? []), ...cluster.others.flatMap(({ said }) => said?.services ?? [])]
  const newest = newestOf(cluster)
  const machines = machinesOf(cluster)
  const behind = machines.filter((machine) => machine.document !== newest).length
  const dns = own?.dns
  return (
    <dl class="facts">
      <Fact
        title="Machines ready"
        value={`${machines.filter(({ ready }) => ready === 'ready').length} of ${machines.length}`}
      >
        {cluster.others.filter(({ state }) => state === 'failed').length} failed
      </Fact>
      <Fact
        title="Services ready"
        value={`${services.filter(({ state }) => state === 'ready').length} of ${services.length}`}
      >
        {own?.services.reduce((sum, { restarts }) => sum + restarts, 0) ?? 0} restarts here
      </Fact>
      <Fact title="Document" value={newest < 0 ? 'none' : `version ${newest}`}>
        {document?.problem ?? (behind === 0 ? 'on every machine' : `not yet on ${behind}`)}
      </Fact>
      <Fact title="Rollout" value={rollout ? rolloutState(rollout) : 'none'}>
        {rollout?.text ?? 'nothing was rolled out yet'}
      </Fact>
      <Fact title="Names" value={String(dns?.records ?? 0)}>
        {dns?.loadedAt === undefined ? (
          (dns?.reason ?? 'not loaded')
        ) : (
          <>
            records {dns.stale ? 'stale, of ' : 'looked at '}
            <Ago at={dns.loadedAt} now={now} /> ago
          </>
        )}
      </Fact>
      <Fact title="ZooKeeper" value={<State text={zookeeper.session} />}>
        {zookeeper.managed ? 'run by meshbox' : 'not run by meshbox'}
      </Fact>
    </dl>
  )
}

function Fact({ title, value, children }: { title: string; value: unknown; children?: unknown }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <b>{value}</b>
        <small>{children}</small>
      </dd>
    </div>
  )
}
