import { marathonVersion } from '../build.ts'
import { json, plain } from '../http.ts'
import { type App, canonicalId, defineApp, isInvalid } from './app.ts'
import type { MarathonFlags } from './flags.ts'
import {
  instancesOf,
  renderApp,
  renderDeployment,
  renderEndpoints,
  renderGroups,
  renderTask,
} from './render.ts'
import type { Deployment, Scheduler } from './scheduler.ts'

/** What an answer needs to know of the Marathon that gives it; `scheduler` only while it leads. */
export type Context = {
  flags: MarathonFlags
  self: string
  leader(): string | undefined
  scheduler(): Scheduler | undefined
  /** Changes happen one after the other: each builds on what the one before left. */
  inTurn<T>(change: () => Promise<T>): Promise<T>
  /** DELETE /v2/leader */
  abdicate(): void
}

type Call = { scheduler: Scheduler; request: Request; url: URL; id: string; context: Context }
type Route = { method: string; path: RegExp; answer(call: Call): Response | Promise<Response> }

/** An app's id runs through slashes, so the longer paths stand first. */
const routes: Route[] = [
  { method: 'GET', path: /^\/v2\/apps$/, answer: listApps },
  { method: 'POST', path: /^\/v2\/apps$/, answer: createApp },
  { method: 'PUT', path: /^\/v2\/apps$/, answer: putApps },
  { method: 'PATCH', path: /^\/v2\/apps$/, answer: putApps },
  {
    method: 'GET',
    path: /^\/v2\/apps\/(.+)\/tasks$/,
    answer: ({ scheduler, id }) => json({ tasks: instancesOf(scheduler, id).map(renderTask) }),
  },
  { method: 'DELETE', path: /^\/v2\/apps\/(.+)\/tasks(?:\/([^/]+))?$/, answer: killTasks },
  {
    method: 'GET',
    path: /^\/v2\/apps\/(.+)\/versions$/,
    answer: ({ scheduler, id }) => withApp(scheduler, id, (app) => json({ versions: [app.version] })),
  },
  { method: 'POST', path: /^\/v2\/apps\/(.+)\/restart$/, answer: restart },
  {
    method: 'GET',
    path: /^\/v2\/apps\/(.+)$/,
    answer: ({ scheduler, id }) =>
      withApp(scheduler, id, (app) =>
        json({ app: { ...renderApp(scheduler, app), tasks: instancesOf(scheduler, id).map(renderTask) } }),
      ),
  },
  { method: 'PUT', path: /^\/v2\/apps\/(.+)$/, answer: putApp },
  { method: 'PATCH', path: /^\/v2\/apps\/(.+)$/, answer: putApp },
  { method: 'DELETE', path: /^\/v2\/apps\/(.+)$/, answer: deleteApp },
  { method: 'GET', path: /^\/v2\/tasks$/, answer: listTasks },
  {
    method: 'GET',
    path: /^\/v2\/deployments$/,
    answer: ({ scheduler }) => json(scheduler.deployments().map((each) => renderDeployment(scheduler, each))),
  },
  {
    method: 'GET',
    path: /^\/v2\/queue$/,
    answer: ({ scheduler }) => json({ queue: scheduler.queue().map(renderQueued) }),
  },
  { method: 'GET', path: /^\/v2\/groups$/, answer: ({ scheduler }) => json(renderGroups(scheduler, now())) },
  { method: 'DELETE', path: /^\/v2\/leader$/, answer: abdicate },
]

const now = () => new Date().toISOString()

/** Answers that every Marathon gives by itself, leading or not. */
export function answerAlone(context: Context, request: Request, url: URL): Response | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
  switch (url.pathname) {
    case '/ping':
      return new Response('pong', { headers: { 'Content-Type': 'text/plain;charset=utf-8' } })
    case '/v2/info':
      return json(info(context))
    case '/v2/leader': {
      const leader = context.leader()
      return leader ? json({ leader }) : json({ message: 'There is no leader' }, 404)
    }
    case '/metrics':
      return json({ version: '4.0.0', gauges: {}, counters: {}, histograms: {}, meters: {}, timers: {} })
    case '/':
      return plain(`This is meshbox's simulated Marathon ${marathonVersion}. Its API is below /v2.\n`)
    default:
      return undefined
  }
}

