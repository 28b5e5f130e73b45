import { expect, test } from 'bun:test'
import { controller, facts, type machine, worker } from '../../../test/disorder/machines.ts'
import { randomFrom, seed, whole } from '../../../test/gossip/seed.ts'
import { claim, resume, speak } from './moves.ts'
import { next } from './next.ts'
import { isOpenFor, type Rollout, silent } from './rollout.ts'
import { documentFor } from './view.ts'

const rounds = process.env.MESHBOX_LONG ? 4000 : 400
const turns = 300

type Document = { version: number; digest: string }
/** `own`: what it has taken; what it runs by stands in `runs`. */
type Actor = ReturnType<typeof machine> & { own: Document; runs: string }
/** What a decider has seen, on which it may write much later. */
type Look = { rollout: Rollout | undefined; document: Document | undefined; machines: Actor[] }

/**
 * A cluster in which documents come all the time, most of them with nothing for programs; one controller refuses some that all
 * others take, and is a decider like them; workers leave, with a permit and without one.
 */
function strays(start: number): void {
  const random = randomFrom(start)
  const draw = (below: number) => whole(random, below)
  const oneOf = <T>(list: T[]): T | undefined => list[draw(list.length)]
  const first = { version: 0, digest: 'd0' }
  const actor = (each: ReturnType<typeof machine>): Actor => ({
    ...each,
    ...{ own: first, runs: first.digest, waits: [], ...tellsOf(first) },
  })
  let machines = [
    ...['a', 'b', 'x'].map((name) => actor(controller(name))),
    ...['u', 'v', 'w', 'y', 'z'].map((name) => actor(worker(name))),
  ]
  let latest = first
  let programs = 0
  let isRefused = false
  let rollout: Rollout | undefined
  let looks: Look[] = []

  function write(to: Rollout | undefined): void {
    if (!to) return
    const [before, after] = [rollout?.change, to.change]
    if (before?.kind === 'document' && after.kind === 'document')
      expect({ start, version: after.version }).toMatchObject({
        version: Math.max(before.version, after.version),
      })
    rollout = to
  }

  function look(by: Actor): Look {
    if (!isRefused || by.name !== 'x') by.own = latest
    const document = documentFor(by.own, latest.version, machines, rollout)
    return { rollout, document, machines: machines.map((each) => ({ ...each })) }
  }

  function decide({ rollout: basis, document, machines: seen }: Look): void {
    // As ZooKeeper takes it: on what stood there at the look, or not at all.
    if (!Bun.deepEquals(basis, rollout)) return
    const decided = next(basis, facts(seen, { document, waitedMs: draw(1200) }))
    if (decided.kind === 'write') write(decided.rollout)
  }

  /** Its own part: what it has taken it tells, and with the permit for it it changes. */
  function act(one: Actor, kind: 'done' | 'failed'): void {
    if (!isRefused || one.name !== 'x') one.own = latest
    one.waits = one.runs === one.own.digest ? [] : [one.controller ? 'zookeeper' : 'mesos-agent']
    Object.assign(one, tellsOf(one.own))
    if (!rollout || !isOpenFor(rollout, one.id) || rollout.change.kind !== 'document') return
    const isHere = rollout.change.digest === one.own.digest
    const isOff = rollout.state !== 'running'
    const word =
      isHere && !isOff ? kind : isHere || one.own.version > rollout.change.version ? 'skipped' : undefined
    if (!word) return
    if (word !== 'skipped') write(claim(rollout, rollout.step, one.id))
    if (word === 'done') Object.assign(one, { runs: one.own.digest, waits: [] })
    write(rollout && speak(rollout, rollout.step, one.id, { kind: word }))
  }

  const giveBack = (id: string) => write(rollout && speak(rollout, rollout.step, id, { kind: 'skipped' }))

  const happenings = [
    function looksOnly() {
      const by = oneOf(machines.filter((each) => each.controller))
      if (by) looks.push(look(by))
    },
    function decides() {
      const at = draw(looks.length)
      for (const each of looks.splice(at, 1)) decide(each)
    },
    function decidesAtOnce() {
      const by = oneOf(machines.filter((each) => each.controller))
      if (by) decide(look(by))
    },
    function acts() {
      const one = oneOf(machines)
      if (one) act(one, draw(6) === 0 ? 'failed' : 'done')
    },
    function writesDocument() {
      if (draw(4) > 0) return
      if (draw(3) === 0) programs++
      latest = { version: latest.version + 1, digest: `d${programs}` }
      isRefused = draw(2) === 0
    },
    function mayTakeIt() {
      if (draw(4) === 0) isRefused = false
    },
    function people() {
      if (rollout) write(resume(rollout))
    },
    function beginsToLeave() {
      const one = oneOf(machines.filter((each) => !each.controller))
      if (!one || draw(10) > 0) return
      machines = machines.filter((each) => each !== one)
      giveBack(one.id)
      // While its programs stop, all who looked before that have written what came of it.
      for (const each of looks) decide(each)
      looks = []
      giveBack(one.id)
    },
  ]
  for (let turn = 0; turn < turns; turn++) oneOf(happenings)?.()

  isRefused = false
  looks = []
  for (let turn = 0; turn < 50; turn++) {
    if (rollout) write(resume(rollout))
    for (const each of machines) act(each, 'done')
    for (const each of machines) if (each.controller) decide(look(each))
  }
  const waited = rollout ? silent(rollout).map(({ id }) => id) : []
  const behind = machines.filter(({ runs }) => runs !== latest.digest).map(({ name }) => name)
  expect({ start, waited, behind, state: rollout?.state ?? 'done' }).toEqual({
    ...{ start, waited: [], behind: [], state: 'done' },
  })
}

function tellsOf({ version, digest }: Document) {
  return { version, digest }
}

test('whoever refuses the newest document undoes nothing, and nobody waits for who has left', () => {
  for (let round = 0; round < rounds; round++) strays((seed + round) >>> 0)
})
