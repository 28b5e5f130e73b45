import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { pushPullInterval, timings } from '../../src/agent/gossip/swim/timing.ts'
import { randomFrom, seed, whole } from './seed.ts'
import { grown, joinAll, member, type Simulation, settled, simulate } from './simulation.ts'

setDefaultTimeout(process.env.MESHBOX_LONG ? 1_800_000 : 60_000)

const long = Boolean(process.env.MESHBOX_LONG)
const names = (sim: Simulation) => [...sim.nodes.keys()]
const failures = (sim: Simulation) =>
  [...sim.nodes.values()].flatMap(({ events }) => events.filter(({ kind }) => kind === 'failed')).length

describe('a join', () => {
  test.each(long ? [10, 100, 300, 1000] : [10, 100])('%i members all know each other', (size) => {
    const sim = simulate({ seed })
    for (let i = 0; i < size; i++) sim.add(`m${i}`)
    joinAll(sim)
    expect(sim.until(60_000, sim.agreed)).toBeDefined()
    expect(failures(sim)).toBe(0)
  })

  test('one more is known to all within seconds, with its tags', () => {
    const sim = settled(60, { seed })
    const late = sim.add('late', { tags: { role: 'worker' } })
    late.mesh.join(member(sim, 'm7').address, () => {})
    expect(sim.until(10_000, sim.agreed)).toBeDefined()
    const seen = member(sim, 'm50')
      .mesh.members()
      .find(({ name }) => name === 'late')
    expect(seen).toMatchObject({ status: 'alive', tags: { role: 'worker' } })
  })

  test('changed tags reach everyone', () => {
    const sim = settled(40, { seed })
    member(sim, 'm3').mesh.updateTags({ document: '7' })
    const told = () =>
      names(sim).every(
        (name) =>
          member(sim, name)
            .mesh.members()
            .find((each) => each.name === 'm3')?.tags.document === '7',
      )
    expect(sim.until(10_000, told)).toBeDefined()
  })
})

describe('a failure', () => {
  test.each([3, 20, 100])('is found by all of %i members in the time of its suspicion', (size) => {
    const sim = settled(size, { seed })
    sim.run(5000)
    member(sim, 'm1').kill()
    const took = sim.until(90_000, () => sim.dissent('m1', 'failed').length === 0)
    expect(took).toBeDefined()
    expect(took).toBeGreaterThan(timings.lan.suspicionMultiplier * timings.lan.probeMs)
  })

  test('a member that says goodbye is shown as left by all, and by nobody as failed', () => {
    const sim = settled(30, { seed })
    let gone = false
    member(sim, 'm4').mesh.leave(() => {
      gone = true
    })
    expect(sim.until(20_000, () => gone && sim.dissent('m4', 'left').length === 0)).toBeDefined()
    member(sim, 'm4').kill()
    sim.run(60_000)
    expect(sim.dissent('m4', 'left')).toEqual([])
    expect(failures(sim)).toBe(0)
  })

  test('a member that was killed and started again is alive for all, with its new tags', () => {
    const sim = settled(20, { seed })
    member(sim, 'm2').kill()
    sim.run(3000)
    sim.add('m2', { tags: { start: '2' } }).mesh.join(member(sim, 'm9').address, () => {})
    const told = () =>
      names(sim).every(
        (name) =>
          member(sim, name)
            .mesh.members()
            .find((each) => each.name === 'm2')?.tags.start === '2',
      )
    expect(sim.until(30_000, () => sim.agreed() && told())).toBeDefined()
  })

  test('a member that left may come back', () => {
    const sim = settled(10, { seed })
    let gone = false
    member(sim, 'm2').mesh.leave(() => {
      gone = true
    })
    sim.until(20_000, () => gone)
    sim.run(5000)
    member(sim, 'm2').kill()
    sim.add('m2').mesh.join(member(sim, 'm0').address, () => {})
    expect(sim.until(30_000, () => sim.dissent('m2', 'alive').length === 0)).toBeDefined()
  })
})

describe('nobody alive is held for dead', () => {
  test.each([0, 0.1, 0.3])('while the share %d of all datagrams is lost, and some come twice', (loss) => {
    const sim = settled(long ? 300 : 40, { seed })
    sim.loss = loss
    sim.twice = 0.1
    sim.run(120_000)
    expect(failures(sim)).toBe(0)
  })

  test('for long, while streams fail as often as datagrams', () => {
    const sim = settled(30, { seed })
    const random = randomFrom(seed)
    sim.loss = 0.3
    sim.link = (_, __, kind) => kind === 'datagram' || random() > 0.3
    sim.run(120_000)
    const wrong = [...sim.nodes.values()].flatMap(({ mesh }) =>
      mesh.members().filter(({ status }) => status === 'failed'),
    )
    expect(wrong.length).toBeLessThan(30)
    sim.loss = 0
    expect(sim.until(120_000, sim.agreed)).toBeDefined()
  })

  test('when one cannot send to another', () => {
    const sim = settled(20, { seed })
    sim.link = (from, to) => !(from.name === 'm1' && to.name === 'm2')
    sim.run(120_000)
    expect(failures(sim)).toBe(0)
  })

  test('when datagrams do not reach one, but streams do', () => {
    const sim = settled(20, { seed })
    sim.link = (_, to, kind) => kind === 'stream' || to.name !== 'm1'
    sim.run(90_000)
    expect(failures(sim)).toBe(0)
  })

  test('when one answers slowly', () => {
    const sim = settled(20, { seed })
    sim.delay = (from, to) => (from.name === 'm1' || to.name === 'm1' ? 350 : 1)
    sim.run(120_000)
    expect(failures(sim)).toBe(0)
  })

  test('for long, after it stood still for 20 seconds', () => {
    const sim = settled(20, { seed })
    member(sim, 'm1').pausedUntil = sim.now() + 20_000
    sim.run(20_000)
    expect(sim.until(60_000, sim.agreed)).toBeDefined()
  })
})

