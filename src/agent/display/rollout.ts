import type { Screen, Style } from '../cli/screen.ts'
import { silent, wayBack } from '../rollout/rollout.ts'
import type { RolloutReport, RolloutStatus } from '../rollout/status.ts'
import { type Cell, table } from './table.ts'

const styles: Record<string, Style> = {
  done: 'green',
  running: 'yellow',
  paused: 'yellow',
  changing: 'yellow',
  permitted: 'yellow',
  halted: 'red',
  failed: 'red',
  aborted: 'red',
}

/** `running`, `halted`, …; `paused` where somebody has paused what would run. */
export function rolloutState({ state, paused }: Pick<RolloutStatus, 'state' | 'paused'>): string {
  return paused && state === 'running' ? 'paused' : state
}

/** How it is, and each machine with its step. */
export function rolloutText(
  { rollout, coming, unseen, away, problem }: RolloutReport,
  screen: Screen,
): string {
  const rows: Cell[][] = [
    ...(rollout?.past ?? []).map(({ step, name, kind, reason }) => [
      name,
      String(step),
      cell(kind),
      reason ?? '',
    ]),
    ...(rollout?.permit?.machines ?? [])
      .filter(({ id }) => rollout?.permit?.words[id] === undefined)
      .map(({ id, name }) => [
        name,
        String(rollout?.step),
        cell(rollout?.permit?.begun.includes(id) ? 'changing' : 'permitted'),
        rollout?.permit?.task ?? '',
      ]),
    ...coming.map((names) => [names.join(', '), '', 'to come', '']),
  ]
  return [
    rollout
      ? `${rollout.text}: ${screen.paint(styles[rolloutState(rollout)] ?? 'dim', rolloutState(rollout))}`
      : problem === undefined
        ? 'there was no rollout yet'
        : 'nobody knows whether there is a rollout',
    ...(problem === undefined
      ? []
      : [`${screen.paint('red', 'unreadable:')} ${problem}; \`meshbox status\` tells what to do`]),
    ...(rollout?.why
      ? [`${screen.paint('red', `${rollout.state}:`)} ${rollout.why}`, ...wayOut(rollout)]
      : []),
    ...(rollout && coming.length > 0 ? wayOn(rollout) : []),
    ...(rollout?.waits ? [`${screen.paint('yellow', 'waits for:')} ${rollout.waits}`] : []),
    ...(away ? [`${screen.paint('yellow', 'away:')} ZooKeeper does not answer`] : []),
    ...(unseen.length > 0 ? [`not seen yet by ${unseen.join(', ')}`] : []),
    ...(rows.length > 0 ? [table(screen, ['MACHINE', 'STEP', 'STATE', ''], rows)] : []),
  ].join('\n')
}

/** Those that it had not come to change no more by themselves. */
function wayOn(rollout: RolloutStatus): string[] {
  if (rollout.state !== 'aborted' || rollout.permit || rollout.change.kind !== 'document') return []
  const to = wayBack(rollout)
  const back = typeof to === 'number' ? `, \`meshbox config rollback ${to}\` takes back what has changed` : ''
  return [`  \`meshbox rollout resume\` goes on${back}`]
}

function wayOut(rollout: RolloutStatus): string[] {
  const off = silent(rollout).map(
    ({ name }) =>
      `  if ${name} is turned off: \`meshbox rollout resume --without ${name}\` goes on without it`,
  )
  // Whatever comes next goes on by itself once that word is given.
  if (rollout.state === 'aborted') return off
  const to = wayBack(rollout)
  const back =
    to === 'undo'
      ? ', `meshbox controllers undo` takes it back'
      : to === undefined
        ? ''
        : `, \`meshbox config rollback ${to}\` goes back`
  return [`  \`meshbox rollout resume\` tries again${back}`, ...off]
}

function cell(state: string): Cell {
  return { text: state, style: styles[state] ?? 'dim' }
}
