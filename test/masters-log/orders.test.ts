import { describe, expect, test } from 'bun:test'
import {
  type Progress,
  quorumOf,
  type Seat,
  type Step,
  type Task,
} from '../../src/agent/controllers/change.ts'
import { done, nextStep } from '../../src/agent/controllers/next.ts'
import { comeBack, cutShort, giveUp, goBack } from '../../src/agent/controllers/setbacks.ts'
import { type Cluster, makeMasters } from './simulation.ts'

const seat = (id: number, votes: boolean, list: number[]): Seat => ({
  node: `n${id}`,
  name: 'abcdefg'[id - 1] ?? '?',
  server: { id, host: `10.0.0.${id}`, clientPort: 2181, quorumPort: 2888, electionPort: 3888 },
  zookeeper: votes ? 'votes' : 'none',
  master: votes ? 'runs' : 'none',
  list,
})

function change(former: number[], wanted: number[]): Progress {
  const seats = [...new Set([...former, ...wanted])].map((id): Seat => {
    const had = former.includes(id)
    return seat(id, had, had ? former : [])
  })
  return { verb: 'add', seats, former, wanted, proven: false }
}

const registry = { weights: '[]', quotas: '', maintenance: '', agents: [], unreachable: 0 }
const changes: [from: number[], to: number[]][] = [
  [[1], [1, 2, 3]],
  [
    [1, 2, 3],
    [1, 2, 3, 4, 5],
  ],
  [
    [1, 2, 3, 4, 5],
    [2, 4, 5],
  ],
  [[1, 2, 3], [2]],
  [
    [1, 2],
    [1, 2, 3],
  ],
  [
    [1, 2, 3, 4],
    [1, 2, 3, 5],
  ],
  [
    [1, 2, 3],
    [1, 3, 4],
  ],
  [
    [1, 2, 3, 4, 5],
    [1, 2, 3, 4, 6],
  ],
]

/** Has a machine do what its step says, as far as masters are concerned. */
function perform(masters: Cluster, now: Progress, step: Step): void {
  const of = now.seats.find(({ node }) => node === step.node)
  if (step.task === 'stop' || step.task === 'retire') masters.stop(step.node)
  // What another life has left is set aside.
  if (step.task === 'zookeeper') masters.lose(step.node)
  if (step.task === 'prove') masters.restart(step.node)
  if (!isFollow(step.task) || !of) return
  masters.stop(step.node)
  if (step.task === 'begin' || of.again === 'begin') masters.initialize(step.node)
  masters.start(step.node, quorumOf(listFor(now, step)))
}

/** By which servers a machine is to run its master. */
function listFor({ seats, former, wanted }: Progress, { node, task }: Step): number[] {
  const seat = seats.find((each) => each.node === node)
  if (seat?.again) return seat.list
  return task === 'relearn' ? former : wanted
}

const isFollow = (task: string) => ['relearn', 'follow', 'begin'].includes(task)

/** What a machine has to see before it says that its step is done. */
function isProven(masters: Cluster, now: Progress, step: Step): boolean {
  const { task, node } = step
  if (task === 'prove' || task === 'note') return masters.settle() !== undefined
  if (!isFollow(task)) return true
  const others = now.seats.filter((each) => each.master === 'runs' && each.node !== node)
  const isAlone = others.length + 1 < quorumOf(listFor(now, step))
  return masters.votes(node) && (isAlone || masters.settle() !== undefined)
}

function born(masters: Cluster, from: number[]): void {
  for (const id of from) {
    if (from.length === 1 || from.indexOf(id) < quorumOf(from)) masters.initialize(`n${id}`)
    masters.start(`n${id}`, quorumOf(from))
  }
  expect(masters.settle()).toBeDefined()
}

const runs = Number(process.env.MESHBOX_LONG === '1' ? 3000 : 150)
const seed = Number(process.env.MESHBOX_SEED ?? 1)

describe.each(changes)('masters from %p to %p', (from, to) => {
  test(`lose nothing that they acknowledged, with crashes and cuts between any two steps (seed ${seed})`, () => {
    for (let run = 0; run < runs; run++) {
      const masters = makeMasters(seed * 1_000_003 + run)
      born(masters, from)
      let now: Progress = { ...change(from, to), registry }
      for (let step = nextStep(now, masters.leader()); step; step = nextStep(now, masters.leader())) {
        // Half of it may be done, and then the whole again.
        if (masters.chance(0.3)) perform(masters, now, step)
        masters.trouble()
        perform(masters, now, step)
        masters.heal()
        if (step.task === 'prove') expect(masters.settle()).toBeDefined()
        now = done(now, step)
        if (masters.chance(0.7)) masters.trouble()
        masters.heal()
      }
      const leader = masters.settle()
      expect({ run, leads: leader !== undefined }).toEqual({ run, leads: true })
      expect({ run, lost: masters.lost() }).toEqual({ run, lost: [] })
      expect({ run, crowded: masters.crowded() }).toEqual({ run, crowded: false })
    }
  })
})

