import { startBackground } from '../../cli/background.ts'
import type { Status } from '../../status.ts'
import { isUnitWanted, startUnit } from '../../unit/systemd.ts'
import { type Finding, failed, ok, warning } from '../finding.ts'
import type { Subject } from '../subject.ts'

/** Whether the agent runs, and all that it complains about. */
export function checkAgent({ agent, member, folders }: Subject): Finding[] {
  if (agent) return judge(agent.status)
  if (!member) return [ok('this machine has not joined a cluster')]
  return [
    failed('the agent does not run', `meshbox agent${folders.flag}`, {
      what: 'start the agent',
      run: () => (isUnitWanted(folders) ? startUnit() : startBackground(folders)),
    }),
  ]
}

function judge({ cluster, problems, machines }: Status): Finding[] {
  const [machine] = machines
  const found = [
    ...(cluster.waiting ?? []).map((reason) => warning(reason, 'join the machines that are waited for')),
    ...problems.map((problem) => failed(problem, 'meshbox status')),
    ...(machine?.services ?? []).flatMap(({ name, state, reason = state, hint }) => {
      if (state === 'ready' || state === 'starting' || state === 'failed') return []
      const message = `${name} is ${state}: ${reason}`
      return [warning(message, hint ?? `meshbox logs ${name}`)]
    }),
    ...(machine?.held ?? [])
      .filter(({ kind }) => kind === 'missing')
      .map(({ reason, hint }) => failed(reason, hint ?? 'meshbox status')),
    ...(machine?.dns.stale
      ? [warning('DNS serves what was true before: no master answers', 'meshbox status')]
      : []),
  ]
  return found.length > 0 ? found : [ok('the agent runs, and all its services are ready')]
}
