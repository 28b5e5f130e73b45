import { afterAll, beforeAll, describe, expect, setDefaultTimeout } from 'bun:test'
import { readFileSync } from 'node:fs'
import { systemClock, until } from '../../src/clock.ts'
import { documented, patternOf } from '../documented.ts'
import { needsRoot } from '../root.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'
import { keepWriting, lostOf, mark, marker, quorums, voters, written } from './registry.ts'

setDefaultTimeout(300_000)

const config = `${import.meta.dir}/cluster.yaml`
let cluster: TestCluster
let machines: Machine[]

const at = (index: number): Machine => {
  const machine = machines[index]
  if (!machine) throw new Error(`there is no machine ${index + 1}`)
  return machine
}

const urlOf = (...of: Machine[]) => `zk://${of.map(({ address }) => `${address}:2181`).join(',')}/mesos`

const join = (machine: Machine, url: string) =>
  machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config)

/** How often its mesos-master has been started. */
async function starts(machine: Machine): Promise<number> {
  const { out } = await machine.run('cat', `${machine.dataDir}/log/mesos-master.log`)
  return [...out.matchAll(/ started on /g)].length
}

/** Waits until the change has come to a step of that kind. */
async function stepOf(machine: Machine, task: string): Promise<void> {
  const reached = await until(systemClock, { everyMs: 100, timeoutMs: 120_000 }, async () => {
    const { out } = await machine.meshbox('controllers', 'list', '--json')
    return (out !== '' && JSON.parse(out).change?.now?.task === task) || undefined
  })
  expect(reached).toBe(true)
}

/** Workers follow a new list of controllers by a rollout, which has to be over before the next change. */
async function rolled(machine: Machine): Promise<void> {
  const { code, err } = await machine.meshbox('rollout', 'status', '--wait')
  expect({ code, err }).toMatchObject({ code: 0 })
}

const line = 'sleep 98765'

/** What it runs of the application, by pids. */
const tasksOf = (machine: Machine) =>
  machine.pids().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() === line
    } catch {
      return false
    }
  })

/** Starts an application by the Marathon of that machine, and waits until these run it and its name is known. */
async function app({ address, run, dig }: Machine, on: Machine[]): Promise<void> {
  const web = {
    id: '/web',
    cmd: `exec ${line}`,
    cpus: 0.1,
    mem: 16,
    instances: 5,
    constraints: [['hostname', 'UNIQUE']],
  }
  const runs = await until(systemClock, { everyMs: 500, timeoutMs: 90_000 }, async () => {
    const post = ['-sSL', '-H', 'content-type: application/json', '-d', JSON.stringify(web)]
    await run('curl', ...post, `http://${address}:8080/v2/apps`)
    const known = (await dig('web.marathon.mesos', 'A')).length
    return (known === 5 && on.every((machine) => tasksOf(machine).length === 1)) || undefined
  })
  expect(runs).toBe(true)
}

/** What each command line of meshbox has said, errors included. */
const said = new Map<string, string[]>()

function recorded(machine: Machine): Machine {
  return {
    ...machine,
    async meshbox(...argv) {
      const ended = await machine.meshbox(...argv)
      const command = ['meshbox', ...argv].join(' ')
      said.set(command, [
        ...(said.get(command) ?? []),
        (ended.err + ended.out).replaceAll(` --data-dir ${machine.dataDir}`, ''),
      ])
      return ended
    },
  }
}

beforeAll(async () => {
  if (process.getuid?.() !== 0) return
  cluster = await makeCluster(5)
  machines = cluster.machines.map(recorded)
  const url = urlOf(at(0))
  for (const result of await Promise.all(machines.map((machine) => join(machine, url))))
    expect(result).toMatchObject({ code: 0 })
})
afterAll(() => cluster?.remove())

