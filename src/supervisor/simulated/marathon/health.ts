import type { HealthCheck } from '../health.ts'
import type { App } from './app.ts'

/** Which of Marathon's protocols Mesos's executor checks; the others Marathon checks itself. */
const byMesos: Record<string, HealthCheck['type']> = {
  COMMAND: 'COMMAND',
  MESOS_HTTP: 'HTTP',
  MESOS_HTTPS: 'HTTP',
  MESOS_TCP: 'TCP',
}
const byMarathon: Record<string, HealthCheck['type']> = { HTTP: 'HTTP', HTTPS: 'HTTP', TCP: 'TCP' }

/** The check that the task carries along; only one, as with the original. */
export const mesosCheck = (app: App, ports: number[]): HealthCheck | undefined => find(app, ports, byMesos)

/** The check that Marathon runs. */
export const marathonCheck = (app: App, ports: number[]): HealthCheck | undefined =>
  find(app, ports, byMarathon)

function find(
  app: App,
  ports: number[],
  types: Record<string, HealthCheck['type']>,
): HealthCheck | undefined {
  const about = app.healthChecks.find(({ protocol }) => types[protocol] !== undefined)
  const type = about && types[about.protocol]
  if (!about || !type) return undefined
  const port = about.port ?? ports[about.portIndex] ?? 0
  return {
    type,
    delay_seconds: about.delaySeconds,
    interval_seconds: about.intervalSeconds,
    timeout_seconds: about.timeoutSeconds,
    consecutive_failures: about.maxConsecutiveFailures,
    grace_period_seconds: about.gracePeriodSeconds,
    ...(type === 'COMMAND' ? { command: { shell: true, value: about.command?.value ?? 'false' } } : {}),
    ...(type === 'HTTP'
      ? { http: { scheme: about.protocol.endsWith('S') ? 'https' : 'http', port, path: about.path } }
      : {}),
    ...(type === 'TCP' ? { tcp: { port } } : {}),
  }
}