/** Answers of the leader. */
export async function answerLeading(
  context: Context,
  scheduler: Scheduler,
  request: Request,
  url: URL,
): Promise<Response> {
  const path = decodeURIComponent(url.pathname).replace(/\/+$/, '')
  for (const { method, path: pattern, answer } of routes) {
    const match = method === request.method ? pattern.exec(path) : null
    if (!match) continue
    const call = { scheduler, request, url, context, id: match[1] ? canonicalId(match[1]) : '' }
    return method === 'GET' ? answer(call) : context.inTurn(async () => answer(call))
  }
  return json({ message: 'Not Found' }, 404)
}

const missing = (id: string) => json({ message: `App '${id}' does not exist` }, 404)

function withApp(scheduler: Scheduler, id: string, then: (app: App) => Response | Promise<Response>) {
  const app = scheduler.apps.get(id)
  return app ? then(app) : missing(id)
}

const deploymentOf = (version: string, appIds: string[]): Deployment => ({
  id: crypto.randomUUID(),
  version,
  appIds,
})

async function body(request: Request): Promise<{ value: unknown } | { refused: Response }> {
  try {
    return { value: JSON.parse(await request.text()) }
  } catch (error) {
    const details = [{ path: '/', errors: [error instanceof Error ? error.message : String(error)] }]
    return { refused: json({ message: 'Invalid JSON', details }, 400) }
  }
}

function listApps({ scheduler, url }: Call): Response {
  const id = url.searchParams.get('id')
  const embed = url.searchParams.getAll('embed')
  const apps = [...scheduler.apps.values()]
    .filter((app) => id === null || app.id.includes(id))
    .map((app) => ({
      ...renderApp(scheduler, app),
      ...(embed.includes('apps.tasks') ? { tasks: instancesOf(scheduler, app.id).map(renderTask) } : {}),
    }))
  return json({ apps })
}

async function createApp({ scheduler, request }: Call): Promise<Response> {
  const read = await body(request)
  if ('refused' in read) return read.refused
  const app = defineApp(read.value, undefined, now())
  if (isInvalid(app)) return json(app, 422)
  if (scheduler.apps.has(app.id)) return json({ message: `An app with id [${app.id}] already exists.` }, 409)
  const deployment = deploymentOf(app.version, [app.id])
  await scheduler.put(app, deployment)
  const answer = json({ ...renderApp(scheduler, app), tasks: [], deployments: [{ id: deployment.id }] }, 201)
  answer.headers.set('Location', `/v2/apps${app.id}`)
  answer.headers.set('Marathon-Deployment-Id', deployment.id)
  return answer
}

async function putApp({ scheduler, request, id }: Call): Promise<Response> {
  const read = await body(request)
  if ('refused' in read) return read.refused
  const before = scheduler.apps.get(id)
  const app = defineApp({ ...Object(read.value), id }, before, now())
  if (isInvalid(app)) return json(app, 422)
  const deployment = deploymentOf(app.version, [id])
  await scheduler.put(app, deployment)
  return json({ version: app.version, deploymentId: deployment.id }, before ? 200 : 201)
}

async function putApps({ scheduler, request }: Call): Promise<Response> {
  const read = await body(request)
  if ('refused' in read) return read.refused
  const time = now()
  const list = Array.isArray(read.value) ? read.value : [read.value]
  const defined = list.map((each) =>
    defineApp(each, scheduler.apps.get(canonicalId(String(Object(each).id))), time),
  )
  const bad = defined.find(isInvalid)
  if (bad) return json(bad, 422)
  const apps = defined.filter((each): each is App => !isInvalid(each))
  const deployment = deploymentOf(
    time,
    apps.map(({ id }) => id),
  )
  for (const app of apps) await scheduler.put(app, deployment)
  return json({ version: time, deploymentId: deployment.id })
}