describe('controllers of a running cluster', () => {
  needsRoot('1 → 3 while writes go on: nothing is lost, and any one may fail', async () => {
    const [a, b, c, , e] = machines as [Machine, Machine, Machine, Machine, Machine]
    await mark(a)
    const writer = keepWriting(e)
    const added = await e.meshbox('controllers', 'add', 'm2', 'm3', '--yes')
    expect(added).toMatchObject({ code: 0 })
    expect(await e.meshbox('controllers', 'list')).toMatchObject({ code: 0 })
    const acknowledged = await writer.stop()
    expect(acknowledged.words.length).toBeGreaterThan(3)
    for (const machine of machines) {
      const status = await machine.waitFor('readiness', ({ ready }) => ready)
      expect(status.cluster.zookeeper.url).toBe(urlOf(a, b, c))
    }
    expect(await voters(e)).toEqual(['m1', 'm2', 'm3'])
    expect(await written(b)).toEqual(marker)
    await a.powerOff()
    const after = await until(systemClock, { everyMs: 500, timeoutMs: 60_000 }, async () => {
      const said = await written(b).catch(() => undefined)
      return Bun.deepEquals(said, marker) || undefined
    })
    expect(after).toBe(true)
    expect(await lostOf(acknowledged, e)).toEqual([])
    expect(await join(a, urlOf(a))).toMatchObject({ code: 0 })
  })

  needsRoot('3 → 5 → 3 while writes go on and agents are killed in the middle: nothing is lost', async () => {
    const [a, b, c, d, e] = machines as [Machine, Machine, Machine, Machine, Machine]
    await rolled(b)
    const writer = keepWriting(c)
    const grown = b.meshbox('controllers', 'add', 'm4', 'm5', '--yes')
    await stepOf(b, 'follow')
    for (const machine of [a, e]) {
      await machine.killAgent()
      expect(await join(machine, urlOf(a))).toMatchObject({ code: 0 })
    }
    expect(await grown).toMatchObject({ code: 0 })
    expect(await voters(c)).toEqual(['m1', 'm2', 'm3', 'm4', 'm5'])
    expect(await quorums(machines)).toEqual(['3', '3', '3', '3', '3'])
    expect(await written(c)).toEqual(marker)

    await rolled(d)
    const busy = d.meshbox('controllers', 'remove', 'm1', 'm2', '--yes')
    await stepOf(d, 'stop')
    const second = await c.meshbox('controllers', 'remove', 'm4', 'm5', '--yes')
    expect(second).toMatchObject({ code: 1 })
    expect(second.err).toContain('cannot begin another change')
    const aborted = await c.meshbox('rollout', 'abort')
    expect(aborted).toMatchObject({ code: 1 })
    expect(aborted.err).toContain('meshbox controllers undo')
    expect(await busy).toMatchObject({ code: 0 })
    const acknowledged = await writer.stop()
    for (const machine of machines) {
      const status = await machine.waitFor('readiness', ({ ready }) => ready)
      expect(status.cluster.zookeeper.url).toBe(urlOf(c, d, e))
    }
    for (const machine of [a, b]) {
      const [own] = (await machine.status())?.machines ?? []
      expect(own?.roles).toEqual(['worker'])
      expect(own?.services.map(({ name }) => name)).toEqual(['mesos-agent'])
    }
    expect(await voters(a)).toEqual(['m3', 'm4', 'm5'])
    expect(await quorums([c, d, e])).toEqual(['2', '2', '2'])
    expect(await written(c)).toEqual(marker)
    expect(await lostOf(acknowledged, a)).toEqual([])
  })

  needsRoot('a leading master that is cut off with its ZooKeeper ends before its session would', async () => {
    const controllers = cluster.machines.slice(2)
    const codeOf = async ({ run, address }: Machine) =>
      (await run('curl', ...['-so', '/dev/null', '-m', '1', '-w', '%{http_code}', `${address}:5050/weights`]))
        .out
    const leads = await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () => {
      const codes = await Promise.all(controllers.map(codeOf))
      return controllers[codes.indexOf('200')]
    })
    expect(leads).toBeDefined()
    const old = leads ?? at(2)
    const others = cluster.machines.filter((each) => each !== old)
    for (const other of others) cluster.partition(old, other)
    const cutAt = systemClock.monotonic()
    let ledMs = 0
    const next = until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () => {
      const codes = await Promise.all(others.map(codeOf))
      return codes.includes('200') || undefined
    })
    const ended = await until(systemClock, { everyMs: 100, timeoutMs: 60_000 }, async () => {
      const askedAt = systemClock.monotonic()
      if ((await codeOf(old)) !== '200') return true
      ledMs = askedAt - cutAt
      return undefined
    })
    expect([ended, await next]).toEqual([true, true])
    // Its ZooKeeper would have told it after 10 s, and its session would have lasted 5 s more.
    expect(ledMs).toBeLessThan(6000)
    for (const other of others) cluster.heal(old, other)
    for (const machine of controllers) await machine.waitFor('readiness', ({ ready }) => ready)
    expect(await written(old)).toEqual(marker)
  })

  needsRoot('the disk of a controller is wiped and another machine takes its place', async () => {
    const [a, , c, d, e] = machines as [Machine, Machine, Machine, Machine, Machine]
    await rolled(a)
    await c.powerOff()
    c.loseDisk()
    const failed = () =>
      until(systemClock, { everyMs: 500, timeoutMs: 60_000 }, async () => {
        const members = JSON.parse((await a.meshbox('members', '--json')).out)
        return (
          members.some(
            (each: { name: string; status: string }) => each.name === 'm3' && each.status === 'failed',
          ) || undefined
        )
      })
    expect(await failed()).toBe(true)
    const unsure = await a.meshbox('controllers', 'replace', 'm3', 'm1', '--yes')
    expect(unsure).toMatchObject({ code: 1 })
    expect(unsure.err).toContain('m3 does not answer, and its programs may still run')
    expect(await a.meshbox('controllers', 'replace', 'm3', 'm1', '--gone', '--yes')).toMatchObject({
      code: 0,
    })
    expect(await voters(a)).toEqual(['m4', 'm5', 'm1'])
    expect(await written(d)).toEqual(marker)
    // Its address may come back with a new disk: as a worker.
    expect(await join(c, urlOf(d, e))).toMatchObject({ code: 0 })
    await d.powerOff()
    const after = await until(
      systemClock,
      { everyMs: 500, timeoutMs: 60_000 },
      async () => Bun.deepEquals(await written(e).catch(() => undefined), marker) || undefined,
    )
    expect(after).toBe(true)
    expect(await join(d, urlOf(at(0)))).toMatchObject({ code: 0 })
  })

  needsRoot(
    'a machine that was to be a controller is off for good: the change goes back without it',
    async () => {
      const [a, b, c, d, e] = machines as [Machine, Machine, Machine, Machine, Machine]
      await rolled(a)
      // It has come back with a new disk, and gossip may not tell so everywhere yet.
      const there = await until(systemClock, { everyMs: 500, timeoutMs: 60_000 }, async () => {
        const members = JSON.parse((await a.meshbox('members', '--json')).out)
        const isThere = (each: { name: string; status: string }) =>
          each.name === 'm3' && each.status === 'alive'
        return members.some(isThere) || undefined
      })
      expect(there).toBe(true)
      expect(await a.meshbox('controllers', 'add', 'm2', 'm3', '--yes', '--no-wait')).toMatchObject({
        code: 0,
      })
      await c.powerOff()
      const without = () => a.meshbox('rollout', 'resume', '--without', 'm3')
      const early = await without()
      expect(early).toMatchObject({ code: 1 })
      expect(early.err).toContain('cannot go on without m3')
      const gone = await until(systemClock, { everyMs: 500, timeoutMs: 60_000 }, async () =>
        (await without()).code === 0 ? true : undefined,
      )
      expect(gone).toBe(true)
      const why = await until(systemClock, { everyMs: 500, timeoutMs: 60_000 }, async () => {
        const { change } = JSON.parse((await a.meshbox('controllers', 'list', '--json')).out)
        return change?.state === 'aborted' ? change.why : undefined
      })
      expect(why).toBe('m3 is off for good')
      expect(await voters(a)).toEqual(['m4', 'm5', 'm1'])
      const ready = await b.waitFor('being a worker', (status) => status.ready)
      expect(ready.machines[0]?.roles).toEqual(['worker'])
      expect(await join(c, urlOf(d, e))).toMatchObject({ code: 0 })
    },
  )

  needsRoot(
    'the majority is gone: tasks and names go on, status says what to do, and one disk becomes an ensemble again',
    async () => {
      const [a, b, c, d, e] = machines as [Machine, Machine, Machine, Machine, Machine]
      await a.waitFor('readiness', ({ ready }) => ready)
      await e.waitFor('readiness', ({ ready }) => ready)
      const names = () => Promise.all(['slave', 'web.marathon'].map((name) => b.dig(`${name}.mesos`, 'A')))
      await app(d, [b, c, d])
      const before = { names: await names(), tasks: [b, c, d].map(tasksOf) }
      expect(await d.meshbox('config', 'set', 'dns.ttl=77')).toMatchObject({ code: 0 })
      const started = await starts(a)
      for (const machine of [a, e]) await machine.powerOff()
      e.loseDisk()
      const status = await b.waitFor('a word about it', ({ problems }) =>
        problems.some((problem) => problem.why.includes('meshbox controllers recover')),
      )
      expect(JSON.stringify(status.problems)).toContain('m5, m1 do not answer')
      expect({ names: await names(), tasks: [b, c, d].map(tasksOf) }).toEqual(before)
      const looked = await d.meshbox('controllers', 'recover')
      expect(looked.out).toMatch(/m4 +10\.77\.0\.4 +alive +0x[0-9a-f]+ +\d+ /)
      expect(looked.out).toMatch(/m5 +10\.77\.0\.5 +gone +it does not answer/)
      expect(await b.meshbox('controllers', 'recover', '--from', 'm4', '--yes')).toMatchObject({ code: 1 })
      // Killed once there is no way back, when its ZooKeeper runs alone; then the same command goes on.
      const first = d.meshbox('controllers', 'recover', '--from', 'm4', '--yes')
      await d.waitFor('its turn', ({ problems }) =>
        problems.some(({ what }) => what === 'mesos-master is kept from running here'),
      )
      await d.killAgent()
      expect((await first).code).not.toBe(0)
      const again = join(d, urlOf(a))
      await d.waitFor('its agent', () => true)
      const recovered = await d.meshbox('controllers', 'recover', '--from', 'm4', '--yes')
      expect(recovered).toMatchObject({ code: 0 })
      // Its agent has just begun, and gossip knows no names of machines that are gone.
      for (const word of [
        /kept as it was: m4:/,
        /not reached: (m1|10\.77\.0\.1); /,
        /not reached: (m5|10\.77\.0\.5); /,
      ])
        expect(recovered.out).toMatch(word)
      for (const machine of [b, c, d]) await machine.waitFor('readiness', ({ ready }) => ready)
      expect(await again).toMatchObject({ code: 0 })
      expect(await voters(b)).toEqual(['m4'])
      expect((await b.meshbox('config', 'get', 'dns.ttl')).out.trim()).toBe('77')
      // Masters that are gone are candidates for as long as their sessions last.
      const kept = await until(systemClock, { everyMs: 500, timeoutMs: 60_000 }, async () => {
        const found = await written(d).catch(() => undefined)
        return Bun.deepEquals(found, marker) || undefined
      })
      expect(kept).toBe(true)
      // The others follow the new list by a rollout, and a change of controllers is for when that is over.
      const added = await until(systemClock, { everyMs: 1000, timeoutMs: 90_000 }, async () => {
        const tried = await d.meshbox('controllers', 'add', 'm2', 'm3', '--yes')
        return /is under way|may be changing/.test(tried.err) ? undefined : tried
      })
      expect(added).toMatchObject({ code: 0 })
      expect(await voters(b)).toEqual(['m4', 'm2', 'm3'])
      expect(await written(b)).toEqual(marker)
      // One that was off all the time, with the disk of a controller, finds out that it is none any more.
      expect(await join(a, urlOf(a))).toMatchObject({ code: 0 })
      const back = await a.waitFor(
        'being a worker',
        ({ ready, machines: [own] }) => ready && own?.roles.length === 1,
      )
      expect(back.machines[0]?.services.map(({ name }) => name)).toEqual(['mesos-agent'])
      expect(await starts(a)).toBe(started)
      expect([b, c, d].map(tasksOf)).toEqual(before.tasks)
      expect(await voters(a)).toEqual(['m4', 'm2', 'm3'])
    },
  )

  needsRoot('every command of docs/controllers.md shows what the page says', async () => {
    for (const { command, shown } of documented('docs/controllers.md', 'test/cluster/controllers.test.ts')) {
      const texts = said.get(command) ?? []
      const found = texts.some((text) => patternOf(shown ?? '').test(text))
      expect({ command, said: found ? shown : texts }).toEqual({ command, said: shown })
    }
  })
})
