import type { Screen, Style } from '../cli/screen.ts'
import type { MachineStatus, Status } from '../status.ts'
import { type Cell, table } from './table.ts'

/** The whole status as text: problems first, then what runs where. `now` is Unix milliseconds. */
export function statusText(status: Status, screen: Screen, now: number): string {
  const { cluster } = status
  return [
    ...(cluster.waiting ?? []).map((reason) => `${screen.paint('yellow', 'waiting:')} ${reason}`),
    ...status.problems.map((problem) => `${screen.paint('red', 'problem:')} ${problem}`),
    `cluster ${screen.paint('bold', cluster.name)}${documentText(status)}`,
    ...(cluster.simulated ? [screen.paint('yellow', 'simulated: Mesos and Marathon are stand-ins')] : []),
    `${cluster.zookeeper.url} (${cluster.zookeeper.managed ? 'run by meshbox' : 'not run by meshbox'}, session ${cluster.zookeeper.session})`,
    ...status.machines.flatMap((machine) => ['', machineText(machine, screen, now)]),
  ].join('\n')
}

function documentText({ cluster: { document } }: Status): string {
  return document ? ` · document version ${document.version}` : ' · no document yet'
}

function machineText(machine: MachineStatus, screen: Screen, now: number): string {
  const rows: Cell[][] = machine.services.map((service) => [
    service.name,
    { text: service.state, style: colours[service.state] ?? 'yellow' },
    service.address,
    service.pid === undefined ? '' : String(service.pid),
    age(now - service.since),
    notes([
      service.simulated ? 'simulated' : undefined,
      service.restarts > 0 ? `restarted ${service.restarts}×` : undefined,
      service.reason,
    ]),
  ])
  const held: Cell[][] = machine.held.map(({ name, reason }) => [
    name,
    { text: 'waiting', style: 'yellow' },
    '',
    '',
    '',
    reason,
  ])
  const { dns } = machine
  const dnsNote = dns.reason ?? `${dns.records} records under ${dns.domain}${dns.stale ? ', stale' : ''}`
  const dnsRow: Cell[] = [
    'dns',
    { text: dns.state, style: colours[dns.state] ?? 'yellow' },
    dns.address,
    '',
    '',
    dnsNote,
  ]
  const titles = ['SERVICE', 'STATE', 'ADDRESS', 'PID', 'FOR', '']
  return [
    `${screen.paint('bold', machine.name)} · ${machine.address} · ${machine.roles.join(', ')} · API http://${machine.api}`,
    table(screen, titles, [...rows, ...held, dnsRow]),
    ...[...machine.services, ...machine.held].flatMap(({ name, hint }) => (hint ? [`${name}: ${hint}`] : [])),
  ].join('\n')
}

const colours: Record<string, Style> = { ready: 'green', failed: 'red', 'backing-off': 'red', stopped: 'dim' }

function notes(parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(', ')
}

/** The two figures that matter: `5s`, `3m`, `2h`, `9d`. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86400)}d`
}
