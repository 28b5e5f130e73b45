import type { Problem } from './problem.ts'

/** A file and the size of its disk, a service, a machine: what a problem is about. */
type Words = Pick<Problem, 'what' | 'why' | 'command'> & Partial<Pick<Problem, 'machine' | 'service'>>

const failed = (words: Words): Problem => ({ severity: 'failed', ...words })
const warning = (words: Words): Problem => ({ severity: 'warning', ...words })
const on = (machine: string | undefined) => (machine === undefined ? {} : { machine })

/**
 * All that meshbox knows to be wrong with a machine or a cluster, in its words: what it is, its cause, and the command that
 * mends it. docs/troubleshooting.md has them by what one sees.
 */
export const known = {
  noMajority: (silent: string[], first: string | undefined) =>
    failed({
      what: 'ZooKeeper has no majority',
      why:
        `${silent.length === 0 ? 'all controllers are alive' : `${silent.join(', ')} do not answer`}; nothing can be changed until there is one, names and tasks go on. ` +
        'If machines or disks are lost for good: `meshbox controllers recover`',
      command: first === undefined ? 'meshbox doctor' : 'meshbox doctor --fix',
      ...on(first),
    }),

  zooKeeperAway: (url: string) =>
    failed({
      what: 'ZooKeeper does not answer',
      why: `no server of ${url} has a session for this machine`,
      command: 'meshbox doctor',
    }),

  wrongUrl: (url: string) =>
    failed({
      what: 'the ZooKeeper URL leads nowhere',
      why: `this machine has never met its cluster, and nobody serves at ${url}: leave, then join with the URL that \`meshbox status\` shows on a member`,
      command: 'meshbox leave --purge --no-drain',
    }),

  wrongKey: (why: string) =>
    failed({
      what: 'this machine does not have the key of its cluster',
      why: `${why}; leave, then join with that key: --key-file FILE`,
      command: 'meshbox leave --purge',
    }),

  refused: (why: string) =>
    failed({
      what: 'this machine may not take part in the cluster',
      why,
      command: 'meshbox leave --purge',
    }),

  rival: (who: string) =>
    failed({
      what: 'another machine has the same id as this one',
      why: `${who} was seen with it: was its disk copied? One of the two has to leave, and to join again`,
      command: 'meshbox leave --purge',
    }),

  planFailed: (why: string) => failed({ what: 'the plan cannot be applied', why, command: 'meshbox plan' }),

  rolloutUnreadable: (why: string) =>
    failed({ what: 'the state of rollouts cannot be used', why, command: 'meshbox rollout status' }),

  documentRefused: (applied: number, why: string) =>
    failed({
      what: 'the newest document is not applied',
      why,
      command: `meshbox config rollback ${applied}`,
    }),

  /** @param before the version of the document before; a change of controllers has none */
  rolloutHalted: (text: string, why: string, before: number | undefined) =>
    failed({
      what: `the rollout of ${text} has halted`,
      why: `${why}; \`meshbox rollout resume\` tries again${before === undefined ? ', `meshbox controllers undo` takes it back' : ''}`,
      command: before === undefined ? 'meshbox rollout resume' : `meshbox config rollback ${before}`,
    }),

  serviceFailed: (service: string, why: string) =>
    failed({ what: `${service} failed`, why, command: `meshbox logs ${service}`, service }),

  serviceFalls: (service: string, why: string) =>
    warning({ what: `${service} does not stay up`, why, command: `meshbox logs ${service}`, service }),

  serviceMissing: (service: string, why: string) =>
    failed({ what: `${service} cannot run here`, why, command: 'meshbox install --plan', service }),

  packageFailed: (service: string, why: string) =>
    failed({
      what: `${service} stays as it was`,
      why: `${why}; the one before goes on`,
      command: 'meshbox install --plan',
      service,
    }),

  portTaken: (
    { port, what, setting }: { port: number; what: string; setting: string },
    { name, pid }: { name: string; pid: number },
  ) =>
    failed({
      what: `port ${port} is taken`,
      why: `${name} (pid ${pid}) listens where ${what} has to; end it, or set ${setting} to another port`,
      command: `kill ${pid}`,
    }),

  diskFull: (folder: string, left: string, top = folder) =>
    failed({
      what: `the disk of ${folder} is full`,
      why: `${left} left: logs and history are kept short, and nothing is installed`,
      command: fattest(top),
    }),

  diskLow: (folder: string, left: string, top = folder) =>
    warning({
      what: `the disk of ${folder} fills up`,
      why: `${left} left: ZooKeeper stops for want of room`,
      command: fattest(top),
    }),

  clockOff: (seconds: number, than: string[]) =>
    failed({
      what: `the clock of this machine is ${Math.abs(seconds).toFixed(1)} s ${seconds < 0 ? 'behind' : 'ahead'}`,
      why: `that of ${than.join(', ')} says so: logs lie, certificates and tokens fail`,
      command: 'timedatectl set-ntp true',
    }),

  agentFalls: (times: number, minutes: number, words: string | undefined) =>
    failed({
      what: 'the agent of this machine does not stay up',
      why: `it ended ${times} times within ${minutes} minutes, ${words === undefined ? 'without a last word, as by SIGKILL or for want of memory' : `the last time after these words: ${words}`}`,
      command: 'meshbox logs meshbox',
    }),

  noGossip: (why: string) => failed({ what: 'this machine cannot gossip', why, command: 'meshbox doctor' }),

  dnsFailed: (why: string) => failed({ what: 'DNS is not served', why, command: 'meshbox doctor' }),

  dnsStale: (why: string, controller: string | undefined) =>
    warning({
      what: 'DNS is stale',
      why: `${why}; it answers what was true before`,
      command: 'meshbox service start mesos-master',
      ...on(controller),
    }),

  lookUpsElsewhere: (why: string) =>
    failed({ what: 'look-ups of this machine do not come here', why, command: 'meshbox doctor' }),

  waits: (why: string) => warning({ what: 'the cluster is not born yet', why, command: 'meshbox doctor' }),

  silent: (machine: string) =>
    failed({
      what: `${machine} does not answer`,
      why: `gossip does not reach it; if it never comes back: \`meshbox leave --forget ${machine}\``,
      command: 'meshbox doctor --fix',
      machine,
    }),

  unseen: (machine: string) =>
    failed({
      what: `${machine} is not among the members`,
      why: 'it is in touch with ZooKeeper, and gossip does not know it',
      command: 'meshbox doctor',
      machine,
    }),

  withoutZooKeeper: (machine: string) =>
    failed({
      what: `${machine} is not in touch with ZooKeeper`,
      why: 'it is alive, and says nothing of itself there',
      command: 'meshbox doctor',
      machine,
    }),
}

const fattest = (folder: string) => `du -xah ${folder} | sort -h | tail -n 20`
