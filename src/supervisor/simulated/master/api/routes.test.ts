import { beforeEach, describe, expect, test } from 'bun:test'
import { systemClock } from '../../../../clock.ts'
import { openGlog } from '../../glog.ts'
import { emptyCluster } from '../cluster.ts'
import { openEvents } from '../events.ts'
import { lead } from '../lead.ts'
import { type ReplicaDisk, replicaInMemory } from '../log/disk.ts'
import { openLog } from '../log/log.ts'
import type { Master } from '../master.ts'
import { openRegistrar } from '../registrar.ts'
import { answer } from './routes.ts'

/** A disk that outlives the master on it. */
function keptDisk(): ReplicaDisk {
  const disk = {
    ...replicaInMemory(),
    save: (replica: ReplicaDisk['replica']) => Object.assign(disk, { replica }),
  }
  return disk
}

async function leadFrom(disk: ReplicaDisk): Promise<Master> {
  const clock = systemClock
  const flags = new Map([
    ['registry_fetch_timeout', '1mins'],
    ['agent_reregister_timeout', '10mins'],
  ])
  const self = 'log-replica(1)@127.0.0.1:5050'
  const log = openLog({ disk, self, quorum: 1, autoInitialize: true, onStatus() {}, clock })
  const fail = (why: string) => {
    throw new Error(why)
  }
  const master: Master = {
    info: { id: 'm', pid: 'master@127.0.0.1:5050', hostname: 'h', ip: '127.0.0.1', port: 5050 },
    ...{ flags, clock, log, startTime: 0, electedTime: undefined, recovered: false, leader: undefined },
    ...{ cluster: emptyCluster(), agents: new Map(), schedulers: new Map(), counters: new Map() },
    events: openEvents(clock),
    registrar: openRegistrar(log, { storeTimeoutMs: 1000, clock, fail }),
    glog: openGlog('ERROR', () => {}),
    gate: () => undefined,
    ...{ nextAgent: 0, nextFramework: 0, nextOffer: 0 },
  }
  await lead(master, fail)
  return master
}

let disk: ReplicaDisk
let master: Master
beforeEach(async () => {
  disk = keptDisk()
  master = await leadFrom(disk)
})

/** Another one leads by the same log. */
const failOver = async () => {
  master = await leadFrom(disk)
}

async function ask(method: string, path: string, body?: unknown): Promise<[status: number, answer: unknown]> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const response = await answer(master, new Request(`http://h${path}`, { method, body: text ?? null }))
  const said = await response.text()
  return [
    response.status,
    response.headers.get('content-type') === 'application/json' ? JSON.parse(said) : said,
  ]
}
const call = (type: string, about?: unknown) =>
  ask('POST', '/api/v1', { type, ...(about === undefined ? {} : { [type.toLowerCase()]: about }) })

const scalar = (name: string, value: number) => ({ name, type: 'SCALAR', scalar: { value } })
const cpus = (value: number) => ({ cpus: { value } })

test('each endpoint is of the realm of which it is in Mesos, and one that is not there of none', async () => {
  master.gate = (_, realm) => (realm === undefined ? undefined : new Response(realm, { status: 401 }))
  const realms = async (...paths: string[]) => Promise.all(paths.map((path) => ask('GET', path)))
  const reading = ['/flags', '/metrics/snapshot', '/master/state', '/tasks', '/maintenance/status']
  expect(await realms(...reading)).toEqual(reading.map(() => [401, 'readonly']))
  const changing = ['/weights', '/quota', '/quota/web', '/maintenance/schedule', '/master/api/v1']
  expect(await realms(...changing)).toEqual(changing.map(() => [401, 'readwrite']))
  const open = (await realms('/health', '/version', '/redirect', '/nowhere')).map(([status]) => status)
  expect(open).toEqual([200, 200, 503, 404])
})

