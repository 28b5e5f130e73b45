import { expect, test } from 'bun:test'
import { controller, facts, worker } from '../../../test/disorder/machines.ts'
import { begin, grant, speak } from '../rollout/moves.ts'
import { next } from '../rollout/next.ts'
import type { Rollout } from '../rollout/rollout.ts'
import { endRunning } from './end.ts'

const change = { kind: 'document', version: 1, digest: 'd1' } as const

/** A machine that leaves, while somebody decides about rollouts after each step of it. */
async function leaves(first: Rollout | undefined): Promise<Rollout | undefined> {
  let rollout = first
  let machines = [controller('c', { waits: [] }), worker('a')]
  const early = machines
  const decide = (seen: typeof machines) => {
    const decided = next(rollout, facts(seen))
    if (decided.kind === 'write') rollout = decided.rollout
  }
  const step =
    (act = () => {}) =>
    async () => {
      act()
      for (let turn = 0; turn < 3; turn++) decide(machines)
    }
  const parts = {
    watches: [],
    gossiped: { stop: step() },
    nodes: {
      stop: step(),
      leave: step(() => {
        machines = machines.filter(({ name }) => name !== 'a')
      }),
    },
    rolling: {
      stop: step(),
      leave: step(() => {
        rollout = (rollout && speak(rollout, rollout.step, 'id-a', { kind: 'skipped' })) ?? rollout
      }),
    },
    maintenance: { stop: step() },
    controllers: { stop: step() },
    ownPlan: {
      packages: { close: step(), undo: step() },
      masterLog: { stop: step() },
      reconciler: { stop: step() },
    },
    names: { stop: step() },
    supervisor: {
      stopAll: step(() => {
        expect(rollout?.permit).toBeUndefined()
        // Whoever has looked before it went writes what came of it.
        for (let turn = 0; turn < 3; turn++) decide(early)
      }),
    },
    secrets: { stop() {} },
    membership: { stop: step() },
    session: { close: step() },
  }
  await endRunning(parts as unknown as Parameters<typeof endRunning>[0], 'leave')
  return rollout
}

test('no permit is left open for a machine that leaves, whether it had one or not', async () => {
  const begun = begin(undefined, change)
  for (const first of [undefined, begun, grant(begun, [{ id: 'id-a', name: 'a' }])]) {
    const last = await leaves(first)
    expect([last?.state, last?.permit]).toEqual(['done', undefined])
  }
})
