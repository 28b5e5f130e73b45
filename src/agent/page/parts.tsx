import type { Child } from 'hono/jsx'
import { typed } from '../cli/typed.ts'
import type { Gathered } from '../problem/gather.ts'
import { commandText, type Problem } from '../problem/problem.ts'
import type { Status } from '../status.ts'

/** How good a state is, for its shape and colour; the word says it too. */
const kinds: Record<string, 'well' | 'wait' | 'bad'> = {
  ...{ ready: 'well', alive: 'well', done: 'well', active: 'well', connected: 'well', drained: 'well' },
  ...{ failed: 'bad', halted: 'bad', missing: 'bad', unseen: 'bad', lost: 'bad', aborted: 'bad' },
  ...{ 'no ZooKeeper': 'bad', refused: 'bad' },
}

export function State({ text }: { text: string }) {
  return <span class={`state ${kinds[text] ?? 'wait'}`}>{text}</span>
}

/** A state that is neither good nor bad. */
export function Quiet({ text }: { text: string }) {
  return <span class="state dim">{text}</span>
}

const spans: [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]

/** `3 min`; milliseconds. */
function spanText(ms: number): string {
  const [unit, name] = spans.find(([unit]) => ms >= unit) ?? [1000, 's']
  return `${Math.max(0, Math.floor(ms / unit))} ${name}`
}

/** `at` and `now` are Unix milliseconds. */
export function Ago({ at, now }: { at: number; now: number }) {
  return (
    <time datetime={new Date(at).toISOString()} title={new Date(at).toISOString()}>
      {spanText(now - at)}
    </time>
  )
}

/** What scrolls must be reached by keyboard (WCAG 2.1.1), and be called something then. */
export const scrolls = (label: string) => ({ tabindex: 0, role: 'region', 'aria-label': label }) as const

export type Column = { title: string; number?: boolean }

/** Said outright, for a browser takes a table that is laid out in another way for none. */
const as = (role: string) => ({ role })

/**
 * A table whose rows are cards on a narrow screen.
 */
export function Table({ label, columns, rows }: { label: string; columns: Column[]; rows: Child[][] }) {
  const align = ({ number }: Column) => (number ? { class: 'number' } : {})
  return (
    <div class="box" {...scrolls(label)}>
      <table class="cards" {...as('table')} aria-label={label}>
        <thead {...as('rowgroup')}>
          <tr {...as('row')}>
            {columns.map((column) => (
              <th {...as('columnheader')} scope="col" {...align(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...as('rowgroup')}>
          {rows.map((cells) => (
            <tr {...as('row')}>
              {cells.map((cell, i) => (
                <td {...as('cell')} data-title={columns[i]?.title} {...align(columns[i] ?? { title: '' })}>
                  {cell === '' ? '' : <div>{cell}</div>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** What to type so that it finds the agent of this status. */
export function Command({ status, text }: { status: Status; text: string }) {
  return <code class="command">{typed(text, status.machines[0]?.dataDir)}</code>
}

/** A text with its commands set apart. */
function Words({ text }: { text: string }) {
  return text.split('`').map((part, i) => (i % 2 === 0 ? part : <code>{part}</code>))
}

/** So many problems, and so many of the machines that have one, are shown. */
const most = { problems: 40, machines: 3 }

export function Problems({ troubles, status }: { troubles: Gathered[]; status: Status }) {
  if (troubles.length === 0)
    return (
      <p class="all-well">
        <State text="ready" /> Nothing is wrong.
      </p>
    )
  return (
    <ul class="problems">
      {troubles.slice(0, most.problems).map(({ machines, severity, what, why, ...rest }) => (
        <li class={severity}>
          <div>
            <p class="what">
              <span class={`state ${severity === 'failed' ? 'bad' : 'wait'}`}>
                <span class="hidden">{severity}:</span>
              </span>{' '}
              <Words text={what} />
              {machines.slice(0, most.machines).map((machine) => (
                <>
                  {' '}
                  <a class="tag" href={`/machines/${encodeURIComponent(machine)}`}>
                    {machine}
                  </a>
                </>
              ))}
              {machines.length > most.machines && ` and ${machines.length - most.machines} more`}
            </p>
            {why && (
              <p>
                <Words text={why} />
              </p>
            )}
          </div>
          <Next problem={{ severity, what, why, ...rest }} status={status} />
        </li>
      ))}
      {troubles.length > most.problems && (
        <li class="failed">
          <p>
            {troubles.length - most.problems} more: <a href="/machines">machines in trouble come first</a>
          </p>
        </li>
      )}
    </ul>
  )
}

/** What to type, so that nothing but that is copied; and where, as the text of a terminal has it behind a comma. */
function Next({ problem, status }: { problem: Problem; status: Status }) {
  const place = `, on ${problem.machine}`
  const text = commandText(problem, status)
  if (!text.endsWith(place)) return <code class="command">{text}</code>
  return (
    <p>
      <code class="command">{text.slice(0, -place.length)}</code> on {problem.machine}
    </p>
  )
}

/** Which of many are shown, and the way to the others. */
export function Pages({
  href,
  from,
  most,
  total,
}: {
  href: (from: number) => string
  from: number
  most: number
  total: number
}) {
  if (total <= most) return null
  return (
    <nav class="pages" aria-label="Pages">
      <span>
        {from + 1} to {Math.min(total, from + most)} of {total}
      </span>
      {from > 0 && <a href={href(Math.max(0, from - most))}>Back</a>}
      {from + most < total && <a href={href(from + most)}>Next</a>}
    </nav>
  )
}
