import type { Screen } from '../cli/screen.ts'
import { commandText } from '../problem/problem.ts'
import type { ClusterStatus, MachineStatus, Status } from '../status.ts'
import { flow } from './flow.ts'
import { maintenanceText } from './maintenance.ts'
import { othersText } from './others.ts'
import { problemLines } from './problems.ts'
import { rolloutState } from './rollout.ts'
import { age, heldState, notes, remarks, serviceRows, serviceTitles, stateCell } from './services.ts'
import { type Cell, fitting } from './table.ts'

/**
 * The whole status as text: problems first, then what runs where.
 * @param now Unix milliseconds
 * @param away whether another machine than the one that it is read on was asked
 */
export function statusText(
  status: Status | ClusterStatus,
  screen: Screen,
  now: number,
  away = false,
): string {
  const { cluster } = status
  const here = (text: string) => commandText({ command: text }, status, away)
  return [
    ...problemLines(status, screen, away),
    ...(cluster.pending
      ? [`${screen.paint('yellow', 'pending:')} ${cluster.pending.join(', ')}; see ${here('`meshbox plan`')}`]
      : []),
    ...(cluster.rollout?.state === 'running'
      ? [
          `${screen.paint('yellow', 'rollout:')} ${cluster.rollout.text}, ${rolloutState(cluster.rollout)}; see ${here('`meshbox rollout status`')}`,
        ]
      : []),
    `cluster ${screen.paint('bold', cluster.name)}${documentText(status)}`,
    ...(cluster.simulated ? [screen.paint('yellow', 'simulated: Mesos and Marathon are stand-ins')] : []),
    ...(cluster.key === 'open' ? [`${screen.paint('yellow', 'open:')} ${openText}`] : []),
    flow(
      [
        cluster.zookeeper.url,
        `(${cluster.zookeeper.managed ? 'run' : 'not run'} by meshbox, ${cluster.zookeeper.session})`,
      ],
      ' ',
      screen.width,
    ),
    ...leaderLines(status, screen),
    ...status.machines.flatMap((machine) => ['', machineText(machine, screen, now)]),
    ...('others' in status && status.others.length > 0
      ? ['', ...othersText(status.others, screen, now)]
      : []),
  ].join('\n')
}

/** Which machine leads what, as far as the machines say. */
function leaderLines(status: Status | ClusterStatus, screen: Screen): string[] {
  const others = 'others' in status ? status.others : []
  const said = [...status.machines, ...others.map(({ name, said }) => ({ name, leads: said?.leads }))]
  const leaders = said.flatMap(({ name, leads = [] }) =>
    leads.length === 0 ? [] : [`${name} (${leads.join(', ')})`],
  )
  return leaders.length === 0
    ? []
    : [
        flow(
          ['leaders:', ...leaders.map((leader, at) => leader + (at < leaders.length - 1 ? ',' : ''))],
          ' ',
          screen.width,
        ),
      ]
}

const openText = 'no key protects what the machines say to each other; see `meshbox key new`'

function documentText({ cluster: { document } }: Status): string {
  if (!document) return ' · no document yet'
  const { version, heard } = document
  const newer = heard ? `\nversion ${heard.version} of it came from ${heard.from}: ${heard.held}` : ''
  return ` · document version ${version}${newer}`
}

function machineText(machine: MachineStatus, screen: Screen, now: number): string {
  const { address, api, dns, held, maintenance, name, roles, services } = machine
  const rows: Cell[][] = [
    ...serviceRows(services, now),
    ...held.map((service) => [service.name, stateCell(heldState(service.kind))]),
    [
      'dns',
      stateCell(dns.state),
      dns.address,
      '',
      dns.loadedAt === undefined ? '' : age(now - dns.loadedAt),
      notes([dns.records > 0 ? `${dns.records} records` : undefined, dns.stale ? 'stale' : undefined]),
    ],
  ]
  const where = address === '' ? [] : [address, roles.join(', '), `API http://${api}`]
  return [
    screen.paint('bold', name) + flow(['', ...where], ' · ', screen.width - name.length),
    ...(maintenance
      ? [`${screen.paint('yellow', 'maintenance:')} ${maintenanceText(maintenance, now)}`]
      : []),
    fitting(screen, serviceTitles, rows, ['PID', 'ADDRESS', 'FOR']),
    ...remarks([...services, ...held, { name: 'dns', ...dns }]),
  ].join('\n')
}
