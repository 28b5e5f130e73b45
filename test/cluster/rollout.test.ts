import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import type { Finding } from '../../src/agent/doctor/finding.ts'
import type { ClusterStatus } from '../../src/agent/status.ts'
import { systemClock } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'
import { end, follow, one, pidsOf, rolloutOf, run, seen, spoken, watched } from './rollouts.ts'

setDefaultTimeout(300_000)

const config = `${import.meta.dir}/rollout.yaml`
const root = process.getuid?.() === 0
/** Longer than a session lasts there. */
const asleepMs = 5500
let cluster: TestCluster
let controllers: Machine[]
let workers: Machine[]

const join = (machine: Machine) => {
  const url = `zk://${controllers.map(({ address }) => address).join(',')}/mesos`
  return machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config)
}

beforeAll(async () => {
  if (!root) return
  cluster = await makeCluster(5)
  controllers = cluster.machines.slice(0, 3)
  workers = cluster.machines.slice(3)
  for (const result of await Promise.all(cluster.machines.map(join)))
    expect(result).toMatchObject({ code: 0 })
})
afterAll(() => cluster?.remove())

needsRoot(
  'tickTime and a flag of the masters change on each machine, and cost one election each',
  async () => {
    const worker = one(workers, 'm4')
    const before = await Promise.all(cluster.machines.map(pidsOf))
    const noticed = await watched(controllers, worker, async () => {
      await run(worker, 'config', 'set', 'zookeeper.tickTime=600')
      const report = await end(worker)
      expect(report.rollout).toMatchObject({ state: 'done' })
      expect(spoken(report).toSorted()).toEqual(['m1 done', 'm2 done', 'm3 done'])
    })
    const between = await Promise.all(cluster.machines.map(pidsOf))
    for (const at of controllers.keys()) {
      expect(between[at]?.zookeeper).not.toBe(before[at]?.zookeeper)
      expect({ ...between[at], zookeeper: 0 }).toEqual({ ...before[at], zookeeper: 0 })
    }
    expect(between.slice(3)).toEqual(before.slice(3))
    // No majority for as long as its leader is elected anew, and a client that looks for another server.
    expect(noticed.mostAway).toBe(1)
    expect(noticed.unwrittenMs).toBeLessThan(8000)
    expect(noticed.leaderlessMs).toBeLessThan(8000)

    let last = ''
    const masters = await watched(controllers, worker, async () => {
      await run(worker, 'config', 'set', 'mesos.master.allocation_interval=2secs')
      const report = await end(worker)
      expect(spoken(report).toSorted()).toEqual(['m1 done', 'm2 done', 'm3 done'])
      last = report.rollout?.past.at(-1)?.name ?? ''
    })
    const after = await Promise.all(cluster.machines.map(pidsOf))
    for (const at of controllers.keys()) {
      expect(after[at]?.['mesos-master']).not.toBe(between[at]?.['mesos-master'])
      expect(after[at]?.zookeeper).toBe(between[at]?.zookeeper)
    }
    // The one that led was the last, so there was one election. A killed master leads until its session is over.
    expect(masters.leaders).toHaveLength(2)
    expect(masters.leaders[0]).toBe(one(controllers, last).address)
    expect(masters.leaderlessMs).toBeLessThan(4000 + 8000)
    for (const machine of cluster.machines)
      expect((await machine.meshbox('plan')).out).toContain('nothing to do')
  },
)

needsRoot(
  'a flag that the program refuses halts at the canary, which is as before; a rollback changes nobody else',
  async () => {
    const worker = one(workers, 'm5')
    const before = await Promise.all(cluster.machines.map(pidsOf))
    await run(worker, 'config', 'set', 'mesos.master.extraFlags={"no_such_flag":"x"}')
    const halted = await end(worker)
    const canary = halted.rollout?.past[0]?.name ?? ''
    expect(halted.rollout).toMatchObject({ state: 'halted', past: [{ kind: 'failed' }] })
    expect(halted.rollout?.why).toContain(`${canary} failed: mesos-master does not run`)
    expect(halted.rollout?.why).toContain('it is as before')
    for (const [at, machine] of cluster.machines.entries()) {
      const now = await machine.waitFor('readiness', ({ ready }) => ready)
      expect(JSON.stringify(now.problems)).toContain('has halted')
      expect(JSON.stringify(now.problems)).toContain('meshbox config rollback')
      if (machine.name !== canary) expect(await pidsOf(machine)).toEqual(before[at] ?? {})
    }
    const master = (await one(controllers, canary).run('ps', '-eo', 'args')).out
    expect(master).not.toContain('no_such_flag')
    const findings: Finding[] = JSON.parse((await worker.meshbox('doctor', '--json')).out)
    expect(findings.map(({ message }) => message).join()).toMatch(
      /`meshbox rollout resume --data-dir \S+` tries again/,
    )

    const settled = await Promise.all(cluster.machines.map(pidsOf))
    const { version = 0 } = (await worker.status())?.cluster.document ?? {}
    await run(worker, 'config', 'rollback', `${version - 1}`)
    expect((await end(worker)).rollout).toMatchObject({ state: 'done', past: [] })
    expect(await Promise.all(cluster.machines.map(pidsOf))).toEqual(settled)
  },
)

