import { formatZkUrl, parseZkUrl } from '../../../config/zookeeper/url.ts'
import type { ServiceState } from '../../../supervisor/service/spec.ts'
import { beginAgent } from '../../cli/agent-process.ts'
import { commandText, problemText } from '../../problem/problem.ts'
import { problemsOf } from '../../problem/whole.ts'
import type { Status } from '../../status.ts'
import { lastWords, mendOf } from '../../watch/last-words.ts'
import { type Finding, failed, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** Whether the agent runs, and all that it complains about. */
export function checkAgent({ agent, member, folders, joined }: Subject): Finding[] {
  if (agent) return judge(agent.status)
  if (!member) return [ok('this machine has not joined a cluster')]
  const words = lastWords(`${folders.logs}/meshbox.log`)
  const url = joined && formatZkUrl(parseZkUrl(joined.zkUrl))
  return [
    failed(
      `the agent does not run${words === undefined ? '' : `; its last words: ${words}`}`,
      (words && mendOf(words, url)) ?? 'meshbox doctor --fix',
      { what: 'start the agent', run: () => beginAgent(folders) },
    ),
  ]
}

/** The agent's own problems are told in its words; what is no problem yet may be worth a look. */
function judge(status: Status): Finding[] {
  const [machine] = status.machines
  const found = [
    ...problemsOf(status).map((problem) =>
      (problem.severity === 'failed' ? failed : warning)(problemText(problem), commandText(problem, status)),
    ),
    ...(machine?.services ?? []).flatMap(({ name, state, reason = state, hint }) => {
      if (quiet.has(state)) return []
      return [warning(`${name} is ${state}: ${reason}`, hint ?? `meshbox logs ${name}`)]
    }),
  ]
  return found.length > 0 ? found : [ok('the agent runs, and all its services are ready')]
}

/** Well, on the way there, or told as a problem. */
const quiet = new Set<ServiceState>(['ready', 'starting', 'failed', 'backing-off'])
