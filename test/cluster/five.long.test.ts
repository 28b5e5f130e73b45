import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import type { RolloutStatus } from '../../src/agent/rollout/status.ts'
import { systemClock, until } from '../../src/clock.ts'
import { needsRoot } from '../root.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'
import { runAsFound } from './found.ts'
import { keepWriting, lostOf, mark, marker, quorums, voters, written } from './registry.ts'
import { end, follow, one, pidsOf, run, seen, spoken, watched } from './rollouts.ts'

setDefaultTimeout(400_000)

const config = `${import.meta.dir}/rollout.yaml`
/** Longer than a session lasts there. */
const awayMs = 5500
const all = ['m1', 'm2', 'm3', 'm4', 'm5']
let cluster: TestCluster
let machines: [Machine, Machine, Machine, Machine, Machine]

const join = (machine: Machine) => {
  const url = `zk://${machines
    .slice(0, 3)
    .map(({ address }) => address)
    .join(',')}/mesos`
  return machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config)
}

const others = (machine: Machine) => machines.filter((each) => each !== machine)

/** What may happen to a machine in the middle of its step; it is over when the machine is back. */
const faults: ((machine: Machine, meanwhile: () => Promise<void>) => Promise<void>)[] = [
  async function asleep(machine, meanwhile) {
    machine.pause()
    await meanwhile()
    machine.resume()
  },
  async function withoutPower(machine, meanwhile) {
    await machine.powerOff()
    await meanwhile()
    expect(await join(machine)).toMatchObject({ code: 0 })
  },
  async function cutOff(machine, meanwhile) {
    for (const other of others(machine)) cluster.partition(machine, other)
    await meanwhile()
    for (const other of others(machine)) cluster.heal(machine, other)
  },
]

const enough = faults.length + 1

const permitOf = ({ permit }: Partial<RolloutStatus>) => permit && { step: permit.step, of: permit.machines }

/** Strikes whoever has a permit, until nobody has one any more. */
async function strike(followed: ReturnType<typeof follow>, isOver: () => boolean): Promise<string[]> {
  const struck: string[] = []
  let last = 0
  while (!isOver()) {
    const { permit } = followed.now()
    const [holder] = permit?.machines ?? []
    // Somebody has to watch.
    if (!permit || !holder || permit.step === last || holder.name === 'm2') {
      await systemClock.sleep(10)
      continue
    }
    last = permit.step
    const fault = faults[struck.length % faults.length]
    await fault?.(one(machines, holder.name), async () => {
      await systemClock.sleep(300)
      const before = permitOf(followed.now())
      // It was done already.
      if (before?.step !== last) return
      struck.push(`${fault.name} ${holder.name} at ${permit.task}`)
      await systemClock.sleep(awayMs)
      expect(permitOf(followed.now())).toEqual(before)
    })
  }
  return struck
}

/** Whoever is in the middle of such a step stands still there. */
function struckAt(task: string, followed: ReturnType<typeof follow>): Promise<Machine> {
  const strikes = async () => {
    const { permit } = followed.now()
    const holder = permit?.task === task ? permit.machines[0]?.name : undefined
    // Somebody has to watch.
    if (!permit || holder === undefined || holder === 'm2') return undefined
    const machine = one(machines, holder)
    machine.pause()
    await systemClock.sleep(300)
    if (permitOf(followed.now())?.step === permit.step) return machine
    machine.resume()
    return undefined
  }
  return seen(`a machine in a step of ${task}`, strikes, 10)
}

/** Each step had one machine, and was over before the next one began. */
function expectOneAtATime(states: Partial<RolloutStatus>[], id: string | undefined): void {
  const permits = states.flatMap(({ change, permit, past = [] }) =>
    permit && change?.kind === 'controllers' && change.id === id
      ? [{ step: permit.step, machines: permit.machines.length, before: past.length }]
      : [],
  )
  const first = permits[0]?.step ?? 0
  expect(permits.length).toBeGreaterThan(0)
  for (const { step, machines, before } of permits)
    expect({ step, machines, before }).toEqual({ step, machines: 1, before: step - first })
}