needsRoot(
  'a rollout is paused and aborted from any machine, and goes back over those alone that it had changed',
  async () => {
    const [m1, m4, m5] = ['m1', 'm4', 'm5'].map((name) => one(cluster.machines, name)) as [
      Machine,
      Machine,
      Machine,
    ]
    const followed = follow(m5)
    await run(m4, 'config', 'set', 'marathon.task_launch_timeout=400000')
    const begun = () => (followed.now().permit?.begun.length ? followed.holder() : undefined)
    const first = await seen('the first to begin', async () => begun(), 20)
    await run(m5, 'rollout', 'pause')
    const paused = await seen('its word', async () => {
      const { paused, permit, past } = followed.now()
      return paused && !permit ? past : undefined
    })
    followed.stop()
    expect(paused.map(({ name }) => name)).toEqual([first])
    const { version = 0 } = (await m4.status())?.cluster.document ?? {}
    expect((await rolloutOf(m4)).coming).toHaveLength(2)
    await run(m4, 'rollout', 'abort')
    await run(m4, 'rollout', 'resume')
    await run(m4, 'rollout', 'abort')
    expect((await m4.meshbox('rollout', 'status', '--wait')).code).toBe(1)
    // Between the two words one more may have begun, and an open permit is answered whatever becomes of the rollout.
    const changed = await seen('the last word', async () => {
      const aborted = await rolloutOf(m4)
      return aborted.rollout && !aborted.rollout.permit ? spoken(aborted) : undefined
    })
    expect(changed).toContain(`${first} done`)
    expect(changed.length).toBeLessThan(3)
    const waiting = controllers.find(({ name }) => !changed.includes(`${name} done`))
    await waiting?.waitFor('the word of it', ({ problems }) =>
      JSON.stringify(problems).includes('was aborted'),
    )
    await run(m1, 'config', 'rollback', `${version - 1}`)
    const back = await end(m1)
    expect(spoken(back).sort()).toEqual(changed.filter((word) => word.endsWith(' done')).sort())
  },
)

needsRoot(
  'workers change in batches after a canary; who is off is left out by an operator’s word, and catches up',
  async () => {
    const [m1, m4, m5] = ['m1', 'm4', 'm5'].map((name) => one(cluster.machines, name)) as [
      Machine,
      Machine,
      Machine,
    ]
    const before = await pidsOf(m5)
    const pid = (await m4.status())?.machines[0]?.pid ?? 0
    const followed = follow(m1)
    await m5.killAgent()
    await run(m1, 'config', 'set', 'mesos.agent.executor_registration_timeout=2mins')
    // The canary is a machine that only works. It dies with its permit, which stays its own.
    await seen('the canary', async () => followed.holder() === 'm4' || undefined, 20)
    process.kill(pid, 'SIGKILL')
    followed.stop()
    // For a while nobody can know that it is off.
    const refusals: string[] = []
    await seen('that it is off', async () => {
      const { code, err } = await m1.meshbox('rollout', 'resume', '--without', 'm4')
      if (code !== 0) refusals.push(err)
      return code === 0 || undefined
    })
    expect(refusals[0]).toContain('cannot go on without m4: it is in touch with ZooKeeper')
    const report = await end(m1)
    const steps = Map.groupBy(report.rollout?.past ?? [], ({ step }) => step)
    const order = [...steps.values()].map((words) =>
      words.map(({ name, kind }) => `${name} ${kind}`).toSorted(),
    )
    expect(order).toEqual([['m4 skipped'], ['m1 done'], ['m2 done', 'm3 done']])
    for (const machine of [m4, m5]) expect(await join(machine)).toMatchObject({ code: 0 })
    await seen('m5 under its permit', async () => {
      const { rollout } = await rolloutOf(m1)
      return rollout?.state === 'done' &&
        rollout.past.some(({ name, kind }) => name === 'm5' && kind === 'done')
        ? rollout
        : undefined
    })
    expect((await pidsOf(m5))['mesos-agent']).not.toBe(before['mesos-agent'])
    expect((await m4.meshbox('plan')).out).toContain('nothing to do')
  },
)

