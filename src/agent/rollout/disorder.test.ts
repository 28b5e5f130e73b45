import { expect, test } from 'bun:test'
import { controller, document, facts, worker } from '../../../test/disorder/machines.ts'
import { abort, claim, pause, resume, speak } from './moves.ts'
import { next } from './next.ts'
import { isOpenFor, type Rollout } from './rollout.ts'

const seed = Number(process.env.MESHBOX_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = process.env.MESHBOX_LONG ? 2000 : 100
let drawn = seed
const draw = (below: number) => {
  drawn = (Math.imul(drawn, 1103515245) + 12345) & 0x7fffffff
  return (drawn >> 8) % below
}
const oneOf = <T>(list: T[]): T => list[draw(list.length)] as T

/**
 * Machines that act, sleep at any point, wake and speak twice; several that decide by what they saw a while ago; people who
 * pause, resume, abort and write documents.
 */
function disorder(round: number): void {
  const machines = [
    ...['a', 'b', 'c'].map((name) => controller(name, { version: 0, waits: [] })),
    ...['w', 'x', 'y', 'z'].map((name) => worker(name, { version: 0, waits: [] })),
  ]
  let version = 0
  let ill = false
  let stands: { rollout: Rollout | undefined; at: number } = { rollout: undefined, at: 0 }
  /** What deciders have read, some of it long ago. */
  const read = [stands]
  /** Between its claim and its word a machine may be restarting something. */
  const acting = new Map<string, { step: number; control: boolean }>()
  const words: { step: number; id: string }[] = []
  const told = { seed, round }

  /** As ZooKeeper takes a write: on the version that it was made from, or not at all. */
  function write(on: typeof stands, rollout: Rollout | undefined): boolean {
    if (!rollout || on.at !== stands.at) return false
    const before = stands.rollout?.permit
    if (before && rollout.permit && before.step !== rollout.permit.step)
      throw new Error(`two permits are open: ${JSON.stringify({ ...told, before, rollout })}`)
    if (rollout.step < (stands.rollout?.step ?? 0)) throw new Error('steps go back')
    stands = { rollout, at: stands.at + 1 }
    read.push(stands)
    return true
  }

  const happenings: (() => void)[] = [
    function decide() {
      const on = draw(3) === 0 ? oneOf(read) : stands
      const decided = next(
        on.rollout,
        facts(machines, {
          document: document(version),
          lacks: ill ? [{ part: 'zookeeper', id: 'id-d', why: 'ZooKeeper to serve at d' }] : [],
          waitedMs: draw(1500),
        }),
      )
      if (decided.kind !== 'write' || !write(on, decided.rollout)) return
      const { permit } = decided.rollout
      if (!permit || on.rollout?.permit) return
      const [first] = permit.machines.map(({ id }) => machines.find((each) => each.id === id))
      const followers = machines.filter(
        ({ waits, leads }) => waits.includes('zookeeper') && !leads.includes('zookeeper'),
      )
      if (first?.leads.includes('zookeeper'))
        expect({ ...told, followers }).toEqual({ ...told, followers: [] })
    },
    function claims() {
      const { rollout } = stands
      const one = oneOf(machines)
      if (!rollout?.permit || !isOpenFor(rollout, one.id)) return
      const { step } = rollout.permit
      if (write(stands, claim(rollout, step, one.id)))
        acting.set(one.id, { step, control: one.waits.includes('zookeeper') })
    },
    function speaks() {
      const [id, { step }] = oneOf([...acting]) ?? ['', { step: 0 }]
      const one = machines.find((each) => each.id === id)
      if (!one || !stands.rollout) return
      acting.delete(id)
      const kind = draw(5) === 0 ? 'failed' : 'done'
      if (kind === 'done') one.waits = []
      expect(write(stands, speak(stands.rollout, step, id, { kind }))).toBe(true)
      words.push({ step, id })
    },
    function speaksAgain() {
      const word = oneOf(words)
      if (word && stands.rollout)
        expect(speak(stands.rollout, word.step, word.id, { kind: 'done' })).toBeUndefined()
    },
    function people() {
      if (stands.rollout) write(stands, oneOf([pause, resume, resume, resume, abort])(stands.rollout))
    },
    function writesDocument() {
      if (draw(10) === 0) version++
    },
    function sees() {
      const one = oneOf(machines)
      if (one.version === version || acting.has(one.id)) return
      one.version = version
      one.waits = draw(4) === 0 ? [] : one.controller ? ['zookeeper'] : ['mesos-agent']
    },
    function leads() {
      const leader = draw(3)
      machines.forEach((one, at) => {
        one.leads = at === leader ? ['zookeeper'] : []
      })
    },
    function falls() {
      ill = draw(3) === 0
    },
  ]
  for (let turn = 0; turn < 300; turn++) {
    oneOf(happenings)()
    const steps = new Set([...acting.values()].map(({ step }) => step))
    const controls = [...acting.values()].filter(({ control }) => control)
    if (steps.size > 1 || (controls.length > 0 && acting.size > 1) || acting.size > 2)
      throw new Error(
        `machines change beside each other: ${JSON.stringify({ ...told, acting: [...acting] })}`,
      )
  }
}

test('in whatever disorder there is one permit, one machine of the control plane at it, and each word counts once', () => {
  for (let round = 0; round < rounds; round++) disorder(round)
})
