import { describe, expect, test } from 'bun:test'
import { type Progress, quorumOf, type Seat, type Task } from '../../src/agent/controllers/change.ts'
import { comeBack, done, goBack, nextStep } from '../../src/agent/controllers/next.ts'
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
    [1, 2, 3],
    [1, 3, 4],
  ],
  [
    [1, 2, 3, 4, 5],
    [1, 2, 3, 4, 6],
  ],
]

/** Has a machine do what its step says, as far as masters are concerned. */
function perform(masters: Cluster, now: Progress, step: NonNullable<ReturnType<typeof nextStep>>): void {
  const of = now.seats.find(({ node }) => node === step.node)
  if (step.task === 'stop' || step.task === 'retire') masters.stop(step.node)
  // What another life has left is set aside.
  if (step.task === 'zookeeper') masters.lose(step.node)
  if (step.task === 'prove') masters.restart(step.node)
  if (!isFollow(step.task) || !of) return
  masters.stop(step.node)
  if (step.task === 'begin') masters.initialize(step.node)
  masters.start(step.node, quorumOf(step.task === 'relearn' ? now.former : now.wanted))
}

const isFollow = (task: string) => ['relearn', 'follow', 'begin'].includes(task)

/** What a machine has to see before it says that its step is done. */
function isProven(
  masters: Cluster,
  { seats, wanted, former }: Progress,
  { task, node }: NonNullable<ReturnType<typeof nextStep>>,
): boolean {
  if (task === 'prove' || task === 'note') return masters.settle() !== undefined
  if (!isFollow(task)) return true
  const others = seats.filter((each) => each.master === 'runs' && each.node !== node)
  const isAlone = others.length + 1 < quorumOf(task === 'relearn' ? former : wanted)
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
const several = changes.filter(([from]) => from.length > 1)

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
})
