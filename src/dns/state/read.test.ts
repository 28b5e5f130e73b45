import { describe, expect, test } from 'bun:test'
import { readState } from './read.ts'

const task = { id: 't1', name: 'web', slave_id: 's1', state: 'TASK_RUNNING' }
const state = (more: Record<string, unknown>) => ({ leader: 'master@10.0.0.9:5050', ...more })

describe('a bad entry costs itself alone', () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ['an agent that is a text', { slaves: ['x', { id: 's1', pid: 'slave(1)@10.0.0.1:5051' }] }, 'agent x'],
    ['an agent without pid', { slaves: [{ id: 's1', pid: null }] }, 'agent s1'],
    ['a pid with two @', { slaves: [{ id: 's1', pid: 'a@b@c:1' }] }, 'agent s1'],
    ['a number for a framework name', { frameworks: [{ name: 5 }] }, 'framework '],
    [
      'a task with a number for a name',
      { frameworks: [{ name: 'f', tasks: [{ ...task, name: 5 }, task] }] },
      'task t1',
    ],
    [
      'statuses with a text timestamp',
      { frameworks: [{ name: 'f', tasks: [{ ...task, statuses: [{ timestamp: 'x' }] }] }] },
      'task t1, status',
    ],
    [
      'ports that are a list',
      { frameworks: [{ name: 'f', tasks: [{ ...task, resources: { ports: [] } }] }] },
      'task t1, ports',
    ],
    [
      'a discovery port as text',
      {
        frameworks: [
          { name: 'f', tasks: [{ ...task, discovery: { name: 'd', ports: { ports: [{ number: '80' }] } } }] },
        ],
      },
      'task t1, port ',
    ],
  ]
  test.each(cases)('%s', (_, more, what) => {
    const { skipped } = readState(state(more))
    expect(skipped).toHaveLength(1)
    expect(skipped[0]?.what).toBe(what)
  })

  test('the others are read', () => {
    const { agents, frameworks } = readState(
      state({
        slaves: [null, { id: 's1', pid: 'slave(1)@[::1]:5051' }],
        frameworks: [
          7,
          { name: 'f', pid: 'x@host.example:80', tasks: [5, task] },
          { name: 'g', hostname: 'h' },
        ],
      }),
    )
    expect(agents).toEqual([{ id: 's1', host: '::1', port: 5051 }])
    expect(frameworks).toEqual([
      {
        id: '',
        name: 'f',
        host: 'host.example',
        port: 80,
        tasks: [{ id: 't1', name: 'web', agentId: 's1', state: 'TASK_RUNNING', ports: '' }],
      },
      { id: '', name: 'g', host: 'h', tasks: [] },
    ])
  })
})

test('member names match whatever their letter case', () => {
  expect(
    readState({ LEADER: 'master@10.0.0.9:5050', Slaves: [{ ID: 's1', PID: 'a@10.0.0.1:1' }] }).agents,
  ).toEqual([{ id: 's1', host: '10.0.0.1', port: 1 }])
})

test.each(['', 'master', 'a@b@c:5', 'master@10.0.0.9', 'master@10.0.0.9:x', 5])(
  'no state without a leader: %p',
  (leader) => {
    expect(() => readState({ leader })).toThrow()
  },
)
