import { faults } from './faults.ts'
import { endsOf } from './permits.ts'
import { longS, type Recorded } from './recorded.ts'

/** Within that all are ready again. Beside other tests that says nothing. */
const healMs = 60_000

/** What was tried at all: a check that had nothing to look at has found nothing. */
export function judgeCoverage(recorded: Recorded): string[] {
  const { seconds, struck, document, registry, permissions, transactions, healedMs, namedMs } = recorded
  const isLong = seconds >= longS
  const ends = endsOf(permissions)
  const ended = (kind: string, state: string) =>
    ends.filter((end) => end.kind === kind && end.state === state).length
  const atLeast = (what: string, found: number, wanted: number) =>
    found >= wanted ? [] : [`${what}: ${found}, and ${wanted} at least were to be`]
  const writes = document.filter(({ op }) => op.kind === 'wrote').length
  const acknowledged = registry.filter(({ end }) => end < Infinity).length
  return [
    ...atLeast('acknowledged writes of the document', writes, isLong ? seconds / 4 : 1),
    ...atLeast('acknowledged writes of the registry', acknowledged, isLong ? seconds / 10 : 1),
    ...atLeast('writes of the rollout', permissions.length, isLong ? seconds / 10 : 1),
    ...atLeast('transactions on more than one disk', transactions.compared, 10 * seconds),
    ...ends
      .filter(({ kind, state }) => kind === 'controllers' && state !== 'done' && state !== 'aborted')
      .map(({ change, state }) => `${change} did not end: ${state}`),
    ...(healedMs === undefined || (isLong && healedMs > healMs)
      ? [`whole again after ${healedMs ?? 'more than three minutes'} ms`]
      : []),
    ...(isLong
      ? [
          ...(namedMs === undefined ? ['the tasks of the application did not get their names back'] : []),
          ...faults.flatMap(({ name }) => atLeast(`times ${name}`, struck[name] ?? 0, 1)),
          ...atLeast('changes of controllers that were done', ended('controllers', 'done'), 1),
          ...atLeast('rolling changes of options that were done', ended('document', 'done'), 1),
        ]
      : []),
  ]
}
