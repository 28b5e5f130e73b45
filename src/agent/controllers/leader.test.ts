import { afterAll, expect, test } from 'bun:test'
import { type Clock, systemClock, until } from '../../clock.ts'
import { checkSettings } from '../../config/document/check.ts'
import { begin, finish } from '../rollout/moves.ts'
import type { Rollout } from '../rollout/rollout.ts'
import type { Progress } from './change.ts'
import { plain } from './driver.ts'
import { openLeader } from './leader.ts'

let leads = '127.0.0.2'
const master = (hostname: string, port: number) =>
  Bun.serve({
    ...{ hostname, port },
    fetch: () =>
      Response.json(
        leads === hostname
          ? { 'master/elected': 1, 'registrar/registry_size_bytes': 1 }
          : { 'master/elected': 0 },
      ),
  })
const first = master('127.0.0.1', 0)
const second = master('127.0.0.2', first.port ?? 0)
afterAll(() => Promise.all([first.stop(true), second.stop(true)]))

const seat = (id: number) => ({
  ...{
    node: `n${id}`,
    name: `m${id}`,
    zookeeper: 'votes' as const,
    master: 'runs' as const,
    list: [1, 2, 3],
  },
  server: { id, host: `127.0.0.${id}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
})
const progress = {
  ...{ verb: 'remove', former: [1, 2, 3], wanted: [1], proven: false, seats: [seat(1), seat(2), seat(3)] },
} satisfies Progress
const change = begin(undefined, { kind: 'controllers', id: 'c', text: 'remove' })
const underWay: Rollout = { ...change, progress: plain(progress) }

const clock: Clock = { ...systemClock, after: (ms, act) => systemClock.after(ms / 100, act) }

function leaderOn(node: string, rollout = underWay) {
  const at = { told: undefined as string | undefined, rollout, see: () => {} }
  const checked = checkSettings({ mesos: { master: { port: first.port } } })
  if (checked.kind !== 'valid') throw new Error('the settings are not valid')
  const { config } = checked
  const known = openLeader({
    ...{ node, clock, config: () => config },
    masters: {
      leader: () => at.told,
      master: () => ({ scheme: 'http', authorization: async () => undefined }),
    },
    rollouts: {
      seen: () => at.rollout,
      onChange(see) {
        at.see = see
        return () => {}
      },
    },
  })
  at.see()
  const becomes = (host: string | undefined) =>
    until(systemClock, { everyMs: 5, timeoutMs: 5000 }, () => known.leader() === host || undefined)
  return { at, known, becomes }
}

test('who leads is asked of the masters themselves where DNS does not know it, while a change is under way', async () => {
  const { at, known, becomes } = leaderOn('n1')
  // The third one answers nobody.
  expect(await becomes(`127.0.0.2:${first.port}`)).toBe(true)
  leads = '127.0.0.1'
  expect(await becomes(`127.0.0.1:${first.port}`)).toBe(true)
  at.told = 'by-dns:5050'
  expect(known.leader()).toBe('by-dns:5050')
  at.told = undefined
  at.rollout = finish(underWay)
  expect(await becomes(undefined)).toBe(true)
  known.stop()
})

test('a machine without a part in the change asks nobody', () => {
  const { known } = leaderOn('n4')
  expect(known.leader()).toBeUndefined()
  known.stop()
})

test.each([
  ['was stopped and runs again', [{ ...seat(1), master: 'stopped' as const }, seat(3)]],
  ['begins in this step', [seat(3), { ...seat(1), master: 'none' as const }]],
])('a master that %s is asked whether it leads', async (_, seats) => {
  leads = '127.0.0.1'
  const { known, becomes } = leaderOn('n1', { ...change, progress: plain({ ...progress, seats }) })
  expect(await becomes(`127.0.0.1:${first.port}`)).toBe(true)
  known.stop()
})
