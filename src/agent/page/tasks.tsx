import type { TaskList } from '../../dns/records/tasks.ts'
import { type LookedUp, lookUpTypes } from '../look-up.ts'
import { type Frame, Page } from './layout.tsx'
import { Pages, State, Table } from './parts.tsx'

export const mostTasks = 100

type TasksProps = {
  frame: Frame
  match: string
  from: number
  list: TaskList
  lookUp: { name: string; type: string; answer?: LookedUp | string }
}

/** Running tasks with the names that lead to them, and a box to ask the resolver of this machine. */
export function Tasks({ frame, match, from, list, lookUp }: TasksProps) {
  const query = (start: number) => `/tasks?${new URLSearchParams({ match, from: String(start) })}`
  return (
    <Page frame={frame} title="Tasks and names" topics={['dns']}>
      <div class="head">
        <h1>Tasks and names</h1>
        <p>
          {list.total} running{match ? ` match "${match}"` : ''}
        </p>
      </div>
      <LookUpBox lookUp={lookUp} domain={frame.cluster.machines[0]?.dns.domain ?? 'mesos'} />
      <form class="line" method="get" action="/tasks">
        <label class="wide">
          Part of a task's name
          <input name="match" type="search" value={match} />
        </label>
        <button type="submit">Find</button>
      </form>
      <Table
        label="Tasks"
        columns={[{ title: 'Task' }, { title: 'Framework' }, { title: 'Address' }, { title: 'Names' }]}
        rows={list.tasks.map(({ task, framework, name, addresses, services }) => [
          task,
          framework,
          <span class="mono">{addresses.join(', ')}</span>,
          <div class="names mono">
            <a href={lookUpLink(name, addresses[0]?.includes(':') ? 'AAAA' : 'A')}>{name}</a>
            {services.map((service) => (
              <span>
                <a href={lookUpLink(service.name, 'SRV')}>{service.name}</a> → {service.port}
              </span>
            ))}
          </div>,
        ])}
      />
      <Pages href={query} from={from} most={mostTasks} total={list.total} />
    </Page>
  )
}

const lookUpLink = (name: string, type: string) => `/tasks?${new URLSearchParams({ name, type })}`

function LookUpBox({
  lookUp: { name, type, answer },
  domain,
}: {
  lookUp: TasksProps['lookUp']
  domain: string
}) {
  return (
    <section aria-labelledby="look-up">
      <h2 id="look-up" class="title">
        Look a name up
      </h2>
      <form class="line" method="get" action="/tasks">
        <label class="wide">
          Name
          <input name="name" value={name} placeholder={`web.marathon.${domain}`} spellcheck={false} />
        </label>
        <label>
          Type
          <select name="type">
            {lookUpTypes.map((each) => (
              <option value={each} selected={each === type}>
                {each}
              </option>
            ))}
          </select>
        </label>
        <button type="submit">Look up</button>
      </form>
      {typeof answer === 'string' && <p class="bad">{answer}</p>}
      {typeof answer === 'object' && <Answer answer={answer} />}
    </section>
  )
}

function Answer({ answer: { rcode, answers, took } }: { answer: LookedUp }) {
  return (
    <>
      <p>
        {rcode === 'NOERROR' && answers.length > 0 ? <State text="ready" /> : null}{' '}
        <b class={rcode === 'NOERROR' ? '' : 'bad'}>{rcode}</b>
        {rcode === 'NOERROR' && answers.length === 0 ? ', no records of this type' : ''} after {took} ms
      </p>
      {answers.length > 0 && (
        <Table
          label="Answer"
          columns={[{ title: 'Name' }, { title: 'TTL', number: true }, { title: 'Type' }, { title: 'Data' }]}
          rows={answers.map(({ name, ttl, type, data }) => [
            <span class="mono">{name}</span>,
            ttl,
            type,
            <span class="mono">{data}</span>,
          ])}
        />
      )}
    </>
  )
}