const needsZooKeeper = new Set<Task>(['stop', 'relearn', 'follow', 'begin', 'prove'])
/** Of two none may lose what it has. */
const several = changes.filter(([from]) => from.length > 2)

describe.each(several)('masters from %p to %p', (from, to) => {
  test(`come to an end, there or back, where one machine loses its disk at any moment (seed ${seed})`, () => {
    const ways = { there: 0, back: 0 }
    for (let run = 0; run < runs; run++) {
      const masters = makeMasters(seed * 1_000_003 + run)
      born(masters, from)
      let now: Progress = { ...change(from, to), registry }
      const loses = masters.below(to.length * 4)
      let steps = 0
      let failed = 0
      /** Who runs no ZooKeeper any more: nothing else can be done there before it does. */
      const empty = new Set<string>()
      for (let step = nextStep(now, masters.leader()); step; step = nextStep(now, masters.leader())) {
        if (needsZooKeeper.has(step.task))
          expect({ run, step, able: !empty.has(step.node) }).toMatchObject({ able: true })
        const victim = steps++ === loses ? now.seats[masters.below(now.seats.length)] : undefined
        if (victim) {
          // Whoever is at its step may have done half of it.
          if (victim.node === step.node && masters.chance(0.5)) perform(masters, now, step)
          masters.lose(victim.node)
          const own = { node: `${victim.node}x`, name: victim.name, serves: masters.chance(0.9) }
          now = comeBack(now, victim.server.id, own)
          if (!own.serves) empty.add(own.node)
          if (victim.node === step.node) continue
        }
        masters.trouble()
        perform(masters, now, step)
        masters.heal()
        if (isProven(masters, now, step)) {
          now = done(step.task === 'note' ? { ...now, registry } : now, step)
          if (step.task === 'zookeeper') empty.delete(step.node)
          if (masters.chance(0.7)) masters.trouble()
          masters.heal()
          // It was not as before, and is written down anew.
          if (masters.chance(0.05)) now = { ...now, registry: undefined }
          if (now.back === undefined && masters.chance(0.03)) now = goBack(now, 'by an operator')
          continue
        }
        if (now.seats.some(({ node, master }) => node === step.node && master === 'none'))
          masters.stop(step.node)
        // An operator tries once more, and then takes it back.
        if (++failed >= 2 && now.back === undefined) now = goBack(now, 'by an operator')
        if (failed > 20 || steps > 200) break
      }
      ways[now.back === undefined ? 'there' : 'back']++
      expect({ run, step: nextStep(now, undefined), loses }).toEqual({ run, step: undefined, loses })
      expect({ run, leads: masters.settle() !== undefined }).toEqual({ run, leads: true })
      expect({ run, lost: masters.lost() }).toEqual({ run, lost: [] })
      expect({ run, crowded: masters.crowded() }).toEqual({ run, crowded: false })
    }
    expect(ways.there).toBeGreaterThan(0)
    expect(ways.back).toBeGreaterThan(0)
  })
})

/** Before a machine stops its master, all others that are counted on have to vote. */
function othersVote(masters: Cluster, { seats }: Progress, { node, task }: Step): boolean {
  const own = seats.find((each) => each.node === node)
  const others = seats.filter((each) => each.node !== node && each.master === 'runs')
  const stops = task === 'prove' || task === 'stop' || (isFollow(task) && own?.master === 'runs')
  return !stops || others.every((each) => masters.runs(each.node) && masters.votes(each.node))
}

/** How its master is to run when a machine is switched on; undefined: not at all. */
function placeOf(now: Progress, step: Step, before: number | undefined): number | undefined {
  if (isFollow(step.task)) return quorumOf(listFor(now, step))
  return ['stop', 'retire', 'zookeeper'].includes(step.task) ? undefined : before
}

