import { expect, test } from 'bun:test'
import { emptyCluster, type Framework } from './cluster.ts'
import { makeOffers } from './offers.ts'
import { type Amounts, badConfig, badRole, overcommitted, quotaOf } from './quota.ts'
import { emptyRegistry, updateQuotas } from './registry.ts'

test('a role is named as Mesos has it', () => {
  for (const role of ['*', 'web', 'a/b', 'a.b', 'a-b', '...']) expect(badRole(role)).toBeUndefined()
  for (const role of ['', '/a', 'a/', 'a//b', '.', 'a/..', 'a/*', '-a', 'a/-b', 'a b', 'a\tb', 'a\x7fb'])
    expect([role, badRole(role)]).toEqual([role, expect.stringMatching(/^Role/)])
})

test('a quota is neither negative nor beyond measure, and guarantees no more than its limits', () => {
  const why = (guarantees: Amounts, limits: Amounts) => badConfig({ role: 'a', guarantees, limits })
  expect(why({ cpus: 1 }, { cpus: 1, mem: 0 })).toBeUndefined()
  expect(why({ cpus: 1 }, { mem: 1 })).toBeUndefined()
  expect(why({}, { mem: 2 ** 40, cpus: 1e12 })).toBeUndefined()
  expect(why({ cpus: 2 }, { cpus: 1 })).toBe(
    "'QuotaConfig.guarantees' cpus:2 is not contained within the 'QuotaConfig.limits' cpus:1",
  )
  expect(why({ cpus: -1 }, {})).toBe(
    "Invalid guarantee configuration {'cpus': -1}: Negative values not supported",
  )
  expect(why({}, { mem: 2 ** 40 + 1 })).toContain('greater than 1 exabyte (1099511627776)')
  expect(why({}, { gpus: 1e12 + 1 })).toContain('greater than 1 trillion (1000000000000)')
})

test('all that is guaranteed has to be there', () => {
  const quotas = [quotaOf({ cpus: 1 }, {}), quotaOf({ cpus: 2, mem: 5 }, {})]
  expect(overcommitted(quotas, { cpus: 3, mem: 5 })).toBeUndefined()
  expect(overcommitted(quotas, { cpus: 3 })).toBe("'cpus:3; mem:5' exceed cluster capacity 'cpus:3'")
})

test('the registry has one quota for a role, and none that says nothing', () => {
  const one = { role: 'a', ...quotaOf({ cpus: 1 }, { cpus: 2 }) }
  const other = { role: 'b', ...quotaOf({}, { mem: 0 }) }
  const both = updateQuotas(updateQuotas(emptyRegistry, [one]), [{ ...one, limits: {} }, other])
  expect(both.quotas).toEqual([{ ...one, limits: {} }, other])
  expect(updateQuotas(both, [{ role: 'a', ...quotaOf({ cpus: 0 }, {}) }]).quotas).toEqual([other])
})

test('a framework is offered what is left below the limits of its role, and all that is reserved for that', () => {
  const cluster = emptyCluster()
  const info = { hostname: 'h', ip: '10.0.0.1', port: 5051, attributes: [] }
  const agent = { pid: '', version: '', registeredTime: 0, connected: true, deactivated: false }
  const free = (value: number, name: string, role = '*') => ({ name, role, value })
  for (const id of ['S1', 'S2']) {
    const resources = [free(4, 'cpus'), free(1000, 'mem'), free(1, 'cpus', 'web')]
    cluster.agents.set(id, { id, info: { ...info, resources }, ...agent })
  }
  const framework = {
    info: { id: 'F', name: 'f', user: '', roles: ['web'], hostname: '', failoverTimeout: 0 },
    ...{ connected: true, recovered: false, registeredTime: 0, unregisteredTime: 0, wantsOffers: true },
    ...{ unreachable: new Map(), completed: [] },
  }
  const task = { id: 't', name: 't', agentId: 'S1', role: 'web', resources: [free(1.5, 'cpus')] }
  const rest = {
    command: '',
    environment: {},
    frameworkId: 'F',
    state: 'TASK_RUNNING',
    statuses: [],
  } as const
  cluster.frameworks.set('F', {
    ...framework,
    info: { ...framework.info, checkpoint: false, capabilities: [] },
    tasks: new Map([['t', { ...task, ...rest, statuses: [] }]]),
  } satisfies Framework)
  // Two are reserved, one and a half are used: 3.2 of 6.7 are left.
  cluster.quotas.set('web', quotaOf({}, { cpus: 6.7 }))
  const offers = makeOffers(cluster, () => crypto.randomUUID())
  expect(offers.map(({ resources }) => resources)).toEqual([
    [free(2.5, 'cpus'), free(1000, 'mem'), free(1, 'cpus', 'web')],
    [free(0.7, 'cpus'), free(1000, 'mem'), free(1, 'cpus', 'web')],
  ])
})