describe('quotas', () => {
  const request = { role: 'web', guarantee: [scalar('cpus', 1), scalar('mem', 512)], force: true }
  const status = {
    infos: [{ role: 'web', guarantee: request.guarantee }],
    configs: [
      {
        role: 'web',
        guarantees: { ...cpus(1), mem: { value: 512 } },
        limits: { ...cpus(1), mem: { value: 512 } },
      },
    ],
  }

  test('are set and removed in the old way, and the next leader knows them', async () => {
    expect(await ask('GET', '/quota')).toEqual([200, {}])
    expect(await ask('POST', '/master/quota', request)).toEqual([200, ''])
    for (const _ of ['this one', 'the next']) {
      expect(await ask('GET', '/master/quota')).toEqual([200, status])
      expect(await call('GET_QUOTA')).toEqual([200, { type: 'GET_QUOTA', get_quota: { status } }])
      await failOver()
    }
    expect(await ask('POST', '/quota', request)).toEqual([
      400,
      "Failed to validate set quota request: Cannot set quota for role 'web' which already has quota",
    ])
    expect(await ask('DELETE', '/master/quota/web')).toEqual([200, ''])
    expect(await ask('GET', '/quota')).toEqual([200, {}])
    await failOver()
    expect(await ask('GET', '/quota')).toEqual([200, {}])
    expect(await ask('DELETE', '/quota/web')).toEqual([
      400,
      "Failed to remove quota: Role 'web' has no quota set",
    ])
  })

  test('are set, changed and removed by the operator API', async () => {
    expect(await call('SET_QUOTA', { quota_request: request })).toEqual([200, ''])
    const configs = [
      { role: '*', limits: cpus(9) },
      { role: 'web', guarantees: cpus(2), limits: cpus(3) },
    ]
    expect(await call('UPDATE_QUOTA', { force: true, quota_configs: configs })).toEqual([200, ''])
    await failOver()
    const [, told] = await ask('GET', '/quota')
    expect(told).toEqual({
      infos: [{ role: 'web', guarantee: [scalar('cpus', 2)] }, { role: '*' }],
      configs: configs.toReversed(),
    })
    expect(await call('REMOVE_QUOTA', { role: 'web' })).toEqual([200, ''])
    expect(await call('REMOVE_QUOTA', { role: 'web' })).toEqual([400, expect.any(String)])
    expect(await ask('GET', '/quota')).toEqual([200, { infos: [{ role: '*' }], configs: [configs[0]] }])
  })

  test('that are set back to nothing are told as long as this master leads', async () => {
    await ask('POST', '/quota', request)
    expect(await call('UPDATE_QUOTA', { quota_configs: [{ role: 'web' }] })).toEqual([200, ''])
    expect(await ask('GET', '/quota')).toEqual([
      200,
      { infos: [{ role: 'web' }], configs: [{ role: 'web' }] },
    ])
    await failOver()
    expect(await ask('GET', '/quota')).toEqual([200, {}])
  })

  test('show in the roles, each with what counts against it', async () => {
    master.cluster.agents.set('S', {
      ...{ id: 'S', pid: '', version: '', registeredTime: 0, connected: true, deactivated: false },
      info: {
        ...{ hostname: 'h', ip: '10.0.0.1', port: 5051, attributes: [] },
        resources: [
          { name: 'cpus', role: '*', value: 4 },
          { name: 'cpus', role: 'web', value: 2 },
        ],
      },
    })
    const update = (role: string, guaranteed: number, limit: number, force = false) =>
      call('UPDATE_QUOTA', {
        force,
        quota_configs: [{ role, guarantees: cpus(guaranteed), limits: cpus(limit) }],
      })
    expect(await update('web', 1, 1)).toEqual([
      400,
      "Invalid QuotaConfig: Role 'web' is already consuming 'cpus:2'; this is more than the requested limits 'cpus:1' (use 'force' flag to bypass this check)",
    ])
    expect(await update('web', 2, 2)).toEqual([200, ''])
    expect(await update('db', 5, 5)).toEqual([
      400,
      "Invalid QuotaConfig: total quota guarantees 'cpus:7' exceed cluster capacity 'cpus:6' (use 'force' flag to bypass this check)",
    ])
    const old = { role: 'db', guarantee: [scalar('cpus', 5)] }
    expect(await ask('POST', '/quota', old)).toEqual([409, expect.any(String)])
    expect(await update('db', 5, 5, true)).toEqual([200, ''])
    const [, { roles }] = (await ask('GET', '/roles')) as [
      number,
      { roles: { name: string; quota: object }[] },
    ]
    expect(Object.fromEntries(roles.map(({ name, quota }) => [name, quota]))).toEqual({
      '*': { role: '*', guarantee: {}, limit: {}, consumed: {} },
      db: { role: 'db', guarantee: { cpus: 5 }, limit: { cpus: 5 }, consumed: {} },
      web: { role: 'web', guarantee: { cpus: 2 }, limit: { cpus: 2 }, consumed: { cpus: 2 } },
    })
  })

  test('that are invalid are refused as a whole, and change nothing', async () => {
    for (const wrong of [
      undefined,
      [],
      { guarantee: request.guarantee },
      { role: 'web' },
      { ...request, role: 'a b' },
      { ...request, role: 'a/b' },
      { ...request, force: 'yes' },
      { ...request, guarantee: [scalar('cpus', 1), scalar('cpus', 2)] },
      { ...request, guarantee: [scalar('', 1)] },
      { ...request, guarantee: [scalar('cpus', -1)] },
      { ...request, guarantee: [scalar('cpus', 1e13)] },
      { ...request, guarantee: [{ name: 'cpus', type: 'SCALAR' }] },
      { ...request, guarantee: [{ ...scalar('cpus', 1), role: 'web' }] },
      { ...request, guarantee: [{ ...scalar('cpus', 1), reservations: [{ role: 'web' }] }] },
      { ...request, guarantee: [{ ...scalar('disk', 1), disk: {} }] },
      { ...request, guarantee: [{ ...scalar('cpus', 1), revocable: {} }] },
      { ...request, guarantee: [{ name: 'ports', type: 'RANGES', ranges: { range: [] } }] },
    ]) {
      expect([wrong, ...(await ask('POST', '/quota', wrong))]).toEqual([wrong, 400, expect.any(String)])
      expect(await call('SET_QUOTA', { quota_request: wrong })).toEqual([400, expect.any(String)])
    }
    const right = { role: 'web', limits: cpus(1) }
    for (const wrong of [
      {},
      { role: '-a' },
      { role: 'a/b', limits: cpus(1) },
      { role: 'a', limits: { cpus: 1 } },
      { role: 'a', limits: cpus(-1) },
      { role: 'a', guarantees: cpus(2), limits: cpus(1) },
    ])
      expect([
        wrong,
        ...(await call('UPDATE_QUOTA', { force: true, quota_configs: [right, wrong] })),
      ]).toEqual([wrong, 400, expect.any(String)])
    for (const type of ['SET_QUOTA', 'UPDATE_QUOTA', 'REMOVE_QUOTA'])
      expect(await call(type)).toEqual([
        400,
        `Failed to validate master::Call: Expecting '${type.toLowerCase()}' to be present`,
      ])
    expect(await ask('DELETE', '/quota')).toEqual([400, expect.any(String)])
    expect(await ask('PUT', '/quota', request)).toEqual([405, expect.any(String)])
    expect(await ask('GET', '/quota')).toEqual([200, {}])
  })
})