/** To its end; one that halts, for a machine was missed, is resumed. */
async function changed(by: Machine, ...words: string[]): Promise<void> {
  let ended = await by.meshbox('controllers', ...words, '--yes')
  for (let halts = 0; ended.err.includes('cannot go on') && halts < 5; halts++) {
    await run(by, 'rollout', 'resume')
    await seen('its end', async () => {
      const { out } = await by.meshbox('controllers', 'list', '--json')
      const state = out === '' ? '' : JSON.parse(out).change?.state
      ended = {
        ...ended,
        code: state === 'done' ? 0 : 1,
        err: state === 'halted' ? 'cannot go on' : ended.err,
      }
      return state === 'done' || state === 'halted' || undefined
    })
  }
  expect(ended).toMatchObject({ code: 0 })
}

beforeAll(async () => {
  if (process.getuid?.() !== 0) return
  cluster = await makeCluster(5)
  machines = cluster.machines as typeof machines
  for (const result of await Promise.all(machines.map(join))) expect(result).toMatchObject({ code: 0 })
})
afterAll(() => cluster?.remove())

needsRoot(
  '3 → 5 controllers of an ensemble that was adopted and forbids it, and whoever is at its step falls asleep, loses its power or its cable: nobody acts beside it, nothing is lost',
  async () => {
    const [m1, m2, m3] = machines
    await mark(m1)
    await runAsFound([m1, m2, m3])
    for (const machine of [m1, m2, m3]) expect(await join(machine)).toMatchObject({ code: 0 })
    const marked = [process.execPath, `${import.meta.dir}/mark-adopted.ts`, m1.address]
    expect(await m1.run(...marked)).toMatchObject({ code: 0 })
    const found = await Promise.all([m1, m2, m3].map(pidsOf))
    const planned = await m2.meshbox('controllers', 'add', 'm4', 'm5')
    expect(planned.err).toContain('1. m1 starts its ZooKeeper anew, by a list that can be changed')
    const followed = follow(m2)
    const writer = keepWriting(m3)
    let over = false
    const grown = changed(m2, 'add', 'm4', 'm5').finally(() => {
      over = true
    })
    const struck = await strike(followed, () => over)
    await grown
    const acknowledged = await writer.stop()
    expect(struck.length).toBeGreaterThanOrEqual(enough)
    followed.stop()
    const change = followed.states.findLast(({ change }) => change?.kind === 'controllers')?.change
    expectOneAtATime(followed.states, change?.kind === 'controllers' ? change.id : undefined)
    for (const machine of machines) await machine.waitFor('readiness', ({ ready }) => ready)
    expect(await voters(m2)).toEqual(all)
    expect(await quorums(machines)).toEqual(['3', '3', '3', '3', '3'])
    for (const [at, machine] of [m1, m2, m3].entries())
      expect((await pidsOf(machine)).zookeeper).not.toBe(found[at]?.zookeeper)
    expect(await written(m2)).toEqual(marker)
    expect(await lostOf(acknowledged, m2)).toEqual([])
  },
)

needsRoot(
  'with five controllers tickTime and a flag of the masters cost one election each, and a flag that is refused one canary',
  async () => {
    const [, , , , m5] = machines
    const ticks = await watched(machines, m5, async () => {
      await run(m5, 'config', 'set', 'zookeeper.tickTime=600')
      const report = await end(m5)
      expect(report.rollout).toMatchObject({ state: 'done' })
      expect(spoken(report).toSorted()).toEqual(all.map((name) => `${name} done`))
    })
    // No majority for as long as its leader is elected anew, and a client that looks for another server.
    expect(ticks.mostAway).toBe(1)
    expect(ticks.unwrittenMs).toBeLessThan(8000)
    expect(ticks.leaderlessMs).toBeLessThan(8000)
    let last = ''
    const masters = await watched(machines, m5, async () => {
      await run(m5, 'config', 'set', 'mesos.master.allocation_interval=2secs')
      const report = await end(m5)
      expect(spoken(report).toSorted()).toEqual(all.map((name) => `${name} done`))
      last = report.rollout?.past.at(-1)?.name ?? ''
    })
    expect(masters.leaders).toHaveLength(2)
    expect(masters.leaders[0]).toBe(one(machines, last).address)
    expect(masters.leaderlessMs).toBeLessThan(4000 + 8000)

    const before = await Promise.all(machines.map(pidsOf))
    await run(m5, 'config', 'set', 'mesos.master.extraFlags={"no_such_flag":"x"}')
    const halted = await end(m5)
    const canary = halted.rollout?.past[0]?.name ?? ''
    expect(halted.rollout).toMatchObject({ state: 'halted', past: [{ kind: 'failed' }] })
    expect(halted.rollout?.why).toContain(`${canary} failed: mesos-master does not run`)
    expect(halted.rollout?.why).toContain('it is as before')
    for (const [at, machine] of machines.entries()) {
      await machine.waitFor('readiness', ({ ready }) => ready)
      if (machine.name !== canary) expect(await pidsOf(machine)).toEqual(before[at] ?? {})
    }
    const { version = 0 } = (await m5.status())?.cluster.document ?? {}
    await run(m5, 'config', 'rollback', `${version - 1}`)
    expect((await end(m5)).rollout).toMatchObject({ state: 'done', past: [] })
    expect(await written(m5)).toEqual(marker)
  },
)

