import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { foldersAt } from '../../src/agent/local/folders.ts'
import { planEnsemble } from '../../src/agent/takeover/ensemble.ts'
import type { FoundProgram } from '../../src/agent/takeover/found.ts'
import { lookAtZooKeeper } from '../../src/agent/takeover/old-zookeeper.ts'
import { planTakeover } from '../../src/agent/takeover/plan.ts'
import { takePrograms } from '../../src/agent/takeover/take.ts'
import { systemClock, until } from '../../src/clock.ts'
import type { EnsembleServer } from '../../src/config/document/cluster.ts'
import { documentSchema } from '../../src/config/schema.ts'
import { openSession } from '../../src/config/zookeeper/session.ts'
import { silentLog } from '../../src/log.ts'
import { planServices } from '../../src/supervisor/plan.ts'
import { choosePrograms } from '../../src/supervisor/provider/choose.ts'
import { findPrograms } from '../../src/supervisor/provider/find.ts'
import { systemPrograms } from '../../src/supervisor/provider/system.ts'
import type { ServiceSpec } from '../../src/supervisor/service/spec.ts'
import { freePort } from '../zookeeper/server.ts'
import { openStage, type Stage } from './stage.ts'

setDefaultTimeout(120_000)

const ids = [1, 2, 3]
const addressOf = (id: number) => `127.0.0.${id}`
let stages: Stage[]

beforeEach(async () => {
  stages = await Promise.all(ids.map(openStage))
})
afterEach(() => Promise.all(stages.map((stage) => stage.clear())))

test('three servers of an ensemble that others have set up are taken over and started anew, one by one, and lose nothing', async () => {
  const [client, quorum, election] = [await freePort(), await freePort(), await freePort()]
  const list = ids.map((id) => `server.${id}=${addressOf(id)}:${quorum}:${election}`).join('\n')
  const url = ids.map((id) => ({ host: addressOf(id), port: client, addresses: [addressOf(id)] }))
  const session = openSession({ servers: url }, systemClock, silentLog)
  const olds = stages.map((stage, index) => {
    const id = ids[index] ?? 0
    const data = join(stage.dir, 'old')
    mkdirSync(data)
    writeFileSync(join(data, 'myid'), `${id}\n`)
    const file = join(stage.dir, 'old.cfg')
    writeFileSync(
      file,
      `tickTime=500\ninitLimit=20\nsyncLimit=10\ndataDir=${data}\nclientPort=${client}\nclientPortAddress=${addressOf(id)}\nadmin.enableServer=false\n${list}\n`,
    )
    const argv = [...(findPrograms().zookeeper ?? []), file]
    const child = Bun.spawn(argv, {
      detached: true,
      stdout: 'ignore',
      stderr: 'ignore',
      env: { STAGE: stage.dir, MESHBOX_START: 'by hand' },
    })
    const program: FoundProgram = { name: 'zookeeper', pid: child.pid, argv, flags: [], leads: true }
    return { stage, id, child, program, data }
  })
  try {
    await session.create('/kept', 'from before')
    const cluster = { id: crypto.randomUUID(), simulated: false, bornAt: '2026-01-01T00:00:00Z' }
    for (const { stage, id, child, program, data } of olds) {
      const ensemble = planEnsemble(program, await lookAtZooKeeper(program, systemClock), {
        ...{ url, own: [addressOf(id)], memMb: 1024, there: undefined, lacks: undefined },
      })
      if (ensemble.kind === 'left') throw new Error(ensemble.why)
      expect(ensemble).toMatchObject({
        own: { id, host: addressOf(id), clientPort: client },
        version: '0',
        dataDir: data,
      })
      const folders = foldersAt(join(stage.dir, 'box'))
      const plan = planTakeover([program], {
        ...{ node: `n${id}`, state: folders.state, zkUrl: 'zk://x/mesos', ensemble },
        read: String,
      })
      const { servers } = ensemble
      const joined = {
        zkUrl: plan.zkUrl,
        name: `n${id}`,
        simulated: false,
        mode: 'joined' as const,
        seed: '',
      }
      await takePrograms(plan, { folders, joined, cluster: { ...cluster, servers } })

      child.kill('SIGTERM')
      await child.exited
      await stage.apply(specOf(id, folders.state, servers, stage))
      await stage.waitFor('zookeeper', ({ state }) => state === 'ready')
      await session.create(`/by-${id}`, 'while they were mixed')
      expect((await session.read('/kept'))?.data.toString()).toBe('from before')
      expect(readFileSync(join(folders.state, 'zookeeper/data/version-2/currentEpoch'), 'utf8')).not.toBe(
        '-1',
      )
    }
    // Two of them are a quorum, and have all of it.
    await stages[2]?.supervisor.stopAll('stop')
    const kept = await until(systemClock, { everyMs: 200, timeoutMs: 30_000 }, () =>
      session.children('/').catch(() => undefined),
    )
    expect(kept?.toSorted()).toEqual(['by-1', 'by-2', 'by-3', 'kept', 'zookeeper'])
  } finally {
    await session.close()
    for (const { child } of olds) child.kill('SIGKILL')
  }
})

function specOf(id: number, dataDir: string, servers: EnsembleServer[], stage: Stage): ServiceSpec {
  const { services } = planServices({
    config: documentSchema.parse({ zookeeper: { tickTime: 500, initLimit: 20, syncLimit: 10, heap: 128 } }),
    machine: {
      ...{ name: `n${id}`, hostname: `n${id}`, ip: addressOf(id), dataDir, logDir: join(stage.dir, 'log') },
      ...{ root: false, systemd: false, cpus: 1, memMb: 1024 },
    },
    zk: { servers: servers.map(({ host, clientPort: port }) => ({ host, port })), path: '/mesos' },
    birth: { serverId: id, clientPort: servers[0]?.clientPort ?? 0, founder: false, servers },
    programs: choosePrograms(systemPrograms(findPrograms()), { simulated: true, self: ['meshbox'] }),
    mode: 'joined',
    roles: { controller: false, worker: false },
  })
  const [zookeeper] = services
  if (!zookeeper) throw new Error('ZooKeeper is not installed')
  return { ...zookeeper, env: { ...zookeeper.env, STAGE: stage.dir } }
}
