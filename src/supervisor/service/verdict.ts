import type { Shortage } from '../process/kernel-log.ts'
import type { Exit } from '../process/running.ts'
import { causeIn, type HowItRan } from './causes.ts'
import type { Blame } from './life.ts'
import { memoryCause } from './memory.ts'
import type { ServiceName } from './spec.ts'

/** Why a program ended, in words for a person, what to do about it and to type where that is known, and whose fault it was. */
export type Verdict = { reason: string; hint?: string; command?: string; blame: Blame }

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

const longest = 200
/** What Mesos says after it has said what is wrong with a flag. */
const help = /^See `.*--help` for a list of supported flags/

/**
 * @param log what the program has written since it was started
 * @param ran how; and for want of which memory the kernel has killed it, if it has
 */
export function verdictOf(
  name: ServiceName,
  exit: Exit,
  log: string,
  { shortage, ...ran }: HowItRan & { shortage?: Shortage | undefined } = {},
): Verdict {
  if (shortage) {
    const reason = 'killed by the kernel for want of memory'
    return { reason, ...memoryCause(name, shortage, ran.limits) }
  }
  const line = tellingLine(log)
  const cause = causeIn(name, log, ran)
  const reason = `${howItEnded(name, exit)}${line ? `; its last words: ${line}` : ''}`
  const blame = blameFor(name, exit, cause?.blame)
  // Of what somebody else has done to it, its own words tell nothing.
  const hint = cause?.hint ?? (blame === 'own' ? `\`meshbox logs ${name}\` has all of its words` : undefined)
  return {
    reason,
    ...(hint === undefined ? {} : { hint }),
    ...(cause?.command === undefined ? {} : { command: cause.command }),
    blame,
  }
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
