import { word } from '../../../shell.ts'
import type { Discovery, TaskInfo } from '../wire/model.ts'
import { type App, taskName } from './app.ts'
import { mesosCheck } from './health.ts'
import type { Match } from './match.ts'

/** What Mesos is told to run for one instance of an app. */
export function buildTask(id: string, { app, offer, ports, resources }: Match, role: string): TaskInfo {
  const healthCheck = mesosCheck(app, ports)
  const labels = Object.entries(app.labels).map(([key, value]) => ({ key, value }))
  return {
    id,
    name: taskName(app.id),
    agentId: offer.agentId,
    role,
    resources,
    command: app.cmd ?? (app.args ?? []).map(word).join(' '),
    environment: environment(id, app, offer.hostname, ports),
    ...(app.user === undefined ? {} : { user: app.user }),
    ...(labels.length > 0 ? { labels } : {}),
    discovery: discovery(app, ports),
    ...(healthCheck ? { healthCheck } : {}),
    ...(app.taskKillGracePeriodSeconds === undefined
      ? {}
      : { killGraceMs: app.taskKillGracePeriodSeconds * 1000 }),
  }
}

function environment(id: string, app: App, host: string, ports: number[]): Record<string, string> {
  const named = app.portDefinitions.flatMap(({ name }, i) =>
    name ? [[`PORT_${name.toUpperCase().replace(/[^A-Z0-9_]/g, '_')}`, String(ports[i])]] : [],
  )
  const labels = Object.entries(app.labels).map(([key, value]) => [
    `MARATHON_APP_LABEL_${key.toUpperCase().replace(/[^A-Z0-9_]/g, '_')}`,
    value,
  ])
  const numbered = ports.map((port, i) => [`PORT${i}`, String(port)])
  return {
    ...(ports[0] === undefined ? {} : { PORT: String(ports[0]), PORTS: ports.join(',') }),
    ...Object.fromEntries(numbered),
    ...Object.fromEntries(named),
    ...Object.fromEntries(labels),
    HOST: host,
    TASK_ID: id,
    MESOS_TASK_ID: id,
    MARATHON_APP_ID: app.id,
    MARATHON_APP_VERSION: app.version,
    MARATHON_APP_LABELS: Object.keys(app.labels).join(' ').toUpperCase(),
    MARATHON_APP_RESOURCE_CPUS: String(app.cpus),
    MARATHON_APP_RESOURCE_MEM: String(app.mem),
    MARATHON_APP_RESOURCE_DISK: String(app.disk),
    MARATHON_APP_RESOURCE_GPUS: String(app.gpus),
    ...app.env,
  }
}

function discovery(app: App, ports: number[]): Discovery {
  const list = app.portDefinitions.flatMap(({ name, protocol, labels }, i) =>
    protocol.split(',').map((each) => ({
      number: ports[i] ?? 0,
      ...(name === undefined ? {} : { name }),
      protocol: each,
      labels: {
        labels: Object.entries({ 'network-scope': 'host', ...labels }).map(([key, value]) => ({
          key,
          value,
        })),
      },
    })),
  )
  return { visibility: 'FRAMEWORK', name: taskName(app.id), ports: { ports: list } }
}
