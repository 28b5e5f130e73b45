import { z } from 'zod'
import { kind } from './option/kind/kind.ts'
import { decimal, integer } from './option/kind/number.ts'
import { option, type ProgramName } from './option/option.ts'

const userError = 'must be the name of a user of the machine'
const user = kind(z.string({ error: userError }).regex(/^[a-z_][a-z0-9_-]{0,31}$/, { error: userError }), {
  name: 'user',
  text: 'the name of a user of the machine',
  good: ['zookeeper', '_mesos'],
  bad: ['Root', '0', 'a b', ''],
})

/** What a program may take of a machine; a change starts it anew. */
function limits(program: ProgramName) {
  const change = program === 'zookeeper' || program === 'mesos-master' ? 'rolling' : 'restart'
  const facts = { change, local: true } as const
  return {
    openFiles: option(integer(256, 1_073_741_816).optional(), {
      ...facts,
      text: 'How many files and sockets it may have open at once, as far as the agent has the right to raise that.',
    }),
    oomScore: option(integer(-1000, 1000).optional(), {
      ...facts,
      text: 'How soon it is killed when memory runs out: 1000 first, -1000 never.',
    }),
    user: option(user.optional(), {
      ...facts,
      text: 'Whose rights it gets, instead of those of the agent, which must be root for that.',
    }),
    memory: option(integer(64).optional(), {
      ...facts,
      unit: 'MiB',
      text: 'How much memory it may take before it is killed. Needs cgroup v2, and systemd 254 where there is systemd.',
    }),
    cpus: option(decimal(0.01, 4096).optional(), {
      ...facts,
      text: 'How many processors it may use, as in 1.5. Needs cgroup v2, and systemd 254 where there is systemd.',
    }),
  }
}

function withoutShare(program: ProgramName) {
  const { memory: _, cpus: __, ...plain } = limits(program)
  return plain
}

/**
 * What each program may take of the machine. Tasks may live with mesos-agent and containers with docker: those have no share
 * of memory or processors.
 */
export const supervisionSchema = z.strictObject({
  zookeeper: z.strictObject(limits('zookeeper')).prefault({}),
  'mesos-master': z.strictObject(limits('mesos-master')).prefault({}),
  docker: z.strictObject(withoutShare('docker')).prefault({}),
  'mesos-agent': z.strictObject(withoutShare('mesos-agent')).prefault({}),
  marathon: z.strictObject(limits('marathon')).prefault({}),
})