describe('a partition', () => {
  test.each([
    ['of halves', 0.5],
    ['of one', 0.05],
  ])('%s heals into one mesh, also after SWIM has forgotten the other side', (_, share) => {
    const sim = settled(20, { seed })
    const side = (name: string) => Number(name.slice(1)) < 20 * share
    sim.link = (from, to) => side(from.name) === side(to.name)
    sim.run(180_000)
    expect(member(sim, 'm0').status('m19')).toBe('failed')
    sim.link = () => true
    expect(sim.until(300_000, sim.agreed)).toBeDefined()
    sim.run(60_000)
    expect(sim.agreed()).toBe(true)
  })

  test('in one direction heals as well', () => {
    const sim = settled(16, { seed })
    const side = (name: string) => Number(name.slice(1)) < 8
    sim.link = (from, to) => side(from.name) || !side(to.name)
    sim.run(120_000)
    sim.link = () => true
    expect(sim.until(300_000, sim.agreed)).toBeDefined()
  })
})

describe('a name', () => {
  test('belongs to its first owner; those who meet the other hear of it', () => {
    const sim = settled(8, { seed })
    const owner = member(sim, 'm3')
    const thief = sim.add('m3', { address: { host: '10.9.9.9', port: 7946 } })
    thief.mesh.join(member(sim, 'm0').address, () => {})
    sim.run(20_000)
    const at = (name: string) => member(sim, name).mesh.peer('m3')?.host
    expect(['m0', 'm1', 'm7'].map(at)).toEqual(Array(3).fill(owner.address.host))
    const told = [...sim.nodes.values()].filter(({ events }) =>
      events.some(({ kind }) => kind === 'conflict'),
    )
    expect(told.length).toBeGreaterThan(1)
    expect(thief.events.some(({ kind }) => kind === 'conflict')).toBe(true)
  })

  test('may be taken by another address a while after its owner died', () => {
    const sim = settled(8, { seed })
    member(sim, 'm3').kill()
    sim.until(60_000, () => sim.dissent('m3', 'failed').length === 0)
    sim.run(timings.lan.deadReclaimMs + 5000)
    sim
      .add('m3', { address: { host: '10.9.9.9', port: 7946 } })
      .mesh.join(member(sim, 'm0').address, () => {})
    expect(sim.until(60_000, () => sim.dissent('m3', 'alive').length === 0)).toBeDefined()
    expect(member(sim, 'm1').mesh.peer('m3')?.host).toBe('10.9.9.9')
  })
})

test('after kills, starts, pauses, losses and cuts at random, all agree again', () => {
  const sim = settled(long ? 100 : 25, { seed })
  const random = randomFrom(seed + 7)
  const all = names(sim)
  for (let round = 0; round < (long ? 60 : 15); round++) {
    const chosen = member(sim, all[1 + whole(random, all.length - 1)] ?? 'm1')
    const what = whole(random, 4)
    if (!chosen.alive) sim.add(chosen.name).mesh.join(member(sim, 'm0').address, () => {})
    else if (what === 0) chosen.kill()
    else if (what === 1) chosen.pausedUntil = sim.now() + random() * 20_000
    else if (what === 2) sim.loss = random() * 0.3
    else {
      const cut = new Set(all.filter(() => random() < 0.3))
      sim.link = (from, to) => cut.has(from.name) === cut.has(to.name)
    }
    sim.run(random() * 20_000)
    if (random() < 0.5) sim.link = () => true
  }
  sim.link = () => true
  sim.loss = 0
  for (const name of all) {
    if (!member(sim, name).alive) sim.add(name).mesh.join(member(sim, 'm0').address, () => {})
  }
  expect(sim.until(600_000, sim.agreed)).toBeDefined()
})

test('what a member costs does not grow with the mesh', () => {
  const cost = (size: number) => {
    const sim = settled(size, { seed })
    sim.run(20_000) // the news of the start die down
    const before = { ...sim.totals }
    sim.run(30_000)
    return (sim.totals.packets - before.packets) / size / 30
  }
  const [few, many] = [cost(20), cost(long ? 500 : 100)]
  expect(many).toBeLessThan(few * 1.3)
})

test('one that missed the news by datagram finds out by comparing, and gets them by stream', () => {
  const sim = grown(200, { seed })
  const deaf = member(sim, 'm9')
  sim.link = (_, to, kind) => kind === 'stream' || to !== deaf
  member(sim, 'm3').mesh.updateTags({ document: '7' })
  const before = { ...sim.totals }
  // Until nobody spreads it by datagram any more.
  sim.run(6000)
  sim.heal()
  const told = () => deaf.mesh.member('m3')?.tags.document === '7'
  expect(sim.until(pushPullInterval(timings.lan, 200) + 1000, told)).toBeDefined()
  expect(sim.totals.comparisons - before.comparisons).toBeGreaterThan(0)
})

test('the same seed gives the same run, another one another', () => {
  const trace = (start: number) => {
    const sim = settled(15, { seed: start })
    sim.loss = 0.1
    sim.run(20_000)
    return sim.trace()
  }
  expect(trace(seed)).toBe(trace(seed))
  expect(trace(seed)).not.toBe(trace(seed + 1))
})
