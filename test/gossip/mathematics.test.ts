import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { shortestSuspicion, timings } from '../../src/agent/gossip/swim/timing.ts'
import { randomFrom, seed, whole } from './seed.ts'
import { grown, member, type Node, type Simulation } from './simulation.ts'

/**
 * What SWIM's and Lifeguard's papers expect, against what members in virtual time do. The table is printed at the end.
 */
setDefaultTimeout(process.env.MESHBOX_LONG ? 3_600_000 : 60_000)

const long = Boolean(process.env.MESHBOX_LONG)
const sizes = long ? [10, 100, 300, 1000, 3000, 10_000] : [10, 100]
const { lan } = timings
/** Virtual time looked at: in large meshes a second of it costs a real one. */
const spanMs = (size: number) => Math.max(15_000, Math.min(120_000, 1.2e7 / size))
const rows = new Map<number, Record<string, string>>()

function note(size: number, what: string, seen: string): void {
  rows.set(size, { ...rows.get(size), [what]: seen })
}

const seconds = (ms: number) => (ms / 1000).toFixed(1)

afterAll(() => {
  const [first = {}] = rows.values()
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const head = ['members', ...Object.keys(first)]
  const lines = [
    head,
    head.map(() => '---'),
    ...[...rows].map(([size, row]) => [size, ...Object.values(row)]),
  ]
  process.stdout.write(`\n${lines.map((cells) => line(cells.map(String))).join('\n')}\n`)
})

/** Rounds that an epidemic takes in which everyone who knows tells `fanout` others: log n of it, and the last few. */
function roundsToAll(size: number): number {
  return Math.log(size) / Math.log(1 + lan.gossipNodes) + Math.log(size) / lan.gossipNodes
}

const pick = (sim: Simulation, random: () => number): Node => {
  const live = [...sim.nodes.values()].filter(({ alive }) => alive)
  return live[whole(random, live.length)] as Node
}

