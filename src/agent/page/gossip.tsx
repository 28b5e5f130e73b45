import type { Member } from '../gossip/gossip.ts'
import { type Frame, Page } from './layout.tsx'
import { Pages, State, Table } from './parts.tsx'

const mostMembers = 100

const order: Record<Member['status'], number> = { failed: 0, suspect: 1, alive: 2, left: 3 }

/** Who is here, as gossip knows it. */
export function Gossip({ frame, members, from }: { frame: Frame; members: Member[]; from: number }) {
  const count = (status: Member['status']) => members.filter((member) => member.status === status).length
  const sorted = members.toSorted((a, b) => order[a.status] - order[b.status] || (a.name < b.name ? -1 : 1))
  return (
    <Page frame={frame} title="Gossip" topics={['members', 'status']}>
      <div class="head">
        <h1>Gossip</h1>
        <p>
          {count('alive')} alive, {count('suspect')} suspected, {count('failed')} failed, {count('left')} left
          · {frame.cluster.cluster.key === 'open' ? 'in the clear' : 'encrypted'}
        </p>
      </div>
      <Table
        label="Members"
        columns={[
          { title: 'Member' },
          { title: 'Address' },
          { title: 'State' },
          { title: 'Incarnation', number: true },
          { title: 'What it tells' },
        ]}
        rows={sorted
          .slice(from, from + mostMembers)
          .map(({ name, address, port, status, incarnation, tags }) => [
            <a href={`/machines/${encodeURIComponent(name)}`}>{name}</a>,
            <span class="mono">
              {address.includes(':') ? `[${address}]` : address}:{port}
            </span>,
            <State text={status} />,
            incarnation,
            <span class="mono dim">
              {Object.entries(tags)
                .map(([key, value]) => `${key}=${value}`)
                .join(' ')}
            </span>,
          ])}
      />
      <Pages href={(start) => `/gossip?from=${start}`} from={from} most={mostMembers} total={sorted.length} />
    </Page>
  )
}
