import type { Holder } from '../preflight/holder.ts'
import { holderText } from '../preflight/ports.ts'
import type { Problem } from './problem.ts'

/** A file and the size of its disk, a service, a machine: what a problem is about. */
type Words = Pick<Problem, 'what' | 'why' | 'command'> &
  Partial<Pick<Problem, 'machine' | 'service' | 'shared'>>

const failed = (words: Words): Problem => ({ severity: 'failed', ...words })
const warning = (words: Words): Problem => ({ severity: 'warning', ...words })
const on = (machine: string | undefined) => (machine === undefined ? {} : { machine })

/** A folder of ours, what is left on its disk, and the command that shows what is biggest on it. */
type Disk = { folder: string; left: string; biggest: string }

/** So much of a disk nothing uses, and can be had again; whether it is enough. */
type Spare = { mb: number; enough: boolean }

/** What is known of a service that does not run. */
type Said = { reason: string; hint?: string | undefined; command?: string | undefined }

const about = (service: string, { reason, hint, command }: Said) => ({
  why: command === undefined || hint === undefined ? reason : `${reason}; ${hint}`,
  command: command ?? `meshbox logs ${service}`,
})

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
      shared: true,
    }),

  /** @param from the controller whose disk was chosen */
  recovering: (program: string, from: string) =>
    failed({
      what: `${program} is kept from running here`,
      why: `the controllers are being recovered from the disk of ${from}; the command goes on where that was interrupted`,
      command: `meshbox controllers recover --from ${from}`,
      machine: from,
    }),

  /** @param from the controller whose disk was chosen, and which does not stand by it any more */
  promiseForgotten: (from: string, own: string) =>
    failed({
      what: 'ZooKeeper is kept from running here',
      why:
        `it was promised to ${from} that the controllers are recovered from its disk, and ${from} knows nothing of that now: its disk is another one, or another one was chosen. ` +
        'Where no other ensemble was made meanwhile, the command ends the promise; it recovers them from this disk where that is needed',
      command: `meshbox controllers recover --from ${own}`,
      machine: own,
    }),

  /** @param from as above; that is over, and this machine has not found what came of it */
  leftOut: (from: string) =>
    failed({
      what: 'ZooKeeper is kept from running here',
      why: `the controllers were recovered from the disk of ${from}, and this machine is none any more; it is a worker as soon as it reaches those that there are`,
      command: 'meshbox doctor',
    }),

  zooKeeperAway: (url: string) =>
    failed({
      what: 'ZooKeeper does not answer',
      why: `no server of ${url} has a session for this machine`,
      command: 'meshbox doctor',
    }),

  zooKeeperStopped: (url: string) =>
    failed({
      what: 'ZooKeeper does not answer',
      why: `it is stopped on this machine, by hand, and no other server of ${url} has a session for it`,
      command: 'meshbox service start zookeeper',
    }),

  /** @param neighbour the address of a machine that has met a cluster */
  wrongUrl: (url: string, neighbour: string | undefined) =>
    failed({
      what: 'the ZooKeeper URL leads nowhere',
      why: `this machine has never met its cluster, and nobody serves at ${url}${neighbour === undefined ? '; `meshbox status` on a member shows the right one' : ''}`,
      command: `meshbox join ${neighbour ?? 'zk://HOST:2181/mesos'}`,
    }),

  wrongKey: (why: string, url: string) =>
    failed({
      what: 'this machine does not have the key of its cluster',
      why: `${why}; FILE is what \`meshbox key new\` wrote. Without it, a token in its place, from \`meshbox token create\` on a member (with --role controller for a controller)`,
      command: `meshbox join ${url} --key-file FILE`,
    }),

  keyForOpen: (why: string, url: string) =>
    failed({
      what: 'this machine has a key, and its cluster has none',
      why: `${why}; a cluster has a key from its birth or never: without it this machine may take part, after it has forgotten the key`,
      command: `meshbox leave --purge && meshbox join ${url}`,
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
    failed({ what: 'the state of rollouts cannot be used', why, command: 'meshbox upgrade --here' }),

  documentRefused: (applied: number, why: string) =>
    failed({
      what: 'the newest document is not applied',
      why,
      command: `meshbox config rollback ${applied}`,
      shared: true,
    }),

  /**
   * @param back the version of the document that mends it, if one does; a change of controllers can be undone
   * @param late whose word is waited for: before that nothing else begins, whatever is written
   */
  rolloutHalted: (text: string, why: string, back: number | 'undo' | undefined, late?: string) =>
    failed({
      what: `the ${back === 'undo' ? 'change' : 'rollout'} of ${text} has halted`,
      why:
        `${why}; \`meshbox rollout resume\` tries again${back === 'undo' ? ', `meshbox controllers undo` takes it back' : ''}` +
        (late === undefined ? '' : `; turn ${late} on, or say that it is off`),
      command: late === undefined ? wayBackCommand(back) : `meshbox rollout resume --without ${late}`,
      shared: true,
    }),

  /** Machines that have not changed stay as they were. @param back as above */
  rolloutAborted: (text: string, back: number | undefined) =>
    warning({
      what: `the rollout of ${text} was aborted, and not all machines are as it says`,
      why: `those that it had not come to run by what was before; \`meshbox rollout resume\` goes on${back === undefined ? '' : ', the command takes back what has changed'}`,
      command: wayBackCommand(back),
      shared: true,
    }),

  /** @param late whose word is waited for */
  rolloutOpen: (text: string, why: string, late: string) =>
    failed({
      what: `the rollout of ${text} was aborted, and is not over`,
      why: `${why}; the next one waits for that, or for your word that ${late} is turned off`,
      command: `meshbox rollout resume --without ${late}`,
      shared: true,
    }),

  serviceFailed: (service: string, said: Said) =>
    failed({ what: `${service} failed`, ...about(service, said), service }),

  serviceFalls: (service: string, said: Said) =>
    warning({ what: `${service} does not stay up`, ...about(service, said), service }),

  serviceMissing: (service: string, why: string) =>
    failed({ what: `${service} cannot run here`, why, command: 'meshbox install --plan', service }),

  packageFailed: (service: string, why: string) =>
    failed({
      what: `${service} stays as it was`,
      why: `${why}; the one before goes on`,
      command: 'meshbox install --plan',
      service,
    }),

  portTaken: ({ port, what, setting }: { port: number; what: string; setting: string }, holder: Holder) =>
    failed({
      what: `port ${port} is taken`,
      why: `${holderText(holder)} listens where ${what} has to; end it, or set ${setting} to another port`,
      // What is no service is tried again by itself; a command that only shows has ended nothing.
      command:
        isService(what) && isEnded(holder) ? `${holder.ends} && meshbox service start ${what}` : holder.ends,
      service: what,
    }),

  diskFull: ({ folder, left, biggest }: Disk, spare: Spare) =>
    failed({
      what: `the disk of ${folder} is full`,
      why: `${left} left: logs and history are kept short, and nothing is installed; ${spareWords(spare)}`,
      command: spare.enough ? 'meshbox doctor --fix' : biggest,
    }),

  diskLow: ({ folder, left, biggest }: Disk, spare: Spare) =>
    warning({
      what: `the disk of ${folder} fills up`,
      why: `${left} left: ZooKeeper stops for want of room; ${spareWords(spare)}`,
      command: spare.enough ? 'meshbox doctor --fix' : biggest,
    }),

  /** @param seconds so far it is ahead */
  clockOff: (
    { seconds, than }: { seconds: number; than: string[] },
    { command, note }: { command: string; note: string },
  ) =>
    failed({
      what: `the clock of this machine is ${Math.abs(seconds).toFixed(1)} s ${seconds < 0 ? 'behind' : 'ahead'}`,
      why: `that of ${than.join(', ')} says so: logs lie, certificates and tokens fail; ${note}`,
      command,
    }),

  agentFalls: (
    { times, minutes }: { times: number; minutes: number },
    { why, command }: { why: string; command: string },
  ) =>
    failed({
      what: 'the agent of this machine does not stay up',
      why: `it ended ${times} times within ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}, ${why}`,
      command,
    }),

  noGossip: (why: string) =>
    failed({ what: 'this machine cannot gossip', why, command: 'meshbox doctor', service: 'gossip' }),

  dnsFailed: (why: string) =>
    failed({ what: 'DNS is not served', why, command: 'meshbox doctor', service: 'dns' }),

  dnsStale: ({ why, command, machine }: Pick<Problem, 'why' | 'command' | 'machine'>) =>
    warning({
      what: 'DNS is stale',
      why: `${why}; it answers what was true before`,
      command,
      ...on(machine),
      shared: true,
    }),

  lookUpsElsewhere: (why: string) =>
    failed({ what: 'look-ups of this machine do not come here', why, command: 'meshbox doctor' }),

  /** @param url by which this machine has joined */
  waits: (why: string, url: string) => {
    const key = / belongs to .* (key|open)/.test(why)
    const there = key || / is not reached| was joined with /.test(why)
    return warning({
      what: 'the cluster is not born yet',
      why: there ? `${why}: ${key ? 'whichever of the two is wrong' : 'that one'} has to join` : why,
      command: there ? `meshbox join ${url}${key ? ' --key-file FILE' : ''}` : 'meshbox doctor',
    })
  },

  /** @param controller the others count on it, also when it is forgotten */
  silent: (machine: string, controller: boolean) =>
    failed({
      what: `${machine} does not answer`,
      why: `gossip does not reach it; if it never comes back: \`meshbox ${controller ? `controllers replace ${machine} NODE --gone` : `leave --forget ${machine}`}\``,
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

const wayBackCommand = (back: number | 'undo' | undefined) =>
  typeof back === 'number' ? `meshbox config rollback ${back}` : 'meshbox rollout resume'

const isService = (what: string) => what !== 'gossip' && what !== 'dns'
/** Whether its command does: systemd's own sockets, and what only root may know, it shows. */
const isEnded = ({ pid }: Holder) => pid !== undefined && pid !== 1

function spareWords({ mb, enough }: Spare): string {
  if (mb === 0) return 'meshbox has nothing to spare on it: the command shows what is biggest'
  if (enough) return `${mb} MB of it are archives and packages that nothing uses, and that can be had again`
  return `no more than ${mb} MB of it can meshbox spare (\`meshbox doctor --fix\`): the command shows what is biggest`
}
