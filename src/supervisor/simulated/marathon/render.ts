import type { App } from './app.ts'
import type { Instance } from './instance.ts'
import type { Deployment, Scheduler } from './scheduler.ts'

/** An app as the API shows it. */
export function renderApp(scheduler: Scheduler, app: App) {
  const { version, configVersion, scalingVersion, ...rest } = app
  const tasks = instancesOf(scheduler, app.id)
  const running = tasks.filter(({ state }) => state === 'TASK_RUNNING')
  return {
    ...rest,
    ports: app.portDefinitions.map(({ port }) => port),
    version,
    versionInfo: { lastScalingAt: scalingVersion, lastConfigChangeAt: configVersion },
    tasksStaged: tasks.length - running.length,
    tasksRunning: running.length,
    tasksHealthy: app.healthChecks.length > 0 ? running.filter(({ healthy }) => healthy === true).length : 0,
    tasksUnhealthy: running.filter(({ healthy }) => healthy === false).length,
    deployments: scheduler
      .deployments()
      .filter(({ appIds }) => appIds.includes(app.id))
      .map(({ id }) => ({ id })),
  }
}

export const instancesOf = (scheduler: Scheduler, appId: string): Instance[] =>
  [...scheduler.instances.values()].filter((instance) => instance.appId === appId)

export function renderTask(instance: Instance) {
  return {
    id: instance.id,
    appId: instance.appId,
    host: instance.host,
    ipAddresses: [{ ipAddress: instance.ip, protocol: instance.ip.includes(':') ? 'IPv6' : 'IPv4' }],
    ports: instance.ports,
    servicePorts: [],
    slaveId: instance.agentId,
    state: instance.killing ? 'TASK_KILLING' : instance.state,
    stagedAt: instance.stagedAt,
    ...(instance.startedAt === undefined ? {} : { startedAt: instance.startedAt }),
    version: instance.version,
    ...(instance.healthy === undefined
      ? {}
      : { healthCheckResults: [{ alive: instance.healthy, instanceId: instance.id }] }),
    localVolumes: [],
    role: '*',
  }
}

export function renderDeployment(scheduler: Scheduler, deployment: Deployment) {
  return {
    id: deployment.id,
    version: deployment.version,
    affectedApps: deployment.appIds,
    affectedPods: [],
    steps: [],
    currentActions: deployment.appIds.map((app) => ({
      action: scheduler.apps.has(app) ? 'ScaleApplication' : 'StopApplication',
      app,
      readinessCheckResults: [],
    })),
    currentStep: 1,
    totalSteps: 1,
  }
}

type Group = { id: string; apps: unknown[]; groups: Group[]; pods: []; dependencies: []; version: string }

/** The tree of `/v2/groups`. */
export function renderGroups(scheduler: Scheduler, version: string): Group {
  const root: Group = { id: '/', apps: [], groups: [], pods: [], dependencies: [], version }
  for (const app of scheduler.apps.values()) {
    const parts = app.id.split('/').slice(1, -1)
    let group = root
    for (let depth = 1; depth <= parts.length; depth++) {
      const id = `/${parts.slice(0, depth).join('/')}`
      let next = group.groups.find((each) => each.id === id)
      if (!next) {
        next = { id, apps: [], groups: [], pods: [], dependencies: [], version }
        group.groups.push(next)
      }
      group = next
    }
    group.apps.push(renderApp(scheduler, app))
  }
  return root
}

/** `app  port  host:port…`, a line for each port: what `Accept: text/plain` gets from `/v2/tasks`. */
export function renderEndpoints(scheduler: Scheduler): string {
  return [...scheduler.apps.values()]
    .flatMap((app) => {
      const running = instancesOf(scheduler, app.id).filter(({ state }) => state === 'TASK_RUNNING')
      return app.portDefinitions.map(({ port }, i) => {
        const places = running.map(({ host, ports }) => `${host}:${ports[i]}`)
        return `${[app.id.slice(1).replaceAll('/', '_'), port, ...places].join('\t')}\t\n`
      })
    })
    .join('')
}
