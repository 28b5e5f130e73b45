import { word } from '../../shell.ts'
import type { Blame } from './life.ts'
import { biggerHeap } from './memory.ts'
import type { ServiceName, ServiceSpec } from './spec.ts'

/** What a program's own words tell: whose fault it is, what to do, and the command that does it. */
export type Cause = { blame: Blame; hint: string; command?: string }

/** What is known of how it ran. */
export type HowItRan = Partial<Pick<ServiceSpec, 'argv' | 'cwd' | 'limits'>>

type Told = { name: ServiceName; log: string; ran: HowItRan }

/** The first whose words fit wins. `command` may find in the words what it needs, or nothing. */
const causes: {
  words: RegExp
  blame: Blame
  hint: (name: ServiceName) => string
  command?: (told: Told) => string | undefined
}[] = [
  {
    words: /Address already in use|EADDRINUSE/,
    blame: 'own',
    hint: (name) =>
      `another program has its port: the command shows which; once that is gone, \`meshbox service start ${name}\``,
    command: ({ log }) => {
      const port = (boundTo.exec(log) ?? jettyBoundTo.exec(log))?.[1]
      return port === undefined ? 'ss -ltnp' : `ss -ltnp 'sport = :${port}'`
    },
  },
  {
    words: /No space left on device/,
    blame: 'own',
    hint: (name) =>
      `a disk is full: the command shows which; once it has room, \`meshbox service start ${name}\``,
    command: ({ log, ran }) => {
      const path = /(\/[^\s':"]+)[':"]*:? No space left on device/.exec(log)?.[1] ?? ran.cwd
      return path === undefined ? 'df -h' : `df -h ${word(path)}`
    },
  },
  {
    words: /OutOfMemoryError/,
    blame: 'own',
    hint: (name) =>
      name === 'zookeeper'
        ? 'it ran out of its own memory, zookeeper.heap (MiB): twice as much is a beginning'
        : 'it ran out of its own memory: give the machine more, or its data less',
    command: ({ name, ran }) => biggerHeap(name, ran.argv),
  },
  {
    words: /Cannot assign requested address|EADDRNOTAVAIL/,
    blame: 'own',
    hint: () =>
      'it is told to listen on an address that this machine does not have: `ip addr` shows those it has',
    command: ({ name }) => unset(name, 'ip'),
  },
  {
    words: /IO error: lock |Unable to acquire.*lock|already locked/,
    blame: 'own',
    hint: (name) =>
      `another ${name} works in the same folder: \`ps aux\` shows which, and \`meshbox adopt\` takes it over`,
    command: ({ name }) => `ps -o pid,lstart,args -C ${name}`,
  },
  {
    words: /Configuration change not permitted/,
    blame: 'own',
    hint: () =>
      'attributes, resources or port of the agent are less, or others, than in its work_dir: set them back; or it becomes a new agent, and the tasks of the old one end',
    command: asNewAgent,
  },
  {
    words: /Incompatible agent info detected/,
    blame: 'own',
    hint: () =>
      'attributes, resources or port of the agent differ from those in its work_dir: set them back, or reconfiguration_policy=additive if there is only more of them; or it becomes a new agent, and the tasks of the old one end',
    command: asNewAgent,
  },
  {
    words: /Failed to run 'docker|Failed to create docker|Could not create DockerContainerizer/,
    blame: 'elsewhere',
    hint: () =>
      "Docker's engine does not answer: `docker version` tells why; it goes on by itself when it does",
  },
  {
    words: /Failed to initialize systemd/,
    blame: 'own',
    hint: () =>
      'it cannot work with the systemd of this machine: without it, tasks end when the agent does under systemd',
    command: () => 'meshbox config set mesos.agent.systemd_enable_support=false',
  },
  {
    words: /cgroups?2? (mount|filesystem)|cgroups\.cpp:\d+\] Check failed/,
    blame: 'own',
    hint: () =>
      'it cannot work with the control groups of this machine: `meshbox doctor` knows which versions can; launcher=posix needs none',
    command: () => 'meshbox config set mesos.agent.launcher=posix mesos.agent.isolation=posix/cpu,posix/mem',
  },
  {
    words: /Lost candidacy|Lost leadership/,
    blame: 'elsewhere',
    hint: () => 'it could not reach ZooKeeper for longer than its session lasts; it goes on by itself',
  },
  {
    words: /Failed to perform fetch within|Failed to recover registrar/,
    blame: 'elsewhere',
    hint: () => 'too few mesos-masters are up for a quorum; it goes on by itself when there are enough',
  },
  {
    // Mesos's zookeeper/group.cpp with the words of ZooKeeper's C client; those of its Java client.
    words: /ZooKeeper: (not authenticated|authentication failed)|KeeperErrorCode = (NoAuth|AuthFailed)/i,
    blame: 'own',
    hint: () =>
      "ZooKeeper's znodes of Mesos belong to another user: the ZooKeeper URL has to name that one, zk://USER:PASSWORD@…",
  },
  {
    // Mesos's log/replica.cpp with the words of LevelDB; what cannot be locked, or is no folder, is told above and below.
    words: /Failed to recover the log: (Corruption|IO error: \S+: (No such file|Invalid argument))/,
    blame: 'own',
    hint: () =>
      "its replica of the masters' log is broken: put aside, it is filled again from the others, where a majority of them is well",
    command: ({ ran }) => {
      const work = ran.argv?.findLast((argument) => argument.startsWith(workDir))?.slice(workDir.length)
      if (work === undefined) return undefined
      const folder = `${work}/replicated_log`
      return `mv ${word(folder)} ${word(`${folder}.broken`)} && meshbox service start mesos-master`
    },
  },
  {
    words:
      /Failed to create work directory|replicated_log\/LOCK: Not a directory|root directory '\S+': Not a dir/,
    blame: 'own',
    hint: (name) =>
      `its work_dir is no folder that it can use: without the option, ${name} has one of its own`,
    command: ({ name }) => unset(name, 'work_dir'),
  },
  {
    words: /Failed to load (unknown|non-boolean) flag|Unknown option/,
    blame: 'own',
    hint: (name) => `one of its flags is wrong: \`meshbox config show\` has what was set for ${name}`,
    command: ({ name, log }) => {
      const flag = /(?:unknown|non-boolean) flag '(?:no-)?(\w+)'/.exec(log)?.[1]
      return flag && unset(name, log.includes('unknown flag') ? `extraFlags.${flag}` : flag)
    },
  },
  {
    words:
      /Failed to load flag|for a list of supported flags|is not a valid logging level|Invalid attribute|EXIT with status 1/,
    blame: 'own',
    hint: (name) => `one of its flags is wrong: \`meshbox config show\` has what was set for ${name}`,
    command: ({ name, log }) => {
      const flag =
        /Failed to load flag '(\w+)'/.exec(log)?.[1] ??
        (log.includes('Invalid attribute') ? 'attributes' : undefined) ??
        (log.includes('determine agent resources') ? 'resources' : undefined)
      return flag && unset(name, flag)
    },
  },
]

/** Other numbers stand near these words too: those of lines, of processes. */
const boundTo = /:(\d{2,5})[\])]?:? (?:Address already in use|EADDRINUSE)/
/** Its cause stands lines below. */
const jettyBoundTo = /Failed to bind to \S*:(\d+)/

const workDir = '--work_dir='

/** What the words of a program that has ended tell, where they are known. */
export function causeIn(name: ServiceName, log: string, ran: HowItRan = {}): Cause | undefined {
  const found = causes.find(({ words }) => words.test(log))
  if (!found) return undefined
  const command = found.command?.({ name, log, ran })
  return {
    blame: found.blame,
    hint: found.hint(name),
    ...(command === undefined ? {} : { command }),
  }
}

/** Mesos tells where it keeps what it was. */
function asNewAgent({ log }: Told): string | undefined {
  const latest = /^rm -f (\S+\/meta\/slaves\/latest)$/m.exec(log)?.[1]
  return latest && `rm -f ${word(latest)} && meshbox service start mesos-agent`
}

function unset(name: ServiceName, flag: string): string | undefined {
  const at = { 'mesos-master': 'mesos.master', 'mesos-agent': 'mesos.agent', marathon: 'marathon' } as const
  return name in at ? `meshbox config unset ${at[name as keyof typeof at]}.${flag}` : undefined
}