needsRoot(
  'a change whose machine died in its step is taken back by controllers undo, once it is known to be dead, and by the same rules',
  async () => {
    const [, m2, m3] = machines
    const followed = follow(m2)
    const removal = m2.meshbox('controllers', 'remove', 'm4', 'm5', '--yes')
    const dead = await struckAt('stop', followed)
    followed.stop()
    await dead.powerOff()
    let refused = ''
    const undone = seen('that it is off', async () => {
      const { code, err } = await m3.meshbox('controllers', 'undo', '--yes', '--no-wait')
      if (code !== 0) refused = err
      return code === 0 || undefined
    })
    expect(await undone).toBe(true)
    expect(refused).toContain(`${dead.name} is in the middle of a step`)
    expect(await join(dead)).toMatchObject({ code: 0 })
    expect(await removal).toMatchObject({
      code: 1,
      err: expect.stringContaining('taken back by an operator'),
    })
    for (const machine of machines) await machine.waitFor('readiness', ({ ready }) => ready)
    expect(await voters(m2)).toEqual(all)
    expect(await quorums(machines)).toEqual(['3', '3', '3', '3', '3'])
    expect(await written(m2)).toEqual(marker)
  },
)

needsRoot(
  'a machine that loses its disk in the middle of its step halts the change; taken back, it is a controller as before, with nothing lost',
  async () => {
    const [, m2, m3] = machines
    const followed = follow(m2)
    const removal = m2.meshbox('controllers', 'remove', 'm4', 'm5', '--yes')
    const struck = await struckAt('stop', followed)
    followed.stop()
    await struck.powerOff()
    struck.loseDisk()
    expect(await join(struck)).toMatchObject({ code: 0 })
    const halted = await removal
    expect(halted).toMatchObject({ code: 1 })
    expect(halted.err).toContain(`${struck.name} failed: its disk was lost in the middle of its step`)
    const writer = keepWriting(m3)
    expect(await m3.meshbox('controllers', 'undo', '--yes')).toMatchObject({ code: 0 })
    const acknowledged = await writer.stop()
    for (const machine of machines) await machine.waitFor('readiness', ({ ready }) => ready)
    expect(await voters(m2)).toEqual(all)
    expect(await quorums(machines)).toEqual(['3', '3', '3', '3', '3'])
    expect(await written(struck)).toEqual(marker)
    expect(await lostOf(acknowledged, struck)).toEqual([])
  },
)

