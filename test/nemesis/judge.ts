import { answersText, judgeAnswers } from './answers.ts'
import { judgeCoverage } from './coverage.ts'
import { endsOf, judgePermits, wordsOf } from './permits.ts'
import { type Recorded, readRecorded } from './recorded.ts'
import { judgeLeaders, overlapsOf } from './reigns.ts'
import { judgeDocument, judgeReads, judgeRegistry } from './verdict.ts'

/** What was lost, forged or done without leave: nothing that a slow machine could be the cause of. */
export function judgeSafety(recorded: Recorded): string[] {
  const { faults, permissions, owners, clusters } = recorded
  return [
    ...faults,
    ...judgeDocument(recorded),
    ...judgeReads(recorded),
    ...judgeRegistry(recorded),
    ...judgePermits(permissions, owners),
    ...(clusters.length === 1 ? [] : [`there were the clusters ${clusters}`]),
  ]
}

/** What did not answer, or end, in time, and what was not tried at all. */
export function judgeInTime(recorded: Recorded): string[] {
  return [...judgeAnswers(recorded), ...judgeLeaders(overlapsOf(recorded)), ...judgeCoverage(recorded)]
}

/** What happened, for people. */
export function textOf(recorded: Recorded): string {
  const { zookeeper, struck, document, registry, permissions, transactions, healedMs, namedMs } = recorded
  const kinds = Map.groupBy(document, ({ op }) => op.kind)
  const counted = (kind: 'wrote' | 'refused' | 'unknown') => `${kinds.get(kind)?.length ?? 0} ${kind}`
  const acknowledged = registry.filter(({ end }) => end < Infinity).length
  const ends = Map.groupBy(endsOf(permissions), ({ kind, state }) => `${kind} ${state}`)
  const leaders = overlapsOf(recorded).map(({ old, next, ms }) => `${old} and ${next} for ${ms} ms`)
  const { seen, compared, epochs } = transactions
  const lines = [
    `ZooKeeper ${zookeeper}`,
    Object.entries(struck)
      .map(([name, times]) => `${times} × ${name}`)
      .join(', '),
    `writes of the document: ${counted('wrote')}, ${counted('refused')}, ${counted('unknown')}`,
    `writes of the registry: ${acknowledged} acknowledged, ${registry.length - acknowledged} unknown`,
    `writes of the rollout: ${permissions.length}; words: ${wordsOf(permissions)}`,
    `changes: ${[...ends].map(([end, all]) => `${all.length} × ${end}`).join(', ') || 'none'}`,
    `transactions: ${seen} of ${epochs} epochs, ${compared} of them on more than one disk`,
    answersText(recorded),
    `leaders that overlapped: ${leaders.join(', ') || 'none'}`,
    `whole again ${healedMs === undefined ? 'not within three minutes' : `after ${(healedMs / 1000).toFixed(1)} s`}`,
    ...(namedMs === undefined ? [] : [`all tasks had names ${(namedMs / 1000).toFixed(1)} s later`]),
  ]
  return `${lines.join('\n')}\n`
}

/** `bun test/nemesis/judge.ts recorded.json`: judges once more what a run has kept. */
if (import.meta.main) {
  const recorded = readRecorded(process.argv[2] ?? '')
  const faults = [...judgeSafety(recorded), ...judgeInTime(recorded)]
  process.stdout.write(`${textOf(recorded)}${faults.map((fault) => `fault: ${fault}\n`).join('')}`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
