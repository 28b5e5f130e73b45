import type { Machine } from '../cluster/cluster.ts'
import { whole } from '../gossip/seed.ts'
import { processesOf, type World } from './world.ts'

/** Something that goes wrong. What it returns mends it; undefined where it cannot strike now. */
type Fault = {
  name: string
  strike(world: World): Promise<(() => Promise<void> | void) | undefined>
}

/** What a command line has in it, by the names of the programs. */
const programs: Record<string, string> = {
  zookeeper: 'QuorumPeerMain',
  'mesos-master': ' mesos-master ',
  'mesos-agent': ' mesos-agent ',
  marathon: ' marathon ',
}

/** For what is done to one machine: it is not chosen again before it is mended. */
function onOne(
  name: string,
  strike: (machine: Machine, world: World) => Promise<() => Promise<void> | void>,
  among?: (world: World) => Machine[],
): Fault {
  return {
    name,
    async strike(world) {
      const machine = world.pick(among?.(world))
      if (!machine) return undefined
      world.busy.add(machine)
      if (crashes.has(name) && !(await mayCrash(machine, world))) {
        world.busy.delete(machine)
        return undefined
      }
      world.say(`${machine.name}: ${name}`)
      const mend = await strike(machine, world)
      return async () => {
        await mend()
        world.busy.delete(machine)
        world.say(`${machine.name}: no longer ${name}`)
        if (crashes.has(name)) void whenSynced(machine, world).then(() => world.crashed.delete(machine))
      }
    },
  }
}

/** What may end a ZooKeeper in the midst of a write. */
const crashes = new Set(['killed program', 'without power', 'on a full disk', 'lost disk'])

/** One ZooKeeper at a time: the others have all data, and serve. */
async function mayCrash(machine: Machine, world: World): Promise<boolean> {
  if (!world.controllers.includes(machine)) return true
  if (world.crashed.size > 0) return false
  world.crashed.add(machine)
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

const anyProgram = ({ random }: World) =>
  Object.values(programs)[whole(random, Object.keys(programs).length)] as string

const faults: Fault[] = [
  onOne('killed agent', async (machine, world) => {
    const end = world.excuse(machine)
    send(machine, 'meshbox agent', 'SIGKILL')
    return async () => {
      await world.start(machine)
      end()
    }
  }),
  onOne('paused agent', async (machine, world) => {
    const end = world.excuse(machine)
    send(machine, 'meshbox agent', 'SIGSTOP')
    return () => {
      send(machine, 'meshbox agent', 'SIGCONT')
      end()
    }
  }),
  onOne('killed program', async (machine, world) => {
    send(machine, anyProgram(world), 'SIGKILL')
    return () => {}
  }),
  onOne(
    'paused program',
    async (machine, world) => {
      const word = anyProgram(world)
      send(machine, word, 'SIGSTOP')
      const wake = world.sleeps(machine)
      return () => {
        send(machine, word, 'SIGCONT')
        wake()
      }
    },
    controllersOf,
  ),
  onOne('paused', async (machine, world) => {
    const end = world.excuse(machine)
    const wake = world.sleeps(machine)
    machine.pause()
    return () => {
      machine.resume()
      wake()
      end()
    }
  }),
  onOne('cut off', async (machine, world) => {
    const others = world.cluster.machines.filter((each) => each !== machine)
    for (const other of others) world.cluster.partition(machine, other)
    const meet = world.parts(machine)
    return () => {
      for (const other of others) world.cluster.heal(machine, other)
      meet()
    }
  }),
  onOne('heard by nobody', async (machine, world) => {
    const others = world.cluster.machines.filter((each) => each !== machine)
    for (const other of others) world.cluster.cut(machine, other)
    const meet = world.parts(machine)
    return () => {
      for (const other of others) world.cluster.mend(machine, other)
      meet()
    }
  }),
  onOne('on a bad cable', async (machine, world) => {
    await world.cluster.spoil(machine, { loss: 0.15, delayMs: 30, duplicate: 0.05 })
    return () => world.cluster.repair(machine)
  }),
  onOne('hours ahead or behind', async (machine, { random }) => {
    machine.jumpClock((random() < 0.5 ? -1 : 1) * 3 * 3600)
    return () => machine.jumpClock(0)
  }),
  onOne('without power', async (machine, world) => {
    const end = world.excuse(machine)
    await machine.powerOff()
    return async () => {
      await world.start(machine)
      end()
    }
  }),
  onOne('on a full disk', async (machine, world) => {
    // An agent that dies now cannot come back before there is room again.
    machine.fillDisk()
    return async () => {
      machine.clearDisk()
      await world.start(machine)
    }
  }),
  {
    name: 'lost disk',
    async strike(world) {
      const machine = world.lost ? undefined : world.pick()
      if (!machine) return undefined
      world.busy.add(machine)
      if (!(await mayCrash(machine, world))) {
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

/** Strikes again and again until it is told to stop, two at a time; all is mended when it resolves. */
export async function rage(world: World, untilMs: number): Promise<Map<string, number>> {
  const struck = new Map<string, number>()
  const { random } = world
  async function lane(): Promise<void> {
    while (Date.now() < untilMs) {
      const fault = faults[whole(random, faults.length)] as Fault
      const mend = await fault.strike(world)
      if (!mend) {
        await Bun.sleep(100)
        continue
      }
      struck.set(fault.name, (struck.get(fault.name) ?? 0) + 1)
      // Some for less, some for more than a session lasts.
      await Bun.sleep(random() < 0.25 ? 12_000 * random() + 8000 : 1000 + 4000 * random())
      await mend()
      await Bun.sleep(2000 * random())
    }
  }
  await Promise.all([lane(), lane()])
  return struck
}
