import type { Fault } from './cable.ts'
import type { Machine, TestCluster } from './cluster.ts'

/** What a person at the line of `npm run cluster` acts on. */
export type Played = {
  cluster: TestCluster
  /** Joins it, again after a reboot. Tells how that went. */
  join(machine: Machine): Promise<string>
  /** The bad cables as they are now. */
  faults: Map<Machine, Fault>
}

export type Verb = {
  name: string
  usage: string
  help: string
  /** How many of the words name machines. */
  machines: number
  run(played: Played, machines: Machine[], words: string[]): Promise<string | undefined> | string | undefined
}

/** Everything that can be done to machines, in the order of its help. */
export const verbs: Verb[] = [
  {
    name: 'partition',
    usage: 'A B',
    help: 'no packet passes between A and B',
    machines: 2,
    run: ({ cluster }, [a, b]) => void (a && b && cluster.partition(a, b)),
  },
  {
    name: 'heal',
    usage: 'A B',
    help: 'they do again',
    machines: 2,
    run: ({ cluster }, [a, b]) => void (a && b && cluster.heal(a, b)),
  },
  {
    name: 'cut',
    usage: 'A B',
    help: 'packets from A to B are lost; the way back is open',
    machines: 2,
    run: ({ cluster }, [a, b]) => void (a && b && cluster.cut(a, b)),
  },
  {
    name: 'mend',
    usage: 'A B',
    help: 'they pass again',
    machines: 2,
    run: ({ cluster }, [a, b]) => void (a && b && cluster.mend(a, b)),
  },
  {
    name: 'loss',
    usage: 'A PERCENT',
    help: 'so many packets to and from A are lost',
    machines: 1,
    run: (played, machines, words) => spoil(played, machines, { loss: share(words[0]) }),
  },
  {
    name: 'duplicate',
    usage: 'A PERCENT',
    help: 'so many packets to and from A come twice',
    machines: 1,
    run: (played, machines, words) => spoil(played, machines, { duplicate: share(words[0]) }),
  },
  {
    name: 'delay',
    usage: 'A MILLISECONDS',
    help: 'each packet to and from A takes so long, up to half as much again',
    machines: 1,
    run: (played, machines, words) => spoil(played, machines, { delayMs: number(words[0], 0, 60_000) }),
  },
  {
    name: 'repair',
    usage: 'A',
    help: 'the cable of A is good again',
    machines: 1,
    async run({ cluster, faults }, [a]) {
      if (!a) return undefined
      faults.delete(a)
      await cluster.repair(a)
      return undefined
    },
  },
  {
    name: 'kill',
    usage: 'A',
    help: 'kill -9 of the agent; the programs go on (`join A` starts it again)',
    machines: 1,
    run: async (_, [a]) => void (await a?.killAgent()),
  },
  {
    name: 'pause',
    usage: 'A',
    help: 'every process of A stands still',
    machines: 1,
    run: (_, [a]) => a?.pause() as undefined,
  },
  {
    name: 'resume',
    usage: 'A',
    help: 'and goes on',
    machines: 1,
    run: (_, [a]) => a?.resume() as undefined,
  },
  {
    name: 'off',
    usage: 'A',
    help: 'the power is cut: all processes are gone, the disk is kept',
    machines: 1,
    run: async (_, [a]) => void (await a?.powerOff()),
  },
  {
    name: 'join',
    usage: 'A',
    help: 'A joins, again after off, kill or lose',
    machines: 1,
    run: ({ join }, [a]) => a && join(a),
  },
  {
    name: 'reboot',
    usage: 'A',
    help: 'off, then join',
    machines: 1,
    async run({ join }, [a]) {
      await a?.powerOff()
      return a && join(a)
    },
  },
  {
    name: 'lose',
    usage: 'A',
    help: 'off, and the disk is lost',
    machines: 1,
    async run(_, [a]) {
      await a?.powerOff()
      a?.loseDisk()
      return undefined
    },
  },
  {
    name: 'full',
    usage: 'A',
    help: 'no byte more fits on the disk of A',
    machines: 1,
    run: (_, [a]) => a?.fillDisk() as undefined,
  },
  {
    name: 'room',
    usage: 'A',
    help: 'what filled it is removed',
    machines: 1,
    run: (_, [a]) => a?.clearDisk() as undefined,
  },
  {
    name: 'clock',
    usage: 'A SECONDS',
    help: 'the wall clock of the meshbox of A goes wrong by so much (0: right again)',
    machines: 1,
    run: (_, [a], words) => a?.jumpClock(number(words[0], -1e9, 1e9)) as undefined,
  },
  {
    name: 'meshbox',
    usage: 'A WORDS…',
    help: 'runs meshbox there: `meshbox m1 status`',
    machines: 1,
    run: async (_, [a], words) => a && both(await a.meshbox(...words)),
  },
  {
    name: 'run',
    usage: 'A WORDS…',
    help: 'runs any other program there, to its end',
    machines: 1,
    run: async (_, [a], words) => a && both(await a.run(...words)),
  },
]

async function spoil({ cluster, faults }: Played, [a]: Machine[], more: Fault): Promise<undefined> {
  if (!a) return
  const fault = { ...faults.get(a), ...more }
  await cluster.spoil(a, fault)
  faults.set(a, fault)
}

const share = (word: string | undefined) => number(word, 0, 100) / 100

function number(word: string | undefined, least: number, most: number): number {
  const value = Number(word)
  if (word === undefined || !(value >= least && value <= most))
    throw new Error(`"${word ?? ''}" must be a number from ${least} to ${most}`)
  return value
}

const both = ({ out, err }: { out: string; err: string }) => `${out}${err}`.trimEnd()
