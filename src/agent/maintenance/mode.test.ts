import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../clock.ts'
import { MeshboxError } from '../../error.ts'
import { silentLog } from '../../log.ts'
import type { Operator } from '../drain/operator.ts'
import { openMemory } from '../local/memory.ts'
import { openMaintenance } from './mode.ts'

/** A master that does what it is told at once, when it is there. */
function stage() {
  const said: string[] = []
  const agents = new Map<string, 'DRAINED'>()
  const master = { away: false, id: 'S0' }
  const operator: Operator = {
    async id() {
      if (master.away) throw new MeshboxError({ code: 'drain-failed', message: 'no mesos-master leads' })
      return master.id
    },
    async drain(id) {
      said.push(`drain ${id}`)
      agents.set(id, 'DRAINED')
    },
    async reactivate(id) {
      said.push(`reactivate ${id}`)
      agents.delete(id)
    },
    registered: async () => true,
    draining: async (id) => agents.get(id),
  }
  const due: (() => void)[] = []
  const clock: Clock = {
    ...systemClock,
    after(_, run) {
      due.push(run)
      return () => due.splice(due.indexOf(run) >>> 0, 1)
    },
  }
  const memory = openMemory(new Database(':memory:', { strict: true }))
  const open = () => openMaintenance({ memory, operator, clock, log: silentLog, onChange() {} })
  /** Lets what is due happen, and all that follows at once. */
  async function pass(): Promise<void> {
    for (const run of due.splice(0)) run()
    await Bun.sleep(1)
  }
  return { said, master, open, pass, due }
}

test('it is told until it is so, and again where the agent comes back as another one', async () => {
  const { said, master, open, pass } = stage()
  master.away = true
  const mode = open()
  mode.on('new disk')
  await pass()
  expect(mode.status()).toMatchObject({ state: 'draining', why: 'new disk', reason: 'no mesos-master leads' })
  master.away = false
  await pass()
  await pass()
  expect(mode.status()).toEqual({ since: expect.any(Number), state: 'drained', why: 'new disk' })
  master.id = 'S1'
  await pass()
  expect(mode.status()?.state).toBe('draining')
  await pass()
  expect(mode.status()?.state).toBe('drained')
  expect(said).toEqual(['drain S0', 'drain S1'])
})

test('it outlives the agent, and so does its end while no master hears of it', async () => {
  const { said, master, open, pass, due } = stage()
  const first = open()
  first.on(undefined)
  await pass()
  await first.stop()
  const second = open()
  await pass()
  expect(second.status()?.state).toBe('drained')
  master.away = true
  second.off()
  await pass()
  expect(second.status()).toMatchObject({ state: 'ending', reason: 'no mesos-master leads' })
  await second.stop()
  const third = open()
  master.away = false
  await pass()
  await pass()
  expect(third.status()).toBeUndefined()
  expect(said).toEqual(['drain S0', 'reactivate S0'])
  expect(due).toEqual([])
})

test('turned off while it is being turned on, the last word counts', async () => {
  const { said, open, pass } = stage()
  const mode = open()
  mode.on(undefined)
  mode.off()
  await pass()
  await pass()
  expect(mode.status()).toBeUndefined()
  expect(said.at(-1)).toBe('reactivate S0')
})