needsRoot(
  'when three of five disks are lost the one that wrote most becomes the ensemble, and what it had acknowledged is there',
  async () => {
    const [m1, m2, m3, m4, m5] = machines
    const early = await m2.meshbox('controllers', 'recover', '--from', 'm2', '--yes')
    expect(early).toMatchObject({
      code: 1,
      err: expect.stringContaining('ZooKeeper serves: nothing is lost'),
    })
    const names = await m2.dig('slave.mesos', 'A')
    for (const machine of [m3, m4, m5]) await run(machine, 'service', 'stop', 'zookeeper')
    await seen('that nothing is lost', async () => {
      const { err } = await m2.meshbox('controllers', 'recover', '--from', 'm2', '--yes')
      return err.includes('are a majority, and hold data') || undefined
    })
    expect(await m2.dig('slave.mesos', 'A')).toEqual(names)
    for (const machine of [m3, m4, m5]) await run(machine, 'service', 'start', 'zookeeper')
    for (const machine of machines) await machine.waitFor('readiness', ({ ready }) => ready)
    await m1.powerOff()
    await run(m2, 'config', 'set', 'dns.ttl=78')
    for (const machine of [m3, m4, m5]) await machine.powerOff()
    for (const machine of [m3, m4, m5]) machine.loseDisk()
    // With what it had before the last writes, and with nobody to ask.
    const back = join(m1)
    await m1.waitFor('the word of what to do', ({ problems }) =>
      problems.some(({ why, command }) => `${why} ${command}`.includes('meshbox controllers recover')),
    )
    expect(await m2.dig('slave.mesos', 'A')).toEqual(names)
    expect(await m1.dig('slave.mesos', 'A')).toEqual(names)
    const disks = JSON.parse((await m1.meshbox('controllers', 'recover', '--json')).out).disks
    const zxid = (name: string) =>
      BigInt(`0x${disks.find((disk: { name: string }) => disk.name === name).disk.zxid}`)
    expect(zxid('m2')).toBeGreaterThan(zxid('m1'))
    const asked = await m1.meshbox('controllers', 'recover', '--from', 'm1')
    expect(asked.code).not.toBe(0)
    expect(asked.err).toContain('m2 has written more than m1: that is lost.')
    const recovered = await m2.meshbox('controllers', 'recover', '--from', 'm2', '--yes')
    expect(recovered).toMatchObject({ code: 0 })
    for (const copy of ['m1:', 'm2:']) expect(recovered.out).toContain(`kept as it was: ${copy}`)
    await back
    for (const machine of [m3, m4, m5])
      expect(await machine.meshbox('join', m2.address, '--simulated', '--name', machine.name)).toMatchObject({
        code: 0,
      })
    for (const machine of machines) {
      await machine.waitFor('readiness', ({ ready }) => ready)
      expect((await machine.meshbox('config', 'get', 'dns.ttl')).out.trim()).toBe('78')
    }
    expect(await voters(m1)).toEqual(['m2'])
    const kept = await until(systemClock, { everyMs: 500, timeoutMs: 60_000 }, async () => {
      const found = await written(m2).catch(() => undefined)
      return Bun.deepEquals(found, marker) || undefined
    })
    expect(kept).toBe(true)
  },
)

needsRoot(
  'a majority that was off during a recovery comes back with its disks, and makes no second ensemble of them',
  async () => {
    const [m1, m2, m3, m4] = machines
    await changed(m2, 'add', 'm1', 'm3')
    for (const machine of [m1, m3]) await machine.powerOff()
    await m2.waitFor('the word of what to do', ({ problems }) =>
      problems.some(({ why, command }) => `${why} ${command}`.includes('meshbox controllers recover')),
    )
    const recovered = await m2.meshbox('controllers', 'recover', '--from', 'm2', '--yes')
    expect(recovered).toMatchObject({ code: 0 })
    for (const name of ['m1', 'm3']) expect(recovered.out).toContain(`not reached: ${name}; `)
    await run(m2, 'config', 'set', 'dns.ttl=79')
    const url = `zk://${[m1, m2, m3].map(({ address }) => address).join(',')}/mesos`
    const back = [m1, m3].map((machine) =>
      machine.meshbox('join', url, '--simulated', '--name', machine.name),
    )
    for (const { code } of await Promise.all(back)) expect(code).toBe(0)
    for (const machine of [m1, m3]) {
      const { machines: shown } = await machine.waitFor(
        'being a worker',
        ({ ready, machines: [own] }) => ready && own?.roles.length === 1,
      )
      expect(shown[0]?.services.map(({ name }) => name)).toEqual(['mesos-agent'])
    }
    for (const machine of [m1, m2, m3, m4]) {
      await machine.waitFor('readiness', ({ ready }) => ready)
      expect((await machine.meshbox('config', 'get', 'dns.ttl')).out.trim()).toBe('79')
    }
    expect(await voters(m1)).toEqual(['m2'])
  },
)
