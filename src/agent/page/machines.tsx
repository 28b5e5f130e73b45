import type { OtherMachine } from '../nodes/others.ts'
import type { ClusterStatus, MachineStatus, Status } from '../status.ts'
import { type Frame, Page } from './layout.tsx'
import { Ago, Pages, Quiet, State, scrolls, Table } from './parts.tsx'
import { ServiceTable } from './services.tsx'

/** A machine as it stands in a list, whether it is this one or another. */
export type Listed = Omit<OtherMachine, 'said'> & {
  ready: string
  services: { name: string; state: string }[]
}

/** This machine, and the others as they come: those in trouble first. */
export function machinesOf(cluster: ClusterStatus): Listed[] {
  const { document } = cluster.cluster
  const own = cluster.machines.map(
    ({ name, address, roles, version, services }): Listed => ({
      ...{ name, address, roles, version, services, state: 'alive' },
      ready: cluster.ready ? 'ready' : 'not ready',
      ...(document ? { document: document.version } : {}),
    }),
  )
  const others = cluster.others.map(
    ({ said, ...machine }): Listed => ({
      ...machine,
      ready:
        machine.state !== 'alive'
          ? machine.state
          : !said
            ? 'no ZooKeeper'
            : said.ready
              ? 'ready'
              : 'not ready',
      services: said?.services ?? [],
    }),
  )
  return [...own, ...others]
}

const mostMachines = 100

export function Machines({ frame, match, from }: { frame: Frame; match: string; from: number }) {
  const all = machinesOf(frame.cluster)
  const found = all.filter(({ name, address }) => `${name} ${address}`.includes(match))
  const newest = Math.max(...all.map(({ document }) => document ?? -1))
  const query = (start: number) => `/machines?${new URLSearchParams({ match, from: String(start) })}`
  return (
    <Page frame={frame} title="Machines" topics={['status', 'members', 'services']}>
      <div class="head">
        <h1>Machines</h1>
        <p>
          {all.filter(({ ready }) => ready === 'ready').length} of {all.length} ready
        </p>
      </div>
      <form class="line" method="get" action="/machines">
        <label class="wide">
          Name or address
          <input name="match" type="search" value={match} />
        </label>
        <button type="submit">Find</button>
      </form>
      <MachineTable label="Machines" machines={found.slice(from, from + mostMachines)} newest={newest} />
      <Pages href={query} from={from} most={mostMachines} total={found.length} />
    </Page>
  )
}

export function MachineTable({
  label,
  machines,
  newest,
}: {
  label: string
  machines: Listed[]
  newest: number
}) {
  const columns = [
    { title: 'Machine' },
    { title: 'Address' },
    { title: 'Role' },
    { title: 'State' },
    { title: 'Services' },
    { title: 'Document', number: true },
    { title: 'meshbox' },
  ]
  const rows = machines.map((machine) => [
    <a href={`/machines/${encodeURIComponent(machine.name)}`}>{machine.name}</a>,
    <span class="mono">{machine.address}</span>,
    machine.roles.includes('controller') ? 'controller' : 'worker',
    <State text={machine.ready} />,
    <ServiceSummary services={machine.services} />,
    <Version version={machine.document} newest={newest} />,
    machine.version ?? '',
  ])
  return <Table label={label} columns={columns} rows={rows} />
}

function Version({ version, newest }: { version: number | undefined; newest: number }) {
  if (version === undefined) return <span class="dim">none</span>
  return version < newest ? <span class="wait">{version}, behind</span> : <span>{version}</span>
}

function ServiceSummary({ services }: Pick<Listed, 'services'>) {
  const ready = services.filter(({ state }) => state === 'ready').length
  const others = services.filter(({ state }) => state !== 'ready')
  return (
    <>
      {ready > 0 && <>{ready} ready</>}
      {others.map(({ name, state }, i) => (
        <>
          {ready > 0 || i > 0 ? ', ' : ''}
          <span class={state === 'failed' ? 'bad' : 'wait'}>
            {name} {state}
          </span>
        </>
      ))}
    </>
  )
}

type MachineProps = {
  frame: Frame
  now: number
  listed: Listed
  /** What it says of itself; a text where it could not be asked. */
  status: Status | string
}

export function Machine({ frame, now, listed, status }: MachineProps) {
  const machine = typeof status === 'string' ? undefined : status.machines[0]
  return (
    <Page frame={frame} title={listed.name} topics={['status', 'services', 'members', 'dns']}>
      <div class="head">
        <h1>{listed.name}</h1>
        <p>
          <State text={listed.ready} /> · <span class="mono">{listed.address}</span> ·{' '}
          {listed.roles.join(', ')} · meshbox {listed.version}
        </p>
      </div>
      {typeof status === 'string' && <p class="note">{status}</p>}
      {machine?.maintenance && (
        <p>
          <Quiet text={`maintenance: ${machine.maintenance.state}`} /> {machine.maintenance.why}
        </p>
      )}
      <section aria-labelledby="services">
        <h2 id="services" class="title">
          Services
        </h2>
        {machine ? (
          <ServiceTable now={now} machines={[machine]} />
        ) : (
          <Table
            label="Services"
            columns={[{ title: 'Service' }, { title: 'State' }]}
            rows={listed.services.map(({ name, state }) => [name, <State text={state} />])}
          />
        )}
      </section>
      {machine && <Details machine={machine} now={now} />}
    </Page>
  )
}

function Details({ machine, now }: { machine: MachineStatus; now: number }) {
  const { dns, name, gossip, api, pid } = machine
  return (
    <section aria-labelledby="details">
      <div class="title">
        <h2 id="details">This machine</h2>
        <a href={`/machines/${encodeURIComponent(name)}/logs/meshbox`}>Log of the agent</a>
      </div>
      <dl class="facts">
        <div>
          <dt>Names</dt>
          <dd>
            <State text={dns.state} />
            <small>
              {dns.records} records at {dns.address}
              {dns.loadedAt !== undefined && (
                <>
                  , <Ago at={dns.loadedAt} now={now} /> old
                </>
              )}
            </small>
          </dd>
        </div>
        <div>
          <dt>Its own look-ups</dt>
          <dd>
            {dns.host.kind === 'active' ? `through ${dns.host.through}` : dns.host.kind}
            <small>{'reason' in dns.host ? dns.host.reason : `for ${dns.domain}`}</small>
          </dd>
        </div>
        <div>
          <dt>Gossip</dt>
          <dd class="mono">{gossip ?? 'away'}</dd>
        </div>
        <div>
          <dt>API</dt>
          <dd class="mono">
            {api}
            <small>pid {pid}</small>
          </dd>
        </div>
      </dl>
    </section>
  )
}

type LogProps = { frame: Frame; machine: string; service: string; text: string; follow: string }

export function Log({ frame, machine, service, text, follow }: LogProps) {
  return (
    <Page frame={frame} title={`Log of ${service}`} topics={[]}>
      <div class="head">
        <h1>{service}</h1>
        <p>
          log on <a href={`/machines/${encodeURIComponent(machine)}`}>{machine}</a>
        </p>
      </div>
      <pre class="box log" {...scrolls(`Log of ${service}`)} data-keep data-log={follow}>
        {text}
      </pre>
    </Page>
  )
}