describe.each(changes)('masters from %p to %p', (from, to) => {
  test(`come to an end where a machine is off in its step, for a while or for good (seed ${seed})`, () => {
    const ways = { undone: 0, gone: 0 }
    for (let run = 0; run < runs; run++) {
      const masters = makeMasters(seed * 1_000_003 + run)
      born(masters, from)
      let now: Progress = { ...change(from, to), registry }
      const places = new Map(from.map((id) => [`n${id}`, quorumOf(from) as number | undefined]))
      const happens = masters.below(to.length * 4)
      const forGood = masters.chance(0.5)
      let off: string | undefined
      let steps = 0
      let failed = 0
      const on = () => {
        const quorum = off && places.get(off)
        if (off && quorum) masters.start(off, quorum)
        off = undefined
      }
      const half = (step: Step) => {
        if (masters.chance(0.3)) return
        places.set(step.node, placeOf(now, step, places.get(step.node)))
        if (masters.chance(0.5)) perform(masters, now, step)
        else if (step.task === 'zookeeper') masters.lose(step.node)
      }
      for (let step = nextStep(now, masters.leader()); step; step = nextStep(now, masters.leader())) {
        if (off === step.node || masters.chance(0.3)) on()
        if (steps++ === happens) {
          const hadBegun = masters.chance(0.7)
          const others = now.seats.filter(({ gone }) => !gone)
          const victim = (forGood && masters.chance(0.5) && others[masters.below(others.length)]) || step
          if (hadBegun && victim.node === step.node) half(step)
          const reached = victim.node === step.node ? cutShort(now, step, hadBegun) : now
          const without = forGood ? giveUp(reached, victim.node) : undefined
          masters.stop(victim.node)
          if (without) ways.gone++
          else {
            off = victim.node
            ways.undone++
          }
          now = without ?? goBack(reached, 'by an operator')
          masters.heal()
          continue
        }
        if (!off && masters.chance(0.5)) masters.trouble()
        masters.heal()
        // Whoever is to prove it and leads no more says so, and does nothing.
        const leads = step.task === 'prove' ? (masters.leader() ?? masters.settle()) : undefined
        if (leads !== undefined && leads !== step.node) continue
        const able = othersVote(masters, now, step)
        if (able) {
          perform(masters, now, step)
          places.set(step.node, placeOf(now, step, places.get(step.node)))
          if (masters.chance(0.3)) masters.trouble()
        }
        masters.heal()
        if (able && isProven(masters, now, step)) {
          now = done(step.task === 'note' ? { ...now, registry } : now, step)
          if (!off && masters.chance(0.7)) masters.trouble()
          masters.heal()
          continue
        }
        if (now.seats.some(({ node, master }) => node === step.node && master === 'none')) {
          masters.stop(step.node)
          places.delete(step.node)
        }
        // Whoever halts for one that is off waits for it.
        on()
        if (++failed > 20 || steps > 200) break
      }
      on()
      masters.heal()
      const said = { run, forGood, happens, from, to }
      expect({ ...said, step: nextStep(now, undefined) }).toEqual({ ...said, step: undefined })
      const wanted = now.wanted.map((id) => [`n${id}`, quorumOf(now.wanted)])
      const running = [...places].filter(([, quorum]) => quorum).filter(([node]) => masters.runs(node))
      expect({ ...said, running: running.sort() }).toEqual({ ...said, running: wanted.sort() as never })
      expect({ ...said, leads: masters.settle() !== undefined }).toEqual({ ...said, leads: true })
      expect({ ...said, lost: masters.lost() }).toEqual({ ...said, lost: [] })
      expect({ ...said, crowded: masters.crowded() }).toEqual({ ...said, crowded: false })
    }
    expect(ways.undone).toBeGreaterThan(0)
    expect(ways.gone).toBeGreaterThan(0)
  })
})

describe('a wrong order loses what was acknowledged', () => {
  test('two masters with a quorum of one each', () => {
    const masters = makeMasters(1)
    masters.initialize('n1')
    masters.start('n1', 1)
    masters.settle()
    masters.start('n2', 1)
    expect(masters.crowded()).toBe(true)
    masters.stop('n1')
    masters.settle()
    expect(masters.lost()).not.toEqual([])
  })

  test('two replicas that were told that empty is right, before the one that has the log', () => {
    const masters = makeMasters(1)
    masters.initialize('n1')
    masters.start('n1', 1)
    masters.settle()
    masters.stop('n1')
    for (const node of ['n2', 'n3']) {
      masters.initialize(node)
      masters.start(node, 2)
    }
    masters.settle()
    expect(masters.lost()).not.toEqual([])
  })

  test('a quorum that is lowered before those that stay have all', () => {
    const masters = makeMasters(1)
    const five = ['n1', 'n2', 'n3', 'n4', 'n5']
    for (const node of five) masters.initialize(node)
    for (const node of five) masters.start(node, 3)
    masters.settle()
    masters.cut('n2')
    masters.cut('n3')
    masters.settle()
    masters.heal()
    for (const node of ['n4', 'n5', 'n1']) masters.stop(node)
    for (const node of ['n2', 'n3']) {
      masters.stop(node)
      masters.start(node, 2)
    }
    masters.settle()
    expect(masters.lost()).not.toEqual([])
  })

  test('a proof by a machine that leads no more: nobody is elected anew after it', () => {
    const five = [1, 2, 3, 4, 5]
    for (const isStale of [false, true]) {
      // One by which something happens to be lost; most times nothing is.
      const masters = makeMasters(136)
      born(masters, five)
      let now: Progress = { ...change(five, [1, 2, 3]), registry }
      masters.trouble()
      masters.heal()
      for (let step = nextStep(now, masters.leader()); step; step = nextStep(now, masters.leader())) {
        if (step.task !== 'prove' || !isStale) perform(masters, now, step)
        if (step.task === 'prove' && !isStale) masters.settle()
        now = done(now, step)
        if (isFollow(step.task)) masters.trouble()
        masters.heal()
      }
      masters.settle()
      masters.settle()
      expect(masters.lost().length > 0).toBe(isStale)
    }
  })
})