describe.each(sizes)('of %i members', (size) => {
  test('a join is known to all after about log n rounds of gossip', () => {
    const sim = grown(size, { seed })
    sim.run(2000)
    sim.add('late', { tags: { role: 'worker' } }).mesh.join(member(sim, 'm7').address, () => {})
    const took = sim.until(60_000, () => sim.dissent('late', 'alive').length === 0) ?? Number.NaN
    const expected = roundsToAll(size) * lan.gossipMs
    note(size, 'join', `${seconds(took)} s of ${seconds(expected)}`)
    expect(took).toBeLessThan(2 * expected + 3 * lan.gossipMs)
    expect(sim.until(60_000, () => sim.nodes.get('late')?.mesh.known() === size + 1)).toBeDefined()
  })

  test('a death is known to all after a probe, the suspicion, and log n rounds', () => {
    const sim = grown(size, { seed: seed + 1 })
    sim.run(3000)
    member(sim, 'm1').kill()
    const died = sim.now()
    sim.until(120_000, () => sim.dissent('m1', 'alive').some((node) => node.status('m1') === 'failed'))
    const first = sim.now() - died
    const all = first + (sim.until(60_000, () => sim.dissent('m1', 'failed').length === 0) ?? Number.NaN)
    // SWIM, section 3.1: some probe hits the dead one after e/(e-1) intervals, and ends one later.
    const noticed = (Math.E / (Math.E - 1) + 1) * lan.probeMs
    const [shortest, spread] = [shortestSuspicion(lan, size), roundsToAll(size) * lan.gossipMs]
    note(
      size,
      'death',
      `first ${seconds(first)} s, all ${seconds(all)} s of ${seconds(noticed + shortest + spread)}`,
    )
    expect(first).toBeGreaterThan(shortest)
    // Confirmations may be late where few are there to give them; a suspicion has a longest time.
    expect(first).toBeLessThan(noticed + 4000 + shortest * (size < 100 ? lan.suspicionMaxMultiplier : 2))
    expect(all - first).toBeLessThan(2 * spread + 5 * lan.gossipMs)
    expect(sim.falseDeaths()).toBe(0)
    // Whoever died told nothing about the health of the others.
    const ill = [...sim.nodes.values()].filter(({ alive, mesh }) => alive && mesh.health() > 0)
    expect(ill.length).toBeLessThanOrEqual(size / 50)
  })

  test.each([0, 0.1, 0.2, 0.3])('nobody is taken for dead while %d of the datagrams are lost', (loss) => {
    const sim = grown(size, { seed: seed + 2 })
    sim.loss = loss
    sim.twice = 0.1
    sim.run(spanMs(size))
    note(size, `false at ${loss}`, String(sim.falseDeaths()))
    expect(sim.falseDeaths()).toBe(0)
  })

  test.each([0.1, 0.2])(
    'with streams lost as well, %d of loss brings as many suspicions as it must',
    (loss) => {
      const sim = grown(size, { seed: seed + 3 })
      sim.loss = loss
      sim.link = (_, __, kind) => kind === 'datagram'
      sim.run(Math.max(4000, spanMs(size) / 3))
      const { unanswered, suspected } = sim.totals
      // A probe by way of another fails when one of four datagrams is lost, and all of them must fail.
      const expected = (1 - (1 - loss) ** 4) ** Math.min(lan.indirectChecks, size - 2)
      const share = suspected / unanswered
      note(size, `suspicions at ${loss}`, `${share.toFixed(3)} of ${expected.toFixed(3)}`)
      const few = 3 / Math.sqrt(Math.max(1, unanswered * expected))
      expect(Math.abs(share / expected - 1)).toBeLessThan(0.25 + few)
    },
  )

  test('members that stall make nobody else fail', () => {
    const sim = grown(size, { seed: seed + 4 })
    const random = randomFrom(seed)
    const slow = new Set(Array.from({ length: Math.min(20, Math.ceil(size / 20)) }, (_, i) => `m${i * 3}`))
    const end = sim.now() + spanMs(size)
    while (sim.now() < end) {
      for (const name of slow) {
        const node = member(sim, name)
        if (node.pausedUntil < sim.now() && random() < 0.3)
          node.pausedUntil = sim.now() + 500 + random() * 4000
      }
      sim.run(1000)
    }
    const wronged = [...sim.nodes.values()].flatMap(({ events }) =>
      events.filter((event) => event.kind === 'failed' && !slow.has(event.member.name)),
    )
    note(size, 'some stall', `${slow.size}, ${wronged.length} healthy wronged, ${sim.falseDeaths()} in all`)
    expect(wronged.length).toBe(0)
  })

  test('kills and restarts leave everyone alive, with a new incarnation', () => {
    const sim = grown(size, { seed: seed + 5 })
    const random = randomFrom(seed + 5)
    const changed = new Set<string>()
    for (let i = 0; i < Math.max(3, Math.min(20, size / 10)); i++) {
      const victim = pick(sim, random)
      victim.kill()
      sim.run(random() * 2000)
      sim.add(victim.name, { tags: { life: String(i) } }).mesh.join(pick(sim, random).address, () => {})
      changed.add(victim.name)
    }
    const knows = (viewer: Node) =>
      [...changed].every((name) => {
        const seen = viewer.mesh.member(name)
        return seen?.status === 'alive' && seen.tags.life === member(sim, name).mesh.member(name)?.tags.life
      })
    const took = sim.until(300_000, () => [...sim.nodes.values()].every(knows))
    note(size, 'restarts', `${changed.size} known after ${seconds(took ?? Number.NaN)} s`)
    expect(took).toBeDefined()
  })

  test('a cut in one direction, and then in both, heals', () => {
    const sim = grown(size, { seed: seed + 6 })
    // Of large meshes some leave: half of a large one would be a mesh of its own, and take as long as it has members.
    const few = Math.min(size / 2, 20)
    const apart = (name: string) => Number(name.slice(1)) < few
    sim.link = (from, to) => apart(from.name) || !apart(to.name)
    sim.run(20_000)
    sim.link = (from, to) => apart(from.name) === apart(to.name)
    sim.run(size > 1000 ? 60_000 : 120_000)
    const mourned = sim.dissent('m0', 'alive').length
    sim.heal()
    const whole = () =>
      Array.from({ length: Math.ceil(few) }, (_, i) => `m${i}`).every(
        (name) => sim.dissent(name, 'alive').length === 0,
      ) && sim.dissent(`m${size - 1}`, 'alive').length === 0
    const took = sim.until(600_000, whole)
    note(size, 'cut', `${mourned} mourned, whole after ${seconds(took ?? Number.NaN)} s`)
    expect(took).toBeDefined()
    expect(mourned).toBeGreaterThanOrEqual(size - few)
  })
})
