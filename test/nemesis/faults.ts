import type { Machine } from '../cluster/cluster.ts'
import { randomFrom, whole } from '../gossip/seed.ts'
import { processesOf, type World } from './world.ts'

/** What is drawn for a fault before anybody is looked at: so that it does not depend on what the others draw meanwhile. */
type Draw = {
  /** In which order the machines are tried. */
  order: number[]
  /** Of the programs that run there, and which way a clock jumps. */
  part: number
}

/** Something that goes wrong. What it returns mends it; undefined where it cannot strike now. */
type Fault = {
  name: string
  strike(world: World, draw: Draw): Promise<(() => Promise<void> | void) | undefined>
}

/** What a command line has in it, by the names of the programs. */
const programs: Record<string, string> = {
  zookeeper: 'QuorumPeerMain',
  'mesos-master': ' mesos-master ',
  'mesos-agent': ' mesos-agent ',
  marathon: ' marathon ',
}

/** Whoever has a fault already is left alone, so that each can be mended by itself. */
function pick(world: World, { order }: Draw, among = world.cluster.machines): Machine | undefined {
  const { machines } = world.cluster
  return order
    .flatMap((at) => machines[at] ?? [])
    .find((each) => among.includes(each) && !world.busy.has(each))
}

/**
 * For what is done to one machine: it is not chosen again before it is mended. `strike` tells what it struck, where that
 * is not all of it; undefined where there was nothing to strike.
 */
function onOne(
  name: string,
  strike: (
    machine: Machine,
    world: World,
    part: number,
  ) => Promise<{ what?: string; mend: () => Promise<void> | void } | undefined>,
  among?: (world: World) => Machine[],
): Fault {
  return {
    name,
    async strike(world, draw) {
      const machine = pick(world, draw, among?.(world))
      if (!machine) return undefined
      world.busy.add(machine)
      const isMine = await mayCrash(name, machine, world)
      const struck = isMine ? await strike(machine, world, draw.part) : undefined
      if (!struck) {
        world.busy.delete(machine)
        if (isMine && crashes.has(name)) world.crashed.delete(machine)
        return undefined
      }
      const told = `${name}${struck.what ? ` (${struck.what})` : ''}`
      world.say(`${machine.name}: ${told}`)
      return async () => {
        await struck.mend()
        world.busy.delete(machine)
        world.say(`${machine.name}: no longer ${told}`)
        if (crashes.has(name)) void whenSynced(machine, world).then(() => world.crashed.delete(machine))
      }
    },
  }
}

/** What may end a ZooKeeper in the midst of a write. */
const crashes = new Set(['killed program', 'without power', 'on a full disk', 'lost disk'])
/** What takes from a disk, or keeps from it, what was confirmed. */
const ofDisks = new Set(['on a full disk', 'lost disk'])

/**
 * Kills and power cuts strike any controllers, two at a time too, where ZooKeeper is sound. What strikes a disk comes
 * alone, while all others have all data and serve; and beside a full disk nobody else crashes, for a second after it nobody
 * knows yet what is torn there.
 */
async function mayCrash(name: string, machine: Machine, world: World): Promise<boolean> {
  if (!crashes.has(name) || !world.controllers.includes(machine)) return true
  const beside = [...world.crashed.values()]
  const isAlone = ofDisks.has(name) || !world.isSound
  if (isAlone ? beside.length > 0 : beside.includes('on a full disk')) return false
  world.crashed.set(machine, name)
  if (!isAlone) return true
  const others = world.voters.filter((each) => each !== machine)
  const serving = await Promise.all(others.map((each) => serves(each, world)))
  if (serving.every(Boolean)) return true
  world.crashed.delete(machine)
  return false
}

async function serves(machine: Machine, world: World): Promise<boolean> {
  const services = (await world.status(machine))?.machines[0]?.services ?? []
  return services.some(({ name, state }) => name === 'zookeeper' && state === 'ready')
}

const controllersOf = ({ controllers }: World) => controllers

function send(machine: Machine, word: string, signal: NodeJS.Signals): void {
  for (const pid of processesOf(machine, word)) {
    try {
      process.kill(pid, signal)
    } catch {
      // ended meanwhile
    }
  }
}

/** One of those that run there. */
function anyProgram(machine: Machine, part: number): { what: string; word: string } | undefined {
  const present = Object.entries(programs).filter(([, word]) => processesOf(machine, word).length > 0)
  const [what, word] = present[Math.floor(part * present.length)] ?? []
  return what === undefined || word === undefined ? undefined : { what, word }
}

type Between = (world: World, machine: Machine, other: Machine) => void

/** Between one machine and each of the others. */
function apart(name: string, part: Between, join: Between): Fault {
  return onOne(name, async (machine, world) => {
    const others = world.cluster.machines.filter((each) => each !== machine)
    for (const other of others) part(world, machine, other)
    const meet = world.parts(machine)
    return {
      mend() {
        for (const other of others) join(world, machine, other)
        meet()
      },
    }
  })
}