needsRoot(
  'a machine that falls silent with its permit halts the rollout, and all say so; it does its step late, and beside nobody',
  async () => {
    const m1 = one(controllers, 'm1')
    const before = await Promise.all(cluster.machines.map(pidsOf))
    const followed = follow(m1)
    await run(
      m1,
      'config',
      'set',
      'rollout.stepTimeout=12',
      'mesos.agent.executor_registration_timeout=4mins',
    )
    const begun = () => {
      const { permit } = followed.now()
      return permit && permit.begun.length > 0 ? permit.machines[0]?.name : undefined
    }
    const name = await seen('the canary to begin', async () => begun(), 10)
    followed.stop()
    const canary = one(workers, name)
    canary.pause()
    const halted = await end(m1)
    expect(halted.rollout).toMatchObject({ state: 'halted', permit: { machines: [{ name }] }, past: [] })
    expect(halted.rollout?.why).toContain(`${name} has not said within 24 s that it is done`)
    const rest = [...cluster.machines.entries()].filter(([, machine]) => machine !== canary)
    const untouched = async () => {
      for (const [at, machine] of rest) expect(await pidsOf(machine)).toEqual(before[at] ?? {})
    }
    for (const [, machine] of rest) {
      const { problems } = await machine.waitFor('the word of it', (now) => now.problems.length > 0)
      expect(JSON.stringify(problems)).toContain(`${name} has not said`)
    }
    await untouched()
    canary.resume()
    const late = await seen('its late word', async () => {
      const now = await rolloutOf(m1)
      return now.rollout?.permit ? undefined : now
    })
    expect(late.rollout?.state).toBe('halted')
    expect(spoken(late)).toEqual([`${name} done`])
    await untouched()
    await run(m1, 'rollout', 'resume')
    expect((await end(m1)).rollout).toMatchObject({ state: 'done' })
    await run(m1, 'config', 'set', 'rollout.stepTimeout=60')
  },
)

needsRoot(
  'a machine that sleeps through its session, at any point of its step, goes on with it; nobody changes beside it',
  async () => {
    const observer = one(workers, 'm4')
    const pids = new Map<string, number>()
    for (const machine of controllers) pids.set(machine.name, (await machine.status())?.machines[0]?.pid ?? 0)
    const followed = follow(observer)

    /** Stops this machine's agent, or the whole of it, for longer than its session lasts; its permit stays. */
    async function sleeps(name: string, whole: boolean): Promise<void> {
      const [machine, pid] = [one(controllers, name), pids.get(name) ?? 0]
      if (whole) machine.pause()
      else process.kill(pid, 'SIGSTOP')
      await systemClock.sleep(asleepMs)
      await seen('the end of its session', async () => {
        const { others }: ClusterStatus = JSON.parse((await observer.meshbox('status', '--json')).out)
        return others.find((other) => other.name === name)?.said ? undefined : true
      })
      expect({ asleep: name, holder: followed.holder() }).toEqual({ asleep: name, holder: name })
      if (whole) machine.resume()
      else process.kill(pid, 'SIGCONT')
    }

    const isBack = async (name: string) => {
      const services = (await one(controllers, name).status())?.machines[0]?.services ?? []
      return services.find((service) => service.name === 'zookeeper')?.pid !== programs.get(name)
    }
    const programs = new Map<string, number | undefined>()
    for (const machine of controllers) programs.set(machine.name, (await pidsOf(machine)).zookeeper)
    const hasBegun = () => (followed.now().permit?.begun.length ?? 0) > 0
    const points: { whole?: boolean; come: (name: string) => Promise<boolean> }[] = [
      { come: async () => true },
      { whole: true, come: async () => hasBegun() },
      { come: isBack },
    ]
    await run(observer, 'config', 'set', 'zookeeper.tickTime=700')
    let last = ''
    for (const { whole = false, come } of points) {
      const name = await seen(
        'a permit',
        async () => {
          const holder = followed.holder()
          return holder === last ? undefined : holder
        },
        10,
      )
      await seen('the point', async () => (await come(name)) || undefined, 10)
      await sleeps(name, whole)
      last = name
    }
    const report = await end(observer)
    followed.stop()
    expect(spoken(report).toSorted()).toEqual(['m1 done', 'm2 done', 'm3 done'])
    // Each step had one machine, and was over before the next one began.
    const permits = followed.states.flatMap(({ permit, past = [] }) =>
      permit ? [{ step: permit.step, machines: permit.machines.length, before: past.length }] : [],
    )
    const first = permits[0]?.step ?? 0
    for (const { step, machines, before } of permits)
      expect({ step, machines, before }).toEqual({ step, machines: 1, before: step - first })
    for (const machine of cluster.machines) {
      await machine.waitFor('readiness', ({ ready }) => ready)
      expect((await machine.meshbox('plan')).out).toContain('nothing to do')
    }
  },
)
