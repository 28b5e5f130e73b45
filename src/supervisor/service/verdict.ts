import type { Exit } from '../process/running.ts'
import type { Blame } from './life.ts'
import type { ServiceName } from './spec.ts'

/** Why a program ended, in words for a person, what to do about it where that is known, and whose fault it was. */
export type Verdict = { reason: string; hint?: string; blame: Blame }

/** What Marathon means by its exit codes (its documentation, "Exit codes"). */
const marathonCodes: Record<number, string> = {
  100: 'could not connect to ZooKeeper',
  101: 'lost ZooKeeper',
  102: 'a plugin failed',
  103: 'lost the leadership',
  104: 'its leadership ended with a fault',
  105: 'its leadership ended',
  106: 'error of the scheduler driver',
  107: 'uncaught exception',
  108: 'its framework id is missing',
  109: 'its libmesos does not fit',
  110: 'its framework was removed from Mesos',
  111: 'cannot listen on its port',
  112: 'wrong flag',
}

/** Those that say that ZooKeeper or a master was away, or that another Marathon leads now. */
const marathonLacks = new Set([100, 101, 103, 104, 105])

/** Causes by the program's own words; the first that fits wins. */
const causes: { words: RegExp; blame: Blame; hint: (name: ServiceName) => string }[] = [
  {
    words: /Address already in use|EADDRINUSE/,
    blame: 'own',
    hint: () => 'another program has its port: `ss -ltnp` shows which',
  },
  { words: /No space left on device/, blame: 'own', hint: () => 'a disk is full: `df -h` shows which' },
  {
    words: /OutOfMemoryError/,
    blame: 'own',
    hint: (name) =>
      name === 'zookeeper'
        ? 'it ran out of its own memory: `meshbox config set zookeeper.heap=1024` (MiB) gives it more'
        : 'it ran out of its own memory: give the machine more, or its data less',
  },
  {
    words: /Cannot assign requested address|EADDRNOTAVAIL/,
    blame: 'own',
    hint: () =>
      'it is told to listen on an address that this machine does not have: `ip addr` shows those it has',
  },
  {
    words: /IO error: lock |Unable to acquire.*lock|already locked/,
    blame: 'own',
    hint: (name) =>
      `another ${name} works in the same folder: \`ps aux\` shows which, and \`meshbox adopt\` takes it over`,
  },
  {
    words: /Incompatible agent info detected|Configuration change not permitted/,
    blame: 'own',
    hint: () =>
      'attributes, resources or port of the agent differ from those in its work_dir: set them back, or reconfiguration_policy=additive if there is only more of them',
  },
  {
    words: /Failed to run 'docker|Failed to create docker|Could not create DockerContainerizer/,
    blame: 'elsewhere',
    hint: () =>
      "Docker's engine does not answer: `docker version` tells why; it goes on by itself when it does",
  },
  {
    words: /cgroups?2? (mount|filesystem)|cgroups\.cpp:\d+\] Check failed|Failed to initialize systemd/,
    blame: 'own',
    hint: () =>
      'it cannot work with the control groups or the systemd of this machine: `meshbox doctor` knows which versions can; launcher=posix needs neither',
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
    words:
      /Failed to load (unknown|non-boolean) flag|Unknown option|Failed to load flag|for a list of supported flags|is not a valid logging level|Invalid attribute|EXIT with status 1/,
    blame: 'own',
    hint: (name) => `one of its flags is wrong: \`meshbox config show\` has what was set for ${name}`,
  },
]

const longest = 200
/** What Mesos says after it has said what is wrong with a flag. */
const help = /^See `.*--help` for a list of supported flags/

/** `log` is what the program has written since it was started. */
export function verdictOf(name: ServiceName, exit: Exit, log: string): Verdict {
  const line = tellingLine(log)
  const cause = causes.find(({ words }) => words.test(log))
  const reason = `${howItEnded(name, exit)}${line ? `; its last words: ${line}` : ''}`
  const blame = blameFor(name, exit, cause?.blame)
  // Of what somebody else has done to it, its own words tell nothing.
  const hint =
    cause?.hint(name) ?? (blame === 'own' ? `\`meshbox logs ${name}\` has all of its words` : undefined)
  return { reason, ...(hint === undefined ? {} : { hint }), blame }
}

/** Nobody's code ends by SIGKILL or SIGTERM: somebody sent it. Mesos aborts, and the JVM exits, for reasons of their own. */
function blameFor(name: ServiceName, exit: Exit, byWords: Blame | undefined): Blame {
  if (exit.kind === 'signal' && (exit.signal === 'SIGKILL' || exit.signal === 'SIGTERM')) return 'outside'
  if (exit.kind === 'code' && exit.code === 143) return 'outside'
  if (exit.kind === 'code' && name === 'marathon' && marathonLacks.has(exit.code)) return 'elsewhere'
  return byWords ?? (exit.kind === 'unknown' ? 'outside' : 'own')
}

function howItEnded(name: ServiceName, exit: Exit): string {
  if (exit.kind === 'unknown') return 'ended (it was started by an agent before this one, so how is unknown)'
  if (exit.kind === 'signal') return `killed by ${exit.signal}`
  const meaning = name === 'marathon' ? marathonCodes[exit.code] : undefined
  return `ended with exit code ${exit.code}${meaning ? ` (${meaning})` : ''}`
}

/** The last line that sounds like a cause: glog's errors and fatals, or words of failure; else the last one at all. */
function tellingLine(log: string): string | undefined {
  const lines = log.split('\n').filter((line) => line.trim() !== '' && !help.test(line))
  const telling = lines.findLast((line) => /^[EF]\d{4} |EXIT with|Failed|[Ee]rror|Exception/.test(line))
  const line = (telling ?? lines.at(-1))?.trim()
  return line && line.length > longest ? `${line.slice(0, longest)}…` : line
}