async function deleteApp({ scheduler, id }: Call): Promise<Response> {
  if (!scheduler.apps.has(id)) return missing(id)
  const deployment = deploymentOf(now(), [id])
  await scheduler.remove([id], deployment)
  return json({ version: deployment.version, deploymentId: deployment.id })
}

function restart({ scheduler, id }: Call): Response | Promise<Response> {
  return withApp(scheduler, id, async (app) => {
    const version = now()
    const deployment = deploymentOf(version, [id])
    await scheduler.put({ ...app, version, configVersion: version }, deployment)
    return json({ version, deploymentId: deployment.id })
  })
}

/** One task or all of an app; `?scale=true` scales it down by as many. */
function killTasks({ scheduler, url, request }: Call): Response | Promise<Response> {
  const [, appPart = '', taskId] =
    /^\/v2\/apps\/(.+)\/tasks(?:\/([^/]+))?$/.exec(decodeURIComponent(url.pathname)) ?? []
  const id = canonicalId(appPart)
  return withApp(scheduler, id, async (app) => {
    const tasks = instancesOf(scheduler, id).filter((task) => taskId === undefined || task.id === taskId)
    if (taskId !== undefined && tasks.length === 0)
      return json({ message: `Task '${taskId}' does not exist` }, 404)
    const answer = { tasks: tasks.map(renderTask) }
    if (url.searchParams.get('scale') === 'true') {
      const version = now()
      const instances = Math.max(0, app.instances - tasks.length)
      const deployment = deploymentOf(version, [id])
      for (const task of tasks) task.killing = true // these, and not others, are what the app shrinks by
      await scheduler.put({ ...app, instances, version, scalingVersion: version }, deployment)
      return json({ version, deploymentId: deployment.id })
    }
    scheduler.kill(tasks.map((task) => task.id))
    return request.method === 'DELETE'
      ? json(taskId === undefined ? answer : { task: answer.tasks[0] })
      : json({})
  })
}

function listTasks({ scheduler, request, url }: Call): Response {
  const accept = request.headers.get('Accept') ?? ''
  if (accept.includes('text/plain')) return plain(renderEndpoints(scheduler))
  const wanted = url.searchParams.getAll('status')
  const tasks = [...scheduler.instances.values()].filter(
    ({ state }) => wanted.length === 0 || wanted.includes(state === 'TASK_RUNNING' ? 'running' : 'staging'),
  )
  return json({ tasks: tasks.map(renderTask) })
}

function renderQueued({ app, count, until }: ReturnType<Scheduler['queue']>[number]) {
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1000))
  return {
    app: { id: app.id, version: app.version },
    count,
    delay: { timeLeftSeconds: left, overdue: left === 0 },
  }
}

function abdicate({ context }: Call): Response {
  context.abdicate()
  return json({ message: 'Leadership abdicated' })
}

function info({ flags, leader, self, scheduler }: Context) {
  const number = (name: string) => Number(flags.get(name))
  const text = (name: string) => flags.get(name) ?? null
  return {
    name: 'marathon',
    version: marathonVersion,
    buildref: 'simulated',
    elected: scheduler() !== undefined,
    leader: leader() ?? null,
    frameworkId: scheduler()?.frameworkId() ?? null,
    marathon_config: {
      master: text('master'),
      checkpoint: flags.get('checkpoint') === 'true',
      failover_timeout: number('failover_timeout'),
      framework_name: text('framework_name'),
      ha: flags.get('ha') === 'true',
      hostname: self.replace(/:\d+$/, ''),
      local_port_min: number('local_port_min'),
      local_port_max: number('local_port_max'),
      mesos_role: text('mesos_role'),
      mesos_user: text('mesos_user'),
      reconciliation_initial_delay: number('reconciliation_initial_delay'),
      webui_url: text('webui_url'),
    },
    zookeeper_config: {
      zk: text('zk'),
      zk_timeout: number('zk_timeout'),
      zk_session_timeout: number('zk_session_timeout'),
    },
    event_subscriber: null,
    http_config: { http_port: number('http_port'), https_port: number('https_port') },
    features: [],
  }
}
