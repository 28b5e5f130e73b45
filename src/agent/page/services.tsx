import type { MachineStatus } from '../status.ts'
import { type Frame, Page } from './layout.tsx'
import { Ago, Quiet, State, Table } from './parts.tsx'

/** A service that runs somewhere, as its machine tells of it. */
type Row = { machine: string; name: string; state: string; address?: string | undefined }

const mostRows = 400

/** The services of all machines: those of this one in full. */
export function Services({ frame, now }: { frame: Frame; now: number }) {
  const { machines, others } = frame.cluster
  const rows = others.flatMap(({ name: machine, said }) =>
    (said?.services ?? []).map((service): Row => ({ machine, ...service })),
  )
  const sorted = rows.toSorted((a, b) => rank(a) - rank(b))
  return (
    <Page frame={frame} title="Services" topics={['services', 'status', 'members']}>
      <div class="head">
        <h1>Services</h1>
      </div>
      {machines.map((machine) => (
        <section aria-labelledby="own">
          <h2 id="own" class="title">
            On {machine.name}
          </h2>
          <ServiceTable now={now} machines={[machine]} />
        </section>
      ))}
      {sorted.length > 0 && (
        <section aria-labelledby="others">
          <div class="title">
            <h2 id="others">On the other machines</h2>
            {sorted.length > mostRows && (
              <span class="note">
                the first {mostRows} of {sorted.length}
              </span>
            )}
          </div>
          <Table
            label="On the other machines"
            columns={[
              { title: 'Service' },
              { title: 'Machine' },
              { title: 'State' },
              { title: 'Address' },
              { title: '' },
            ]}
            rows={sorted
              .slice(0, mostRows)
              .map(({ machine, name, state, address }) => [
                name,
                <a href={`/machines/${encodeURIComponent(machine)}`}>{machine}</a>,
                <State text={state} />,
                <span class="mono">{address ?? ''}</span>,
                <LogLink machine={machine} service={name} />,
              ])}
          />
        </section>
      )}
    </Page>
  )
}

const rank = ({ state }: Row) => (state === 'failed' ? 0 : state === 'ready' ? 2 : 1)

export function ServiceTable({ machines, now }: { machines: MachineStatus[]; now: number }) {
  const columns = [
    { title: 'Service' },
    { title: 'State' },
    { title: 'For' },
    { title: 'Address' },
    { title: 'Restarts', number: true },
    { title: 'pid', number: true },
    { title: 'From' },
    { title: '' },
  ]
  const rows = machines.flatMap((machine) => [
    ...machine.services.map((service) => [
      service.name,
      <>
        {service.byHand ? <Quiet text={`${service.state} by hand`} /> : <State text={service.state} />}
        {service.reason && !service.byHand && <p class="reason">{service.reason}</p>}
        {service.hint && <p class="reason">{service.hint}</p>}
      </>,
      <Ago at={service.since} now={now} />,
      <span class="mono">{service.address}</span>,
      service.restarts,
      service.pid ?? '',
      service.simulated ? <span class="tag wait">simulated</span> : service.provider,
      <LogLink machine={machine.name} service={service.name} />,
    ]),
    ...machine.held.map(({ name, kind, reason, hint }) => [
      name,
      <>
        {kind === 'missing' ? <State text="missing" /> : <Quiet text={kind} />}
        <p class="reason">{reason}</p>
        {hint && <p class="reason">{hint}</p>}
      </>,
      ...['', '', '', '', '', ''],
    ]),
  ])
  return <Table label="Services" columns={columns} rows={rows} />
}

function LogLink({ machine, service }: { machine: string; service: string }) {
  return (
    <a
      href={`/machines/${encodeURIComponent(machine)}/logs/${service}`}
      aria-label={`Log of ${service} on ${machine}`}
    >
      Log
    </a>
  )
}
