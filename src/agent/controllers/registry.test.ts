import { afterAll, describe, expect, test } from 'bun:test'
import type { Masters } from '../masters.ts'
import type { Registry } from './change.ts'
import { lostFrom, readWritten } from './registry.ts'

const before: Registry = {
  ...{ weights: '[{"role":"a","weight":2}]', quotas: '{}', maintenance: '{}' },
  ...{ agents: ['S1', 'S2', 'S3'], unreachable: 0 },
}

test('a registry that is as it was has lost nothing; agents that came since are none that were lost', () => {
  expect(lostFrom(before, [before])).toBeUndefined()
  expect(lostFrom(before, [{ ...before, agents: [...before.agents, 'S4'] }])).toBeUndefined()
})

test('what people have put there is missed in each of its parts, with what it was and is', () => {
  for (const part of ['weights', 'quotas', 'maintenance'] as const)
    expect(lostFrom(before, [{ ...before, [part]: '[]' }])).toBe(
      `the ${part} of the masters' registry were ${before[part]} and are []`,
    )
})

test('an agent that is not there is lost, unless it counts as unreachable', () => {
  const fewer = { ...before, agents: ['S1', 'S2'] }
  expect(lostFrom(before, [fewer])).toBe("1 of the 3 agents of the masters' registry are not there any more")
  expect(lostFrom(before, [{ ...fewer, unreachable: 1 }])).toBeUndefined()
  expect(lostFrom(before, [{ ...before, agents: [], unreachable: 1 }])).toContain('3 of the 3 agents')
})

test('what the master that was asked before tells now was written through it', () => {
  const noted = { ...before, by: 'm1' }
  expect(lostFrom(noted, [{ ...noted, weights: '[]' }])).toBeUndefined()
  expect(lostFrom(noted, [{ ...noted, weights: '[]', by: 'm2' }])).toContain('the weights')
})

test('a part that changes while it is looked at is being written; the others count all the same', () => {
  const written = ['[1]', '[2]', '[3]'].map((weights) => ({ ...before, weights, by: 'm2' }))
  expect(lostFrom({ ...before, by: 'm1' }, written)).toBeUndefined()
  const quotas = written.map((each) => ({ ...each, quotas: '[]' }))
  expect(lostFrom({ ...before, by: 'm1' }, quotas)).toContain('the quotas')
  // It was written, and has rested since.
  const rested = [...written, ...Array.from({ length: 3 }, () => ({ ...before, by: 'm2' }))]
  expect(lostFrom({ ...before, by: 'm1' }, rested)).toBeUndefined()
})

/** What a master answers, by path. */
let told: Record<string, unknown> = {}
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch: ({ url }) => Response.json(told[new URL(url).pathname]),
})
afterAll(() => server.stop(true))

const masters: Masters = {
  leader: () => `127.0.0.1:${server.port}`,
  master: () => ({ scheme: 'http', authorization: async () => undefined }),
}

type Config = { role: string; guarantees?: object; limits?: object }

/** What the master of that name tells, in the form of Mesos since 1.9. */
function reads(id: string, quotas: Config[], windows: object[] = []): Promise<Registry> {
  const infos = quotas.map(({ role, guarantees }) => ({
    role,
    ...(guarantees
      ? { guarantee: Object.entries(guarantees).map(([name, scalar]) => ({ name, type: 'SCALAR', scalar })) }
      : {}),
  }))
  told = {
    '/api/v1': { type: 'GET_MASTER', get_master: { master_info: { id } } },
    '/master/weights': [],
    '/master/quota': quotas.length > 0 ? { infos, configs: quotas } : {},
    '/master/maintenance/schedule': windows.length > 0 ? { windows } : {},
  }
  return readWritten(masters).then((written) => ({ ...written, agents: [], unreachable: 0 }))
}

describe('by what masters really answer', () => {
  const [one, two, many] = [1, 2, 512].map((value) => ({ value }))
  const web = { role: 'web', guarantees: { cpus: one, mem: many }, limits: { cpus: two, mem: many } }
  const db = { role: 'db', limits: { cpus: one } }

  test('quotas are the same in any order, of roles and of resources', async () => {
    const turned = {
      limits: { mem: many, cpus: two },
      guarantees: { mem: many, cpus: one },
      role: 'web',
    }
    const noted = await reads('m1', [web, db])
    expect(lostFrom(noted, [await reads('m2', [db, turned])])).toBeUndefined()
  })

  test('a quota that is gone is missed, and one that is another: also where only a limit is', async () => {
    const noted = await reads('m1', [web, db])
    for (const now of [
      [],
      [web],
      [db],
      [web, { ...db, limits: { cpus: two } }],
      [{ ...web, limits: {} }, db],
    ])
      expect(lostFrom(noted, [await reads('m2', now)])).toContain('the quotas of the masters')
  })

  test('a quota that was set back to nothing is told by the one that led then alone, and is not missed', async () => {
    for (const rest of [[web], []]) {
      const noted = await reads('m1', [{ role: 'db' }, ...rest])
      expect(lostFrom(noted, [await reads('m2', rest)])).toBeUndefined()
    }
    expect((await reads('m1', [{ role: 'db' }])).quotas).toBe('{}')
  })

  test('a window of the schedule that is gone is missed', async () => {
    const start = { nanoseconds: 1893456000000000000 }
    const window = (hostname: string) => ({ machine_ids: [{ hostname }], unavailability: { start } })
    const noted = await reads('m1', [], [window('a'), window('b')])
    expect(lostFrom(noted, [await reads('m2', [], [window('b'), window('a')])])).toBeUndefined()
    for (const windows of [[], [window('a')]])
      expect(lostFrom(noted, [await reads('m2', [], windows)])).toContain('the maintenance of the masters')
  })
})
