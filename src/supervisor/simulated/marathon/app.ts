import { z } from 'zod'

const segment = /^(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])$/

const portDefinition = z.looseObject({
  port: z.int().min(0).max(65535).default(0),
  protocol: z.enum(['tcp', 'udp', 'udp,tcp', 'tcp,udp']).default('tcp'),
  name: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
})

const healthCheck = z.looseObject({
  protocol: z
    .enum(['HTTP', 'HTTPS', 'TCP', 'COMMAND', 'MESOS_HTTP', 'MESOS_HTTPS', 'MESOS_TCP'])
    .default('HTTP'),
  path: z.string().startsWith('/').default('/'),
  portIndex: z.int().min(0).default(0),
  port: z.int().min(1).max(65535).optional(),
  command: z.object({ value: z.string() }).optional(),
  gracePeriodSeconds: z.number().min(0).default(300),
  intervalSeconds: z.number().positive().default(60),
  timeoutSeconds: z.number().positive().default(20),
  delaySeconds: z.number().min(0).default(15),
  maxConsecutiveFailures: z.int().min(0).default(3),
})

/** What can be said about an app, with Marathon's defaults. What the stand-in does not act on is kept and shown. */
const appSchema = z.looseObject({
  id: z
    .string()
    .refine(isAppId, 'must be a path of lower case letters, digits, dots and hyphens, such as /web'),
  cmd: z.string().min(1).optional(),
  args: z.array(z.string()).optional(),
  instances: z.int().min(0).default(1),
  cpus: z.number().min(0).default(1),
  mem: z.number().min(0).default(128),
  disk: z.number().min(0).default(0),
  gpus: z.int().min(0).default(0),
  env: z.record(z.string(), z.string()).default({}),
  labels: z.record(z.string(), z.string()).default({}),
  user: z.string().optional(),
  ports: z.array(z.int().min(0).max(65535)).optional(),
  portDefinitions: z.array(portDefinition).optional(),
  requirePorts: z.boolean().default(false),
  constraints: z.array(z.array(z.string()).min(2).max(3)).default([]),
  healthChecks: z.array(healthCheck).default([]),
  backoffSeconds: z.number().min(0).default(1),
  backoffFactor: z.number().min(1).default(1.15),
  maxLaunchDelaySeconds: z.number().min(0).default(300),
  taskKillGracePeriodSeconds: z.number().min(0).optional(),
  upgradeStrategy: z
    .object({
      minimumHealthCapacity: z.number().min(0).max(1).default(1),
      maximumOverCapacity: z.number().min(0).max(1).default(1),
    })
    .prefault({}),
})

export type App = z.output<typeof appSchema> & {
  portDefinitions: z.output<typeof portDefinition>[]
  /** Of the last change, ISO time. */
  version: string
  /** Of the last change that needs new tasks. */
  configVersion: string
  scalingVersion: string
}

/** The problems with an app, in the form of Marathon's answer 422. */
type Invalid = { message: string; details: { path: string; errors: string[] }[] }

export const isInvalid = (defined: App | Invalid): defined is Invalid => 'details' in defined

/** `web` and `/web/` are `/web`. */
export const canonicalId = (id: string): string =>
  `/${id
    .split('/')
    .filter((part) => part !== '')
    .join('/')}`

function isAppId(id: string): boolean {
  const parts = id.split('/').filter((part) => part !== '')
  return parts.length > 0 && parts.every((part) => segment.test(part))
}

/**
 * A new definition of an app: what `change` says over what `before` was.
 * @param now ISO time
 */
export function defineApp(change: unknown, before: App | undefined, now: string): App | Invalid {
  const known = before ? withoutVersions(before) : {}
  const merged: Record<string, unknown> = { ...known, ...Object(change) }
  if (Object(change).ports !== undefined && Object(change).portDefinitions === undefined)
    merged.portDefinitions = undefined
  const parsed = appSchema.safeParse(merged)
  if (!parsed.success) {
    const details = parsed.error.issues.map(({ path, message }) => ({
      path: `/${path.join('/')}`,
      errors: [message],
    }))
    return { message: 'Object is not valid', details }
  }
  const { ports, ...rest } = parsed.data
  if (rest.cmd === undefined && rest.args === undefined)
    return invalid('/', 'AppDefinition must either contain one of cmd or args, and/or a container')
  if (rest.container !== undefined && Object(rest.container).docker !== undefined)
    return invalid('/container', 'the simulated Marathon runs no containers')
  const portDefinitions =
    rest.portDefinitions ?? (ports ?? [0]).map((port) => portDefinition.parse({ port, name: 'default' }))
  const next = { ...rest, id: canonicalId(rest.id), portDefinitions }
  const sameTasks = before !== undefined && taskPart(next) === taskPart(known)
  return {
    ...next,
    version: now,
    configVersion: sameTasks ? before.configVersion : now,
    scalingVersion: before && before.instances === next.instances ? before.scalingVersion : now,
  }
}

const invalid = (path: string, error: string): Invalid => ({
  message: 'Object is not valid',
  details: [{ path, errors: [error] }],
})

function withoutVersions({ version, configVersion, scalingVersion, ...rest }: App): Record<string, unknown> {
  return rest
}

/** What a running task depends on: everything but how many there are. */
function taskPart(app: Record<string, unknown>): string {
  const { instances, upgradeStrategy, ...rest } = app
  return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** `/foo/web` is the task `web.foo`: the path backwards. */
export const taskName = (appId: string): string =>
  appId
    .split('/')
    .filter((part) => part !== '')
    .reverse()
    .join('.')

/** `foo_web.<uuid>` */
export const newTaskId = (appId: string, uuid: string): string =>
  `${appId.slice(1).replaceAll('/', '_')}.${uuid}`