export const faults: Fault[] = [
  onOne('killed agent', async (machine, world) => {
    const end = world.excuse(machine)
    send(machine, 'meshbox agent', 'SIGKILL')
    return {
      async mend() {
        await world.start(machine)
        end()
      },
    }
  }),
  onOne('paused agent', async (machine, world) => {
    const end = world.excuse(machine)
    send(machine, 'meshbox agent', 'SIGSTOP')
    return {
      mend() {
        send(machine, 'meshbox agent', 'SIGCONT')
        end()
      },
    }
  }),
  onOne('killed program', async (machine, _, part) => {
    const program = anyProgram(machine, part)
    if (!program) return undefined
    send(machine, program.word, 'SIGKILL')
    return { what: program.what, mend: () => {} }
  }),
  onOne(
    'paused program',
    async (machine, world, part) => {
      const program = anyProgram(machine, part)
      if (!program) return undefined
      const { what, word } = program
      send(machine, word, 'SIGSTOP')
      const wake = world.sleeps(machine)
      return {
        what,
        mend() {
          send(machine, word, 'SIGCONT')
          wake()
        },
      }
    },
    controllersOf,
  ),
  onOne('paused', async (machine, world) => {
    const end = world.excuse(machine)
    const wake = world.sleeps(machine)
    machine.pause()
    return {
      mend() {
        machine.resume()
        wake()
        end()
      },
    }
  }),
  apart(
    'cut off',
    ({ cluster }, machine, other) => cluster.partition(machine, other),
    ({ cluster }, machine, other) => cluster.heal(machine, other),
  ),
  apart(
    'heard by nobody',
    ({ cluster }, machine, other) => cluster.cut(machine, other),
    ({ cluster }, machine, other) => cluster.mend(machine, other),
  ),
  apart(
    'deaf',
    ({ cluster }, machine, other) => cluster.cut(other, machine),
    ({ cluster }, machine, other) => cluster.mend(other, machine),
  ),
  onOne('on a bad cable', async (machine, world) => {
    await world.cluster.spoil(machine, { loss: 0.15, delayMs: 30, duplicate: 0.05 })
    return { mend: () => world.cluster.repair(machine) }
  }),
  onOne('ahead or behind', async (machine, _, part) => {
    // Between a few seconds and some hours, either way.
    const seconds = Math.round((part < 0.5 ? -1 : 1) * 5 * 2000 ** Math.abs(2 * part - 1))
    machine.jumpClock(seconds)
    return { what: `${seconds} s`, mend: () => machine.jumpClock(0) }
  }),
  onOne('without power', async (machine, world) => {
    const end = world.excuse(machine)
    await machine.powerOff()
    return {
      async mend() {
        await world.start(machine)
        end()
      },
    }
  }),
  onOne('on a full disk', async (machine, world) => {
    // An agent that dies now cannot come back before there is room again.
    machine.fillDisk()
    return {
      async mend() {
        machine.clearDisk()
        await world.start(machine)
      },
    }
  }),
  {
    name: 'lost disk',
    async strike(world, draw) {
      const machine = world.lost ? undefined : pick(world, draw)
      if (!machine) return undefined
      world.busy.add(machine)
      if (!(await mayCrash('lost disk', machine, world))) {
        world.busy.delete(machine)
        return undefined
      }
      world.lost = machine
      world.say(`${machine.name}: lost its disk`)
      const end = world.excuse(machine)
      await machine.powerOff()
      machine.loseDisk()
      return async () => {
        world.anew(machine)
        await world.start(machine)
        world.busy.delete(machine)
        world.say(`${machine.name}: back with an empty disk`)
        void whenSynced(machine, world).then((synced) => {
          end()
          if (!synced) return
          world.lost = undefined
          world.crashed.delete(machine)
          world.say(`${machine.name}: has its data again`)
        })
      }
    },
  },
]

/** Its ZooKeeper serves again, and its resolver has heard from a leader, which may have to be elected first. */
async function whenSynced(machine: Machine, world: World): Promise<boolean> {
  while (!world.over) {
    const status = await world.status(machine)
    const { services = [], dns } = status?.machines[0] ?? {}
    const zookeeper = services.find(({ name }) => name === 'zookeeper')
    const serves = zookeeper?.state === 'ready' || !world.controllers.includes(machine)
    if (status?.cluster.document && serves && dns?.state === 'ready') return true
    await Bun.sleep(500)
  }
  return false
}

/**
 * Strikes again and again until it is told to stop, two at a time; all is mended when it resolves. Each of the two draws
 * from numbers of its own.
 */
export async function rage(world: World, untilMs: number, seed: number): Promise<Map<string, number>> {
  const struck = new Map<string, number>()
  async function lane(random: () => number): Promise<void> {
    while (Date.now() < untilMs) {
      const fault = faults[whole(random, faults.length)] as Fault
      const keys = world.cluster.machines.map((_, at) => ({ at, key: random() }))
      const order = keys.sort((a, b) => a.key - b.key).map(({ at }) => at)
      const part = random()
      // Some for less, some for more than a session lasts.
      const lastsMs = random() < 0.25 ? 12_000 * random() + 8000 : 1000 + 4000 * random()
      const restMs = 2000 * random()
      const mend = await fault.strike(world, { order, part })
      if (!mend) {
        await Bun.sleep(100)
        continue
      }
      struck.set(fault.name, (struck.get(fault.name) ?? 0) + 1)
      await Bun.sleep(lastsMs)
      await mend()
      await Bun.sleep(restMs)
    }
  }
  await Promise.all([lane(randomFrom(2 * seed)), lane(randomFrom(2 * seed + 1))])
  return struck
}
