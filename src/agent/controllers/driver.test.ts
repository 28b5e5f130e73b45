import { describe, expect, test } from 'bun:test'
import { systemClock, until } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'
import { silentLog } from '../../log.ts'
import type { Place } from '../place.ts'
import { begin, resume } from '../rollout/moves.ts'
import type { Rollout } from '../rollout/rollout.ts'
import type { Rollouts } from '../rollout/store.ts'
import type { Progress, Seat, Task } from './change.ts'
import { type Driver, openDriver, plain } from './driver.ts'
import type { Outcome, Tasks } from './tasks.ts'

const registry = { weights: '[]', quotas: '', maintenance: '', agents: [], unreachable: 0 }

const seat = (at: number, votes: boolean): Seat => ({
  ...{ node: `n${at}`, name: `m${at}`, list: votes ? [1] : [] },
  server: { id: at, host: `10.0.0.${at}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
  zookeeper: votes ? 'votes' : 'none',
  master: votes ? 'runs' : 'none',
})

const growth: Progress = {
  ...{ verb: 'add', former: [1], wanted: [1, 2, 3], proven: false },
  seats: [seat(1, true), seat(2, false), seat(3, false)],
}

/** The znode, as all machines share it. */
function znode(): { text: string; version: number; see: Set<() => void> } {
  const change = { kind: 'controllers' as const, id: 'c1', text: 'add' }
  const first = { ...begin(undefined, change), progress: plain(growth) }
  return { text: JSON.stringify(first), version: 0, see: new Set() }
}

function rolloutsOf(node: ReturnType<typeof znode>): Rollouts {
  const read = (): Rollout => JSON.parse(node.text)
  return {
    seen: read,
    problem: () => undefined,
    onChange(see) {
      node.see.add(see)
      return () => node.see.delete(see)
    },
    async change(move) {
      for (;;) {
        const { version } = node
        const next = await move(read())
        await systemClock.sleep(Math.random() * 3)
        if (!next) return undefined
        if (node.version !== version) continue
        node.text = JSON.stringify(next)
        node.version++
        for (const see of [...node.see]) setTimeout(see, Math.random() * 3)
        return next
      }
    },
    stop() {},
  }
}

type Doing = (machine: string, task: Task) => Promise<Outcome>

const placeOf = { ensemble: () => ({ kind: 'external', controller: false }), awaitTurn() {} }

/** @param seat the machine whose place it has, where that is another one */
function machine(node: ReturnType<typeof znode>, name: string, doing: Doing, seat = name): Driver {
  const tasks: Tasks = (task) => doing(name, task)
  const driver: Driver = openDriver({
    ...{ node: name, rollouts: rolloutsOf(node), tasks, clock: systemClock, log: silentLog },
    ...{ name: `m${seat.slice(1)}`, address: `10.0.0.${seat.slice(1)}` },
    place: placeOf as unknown as Place,
    cluster: () => undefined,
    met: () => true,
    connected: () => true,
    leader: () => '10.0.0.1',
    changed: () => driver.look(),
    random: () => 0.01 * Math.random(),
  })
  driver.look()
  return driver
}

const state = (node: ReturnType<typeof znode>): Rollout => JSON.parse(node.text)

async function end(node: ReturnType<typeof znode>, ...states: Rollout['state'][]): Promise<Rollout> {
  const over = await until(systemClock, { everyMs: 5, timeoutMs: 20_000 }, () =>
    states.includes(state(node).state) ? state(node) : undefined,
  )
  expect(over?.state).toBeOneOf(states)
  return state(node)
}

const order = [
  ...['n2 zookeeper', 'n3 zookeeper', 'n1 reconfigure', 'n1 note', 'n1 stop'],
  ...['n1 follow', 'n2 begin', 'n3 follow'],
]

describe('a change of controllers on several machines', () => {
  test('goes step by step, each done by the machine whose it is and never beside another', async () => {
    const node = znode()
    const done: string[] = []
    let at = 0
    let most = 0
    const machines = ['n1', 'n2', 'n3'].map((name) =>
      machine(node, name, async (who, task) => {
        most = Math.max(most, ++at)
        await systemClock.sleep(2)
        at--
        done.push(`${who} ${task}`)
        return task === 'note' ? { registry } : {}
      }),
    )
    expect((await end(node, 'done')).past.map(({ kind }) => kind)).toEqual(order.map(() => 'done'))
    expect(done).toEqual(order)
    expect(most).toBe(1)
    for (const each of machines) await each.stop()
  })

  test('goes on when an agent is killed in the middle of each step, and the step is done again', async () => {
    const node = znode()
    const done: string[] = []
    const killed = new Set<string>()
    const machines = new Map<string, Driver>()
    const start = (name: string) =>
      machines.set(
        name,
        machine(node, name, async (who, task) => {
          const what = `${who} ${task}`
          done.push(what)
          if (!killed.has(what)) {
            killed.add(what)
            void machines.get(who)?.stop()
            start(who)
            return new Promise(() => {})
          }
          return task === 'note' ? { registry } : {}
        }),
      )
    for (const name of ['n1', 'n2', 'n3']) start(name)
    await end(node, 'done')
    expect(done).toEqual(order.flatMap((what) => [what, what]))
  })

  test('goes back by itself when a new server does not come up: nobody votes by the new list yet', async () => {
    const node = znode()
    const done: string[] = []
    const machines = ['n1', 'n2', 'n3'].map((name) =>
      machine(node, name, async (who, task) => {
        done.push(`${who} ${task}`)
        if (who === 'n3' && task === 'zookeeper') throw new Error('zookeeper is not installed')
        return {}
      }),
    )
    const over = await end(node, 'aborted')
    expect(over.why).toContain('zookeeper is not installed')
    expect(done).toEqual(['n2 zookeeper', 'n3 zookeeper', 'n2 retire'])
    for (const each of machines) await each.stop()
  })

  test('halts when any later step fails, and goes on with that step when somebody says so', async () => {
    const node = znode()
    const done: string[] = []
    let fails = true
    const machines = ['n1', 'n2', 'n3'].map((name) =>
      machine(node, name, async (who, task) => {
        done.push(`${who} ${task}`)
        if (task === 'begin' && fails) throw new MeshboxError({ code: 'x', message: 'no master leads' })
        return task === 'note' ? { registry } : {}
      }),
    )
    expect((await end(node, 'halted')).why).toContain('no master leads')
    fails = false
    await rolloutsOf(node).change((now) => now && resume(now))
    await end(node, 'done')
    expect(done.filter((what) => what === 'n2 begin').length).toBe(2)
    for (const each of machines) await each.stop()
  })

  test('halts when a machine loses its disk in the middle of its step, and goes on with the one that it comes back as', async () => {
    const node = znode()
    const done: string[] = []
    const doing: Doing = async (who, task) => {
      done.push(`${who} ${task}`)
      if (who === 'n2' && task === 'begin') {
        void machines.get('n2')?.stop()
        machines.set('n2x', machine(node, 'n2x', doing, 'n2'))
        return new Promise(() => {})
      }
      return task === 'note' ? { registry } : {}
    }
    const machines = new Map(['n1', 'n2', 'n3'].map((name) => [name, machine(node, name, doing)]))
    expect((await end(node, 'halted')).why).toContain('its disk was lost in the middle of its step')
    expect(state(node).permit).toBeUndefined()
    await rolloutsOf(node).change((now) => now && resume(now))
    await end(node, 'done')
    const last = ['n2 begin', 'n2x zookeeper', 'n1 reconfigure', 'n2x begin', 'n3 follow']
    expect(done.slice(order.length - 2)).toEqual(last)
    for (const name of ['n1', 'n2x', 'n3']) await machines.get(name)?.stop()
  })

  test('goes back by itself when a new server loses its disk before anybody votes by the new list', async () => {
    const node = znode()
    const doing: Doing = async (who, task) => {
      if (who !== 'n3' || task !== 'zookeeper') return {}
      void lost?.stop()
      back = machine(node, 'n3x', doing, 'n3')
      return new Promise(() => {})
    }
    let back: Driver | undefined
    const others = ['n1', 'n2'].map((name) => machine(node, name, doing))
    const lost = machine(node, 'n3', doing)
    expect((await end(node, 'aborted')).why).toContain('its disk was lost')
    for (const each of [...others, back]) await each?.stop()
  })

  test('writes the registry down anew when it was not as before, and somebody goes on with it', async () => {
    const node = znode()
    const done: string[] = []
    let fails = true
    const machines = ['n1', 'n2', 'n3'].map((name) =>
      machine(node, name, async (who, task) => {
        done.push(`${who} ${task}`)
        if (task === 'begin' && fails)
          throw new MeshboxError({ code: 'registry-changed', message: 'weights' })
        return task === 'note' ? { registry } : {}
      }),
    )
    await end(node, 'halted')
    fails = false
    await rolloutsOf(node).change((now) => now && resume(now))
    await end(node, 'done')
    expect(done.filter((what) => what.endsWith(' note')).length).toBe(2)
    for (const each of machines) await each.stop()
  })
})
