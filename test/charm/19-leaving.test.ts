import { expect, test } from 'bun:test'
import { openLeave } from '../../src/agent/leave/leave.ts'
import type { Running } from '../../src/agent/running/running.ts'
import { documentSchema } from '../../src/config/schema.ts'

/** Point 19 of the charm's faults: the hook for a leaving machine did the same as the one for a joining machine. */
test('leaving undoes what joining did, step by step: nothing is started, decided or remembered any more', async () => {
  const done: string[] = []
  const running: Pick<Running, 'drain' | 'stop'> = {
    drain: async () => {
      done.push('tasks moved')
      return 'drained'
    },
    stop: async (how) => {
      done.push(`programs ended: ${how}`)
      return { kind: 'off' }
    },
  }
  const leave = openLeave({
    leaver: () => ({
      ...{ name: 'm2', mode: 'joined', controller: false, address: '10.0.0.2', cluster: 'c' },
      ...{ controllers: ['10.0.0.1'], members: [] },
    }),
    config: () => documentSchema.parse({}),
    running: async () => running as Running,
    neighbours: {
      leave: async () => void done.push('goodbye said'),
      stop: async () => void done.push('gossip ended'),
    },
    settle: async () => void done.push('no more decisions'),
    forget: () => void done.push('cluster forgotten'),
    end: () => void done.push('agent ended'),
  })
  const told: string[] = []
  for await (const { step } of leave.run({ drain: true, timeoutMs: 1000 })) told.push(step)
  expect(told).toEqual(['drain', 'programs', 'look-ups', 'goodbye', 'memory'])
  expect(done).toEqual([
    'tasks moved',
    'no more decisions',
    'programs ended: leave',
    'goodbye said',
    'gossip ended',
    'cluster forgotten',
    'agent ended',
  ])
})