describe('the schedule of maintenance', () => {
  const start = { nanoseconds: 1893456000000000000 }
  const windows = [
    { machine_ids: [{ hostname: 'a', ip: '10.0.0.1' }, { hostname: 'b' }], unavailability: { start } },
    { machine_ids: [{ ip: '10.0.0.3' }], unavailability: { start, duration: { nanoseconds: 3600e9 } } },
  ]

  test('is replaced as a whole, and the next leader knows it', async () => {
    expect(await ask('GET', '/maintenance/schedule')).toEqual([200, {}])
    expect(await ask('GET', '/maintenance/status')).toEqual([200, {}])
    expect(await ask('POST', '/master/maintenance/schedule', { windows })).toEqual([200, ''])
    for (const _ of ['this one', 'the next']) {
      expect(await ask('GET', '/master/maintenance/schedule')).toEqual([200, { windows }])
      expect(await ask('GET', '/maintenance/status')).toEqual([
        200,
        {
          draining_machines: [
            { id: { hostname: 'a', ip: '10.0.0.1' } },
            { id: { hostname: 'b' } },
            { id: { ip: '10.0.0.3' } },
          ],
        },
      ])
      await failOver()
    }
    const schedule = { windows: windows.slice(1) }
    expect(await call('UPDATE_MAINTENANCE_SCHEDULE', { schedule })).toEqual([200, ''])
    expect(await call('GET_MAINTENANCE_SCHEDULE')).toMatchObject([
      200,
      { get_maintenance_schedule: { schedule } },
    ])
    expect(await call('GET_MAINTENANCE_STATUS')).toMatchObject([
      200,
      { get_maintenance_status: { status: { draining_machines: [{ id: { ip: '10.0.0.3' } }] } } },
    ])
    expect(await ask('POST', '/maintenance/schedule', {})).toEqual([200, ''])
    expect(await ask('GET', '/maintenance/schedule')).toEqual([200, {}])
  })

  test('that is invalid is refused, and so is what takes machines down', async () => {
    const unavailability = { start }
    for (const wrong of [
      undefined,
      { windows: [{ machine_ids: [], unavailability }] },
      { windows: [{ machine_ids: [{}], unavailability }] },
      { windows: [{ machine_ids: [{ ip: 'a' }], unavailability }] },
      { windows: [{ machine_ids: [{ hostname: 'a' }] }] },
      {
        windows: [
          { machine_ids: [{ hostname: 'a' }], unavailability: { start, duration: { nanoseconds: -1 } } },
        ],
      },
      { windows: [{ machine_ids: [{ hostname: 'a' }, { hostname: 'A' }], unavailability }] },
    ])
      expect([wrong, ...(await ask('POST', '/maintenance/schedule', wrong))]).toEqual([
        wrong,
        400,
        expect.any(String),
      ])
    expect(await ask('GET', '/maintenance/schedule')).toEqual([200, {}])
    expect(await ask('POST', '/machine/down', [{ hostname: 'a' }])).toEqual([404, expect.any(String)])
    expect(await call('START_MAINTENANCE', { machines: [{ hostname: 'a' }] })).toEqual([
      400,
      expect.any(String),
    ])
  })
})
