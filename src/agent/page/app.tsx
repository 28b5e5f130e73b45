import type { Context } from 'hono'
import { Hono } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import { secureHeaders } from 'hono/secure-headers'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { TaskList } from '../../dns/records/tasks.ts'
import { messageOf } from '../../error.ts'
import { type Guarded, refusalFor, shownIn, tokenCookie } from '../api/guard.ts'
import type { Env } from '../api/route.ts'
import type { Member } from '../gossip/gossip.ts'
import type { LookedUp } from '../look-up.ts'
import type { RolloutReport } from '../rollout/status.ts'
import type { ClusterStatus, Status } from '../status.ts'
import { type Ask, orWhy, Refused } from './ask.ts'
import script from './asset/live.js' with { type: 'text' }
import style from './asset/page.css' with { type: 'text' }
import { type Past, type PastText, type Present, SharedDocument, Version } from './document.tsx'
import { Gossip } from './gossip.tsx'
import { type Frame, icon } from './layout.tsx'
import { Failure, Login } from './login.tsx'
import { Log, Machine, Machines, machinesOf } from './machines.tsx'
import { Overview } from './overview.tsx'
import { Rollout } from './rollout.tsx'
import { Services } from './services.tsx'
import { mostTasks, Tasks } from './tasks.tsx'

const logLines = 200
const cookieSeconds = 400 * 86_400

/**
 * The page: made here as HTML of what the API answers; a script keeps it as things are. Nothing of it comes from
 * anywhere else.
 */
export function pageRoutes(agent: Guarded & { name: string; now(): number }, ask: Ask): Hono<Env> {
  const app = new Hono<Env>()
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        ...{ defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc: ["'self'"], imgSrc: ["'self'"] },
        ...{
          connectSrc: ["'self'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
        },
      },
      xFrameOptions: 'DENY',
      // With less a browser does not say of a form where it comes from, and it could not be told from a foreign one.
      referrerPolicy: 'same-origin',
      strictTransportSecurity: false,
    }),
  )
  app.onError((error, c) => failure(c, error))

  const asset = (path: string, type: string, text: string) =>
    app.get(path, (c) => c.body(text, 200, { 'content-type': type, 'cache-control': 'no-cache' }))
  asset('/page.css', 'text/css; charset=utf-8', style)
  asset('/page.js', 'text/javascript; charset=utf-8', script)
  asset('/icon.svg', 'image/svg+xml', icon)

  app.get('/login', (c) => {
    const next = safePath(c.req.query('next'))
    return show(c, <Login next={next} scope={shownIn(c, agent)?.scope} />)
  })
  app.post('/login', async (c) => {
    const refusal = refusalFor(c, agent, 'entry')
    if (refusal) return show(c, <Failure title="Refused" {...refusal} />, 403)
    const { token = '', next } = await c.req.parseBody<{ token?: string; next?: string }>()
    if (!agent.tokens()?.check(token.trim()))
      return show(
        c,
        <Login next={safePath(next)} problem="This token is unknown, revoked or has run out." />,
        401,
      )
    setCookie(c, tokenCookie, token.trim(), {
      ...{ httpOnly: true, sameSite: 'Strict', path: '/', maxAge: cookieSeconds },
      secure: c.env.secure === true,
    })
    return c.redirect(safePath(next), 303)
  })
  app.post('/logout', (c) => {
    const refusal = refusalFor(c, agent, 'entry')
    if (refusal) return show(c, <Failure title="Refused" {...refusal} />, 403)
    deleteCookie(c, tokenCookie, { path: '/' })
    return c.redirect('/login', 303)
  })

  app.use(async (c, next) => {
    const refusal = refusalFor(c, agent, 'all')
    if (!refusal) return next()
    if (refusal.status === 401 && c.req.method === 'GET')
      return c.redirect(`/login?${new URLSearchParams({ next: c.req.path })}`, 303)
    return show(c, <Failure title="Refused" {...refusal} />, refusal.status === 421 ? 421 : 403)
  })
  views(app, agent, ask)
  return app
}

function views(app: Hono<Env>, agent: Guarded & { name: string; now(): number }, ask: Ask): void {
  async function frameOf(place: string): Promise<Frame> {
    return { cluster: await ask<ClusterStatus>('/v1/cluster'), place }
  }
  const mayChange = (c: Context<Env>) => shownIn(c, agent)?.scope === 'change'
  const from = (c: Context<Env>) => Math.max(0, Math.floor(Number(c.req.query('from')) || 0))

  app.get('/', async (c) => show(c, <Overview frame={await frameOf('/')} now={agent.now()} />))
  app.get('/machines', async (c) => {
    const frame = await frameOf('/machines')
    return show(c, <Machines frame={frame} match={c.req.query('match') ?? ''} from={from(c)} />)
  })
  app.get('/machines/:name', async (c) => {
    const name = c.req.param('name')
    const frame = await frameOf('/machines')
    const listed = machinesOf(frame.cluster).find((machine) => machine.name === name)
    if (!listed) return show(c, <Failure title="Not found" detail={`There is no machine ${name}.`} />, 404)
    const status =
      name === agent.name
        ? frame.cluster
        : await orWhy(ask<Status>(`/v1/nodes/${encodeURIComponent(name)}/status`))
    return show(c, <Machine frame={frame} now={agent.now()} listed={listed} status={status} />)
  })
  app.get('/machines/:name/logs/:service', async (c) => {
    const { name, service } = c.req.param()
    const base = name === agent.name ? '/v1' : `/v1/nodes/${encodeURIComponent(name)}`
    const path = `${base}/logs/${encodeURIComponent(service)}?lines=${logLines}`
    const [frame, text] = await Promise.all([frameOf('/machines'), orWhy(ask<string>(path))])
    const follow = `${path}&follow=1`
    return show(c, <Log frame={frame} machine={name} service={service} text={text} follow={follow} />)
  })
  app.get('/services', async (c) =>
    show(c, <Services frame={await frameOf('/services')} now={agent.now()} />),
  )
  app.get('/tasks', async (c) => {
    const { match = '', name = '', type = 'A' } = c.req.query()
    const query = new URLSearchParams({ match, from: String(from(c)), most: String(mostTasks) })
    const [frame, list] = await Promise.all([frameOf('/tasks'), ask<TaskList>(`/v1/dns/tasks?${query}`)])
    const asked = name.trim() === '' ? undefined : new URLSearchParams({ name: name.trim(), type })
    const answer = asked && (await orWhy(ask<LookedUp>(`/v1/dns/lookup?${asked}`)))
    const lookUp = { name, type, ...(answer === undefined ? {} : { answer }) }
    return show(c, <Tasks frame={frame} match={match} from={from(c)} list={list} lookUp={lookUp} />)
  })
  app.get('/document', async (c) => {
    const [frame, present, history] = await Promise.all([
      frameOf('/document'),
      orWhy(ask<Present>('/v1/config')),
      orWhy(ask<Past[]>('/v1/config/history')),
    ])
    const past = typeof history === 'string' ? [] : history
    return show(c, <SharedDocument frame={frame} present={present} history={past} mayChange={mayChange(c)} />)
  })
  app.post('/document/rollback', async (c) => {
    const { version } = await c.req.parseBody<{ version?: string }>()
    const author = { who: 'page', how: `rollback ${version}` }
    await ask('/v1/config/rollback', { version: Number(version), author })
    return c.redirect('/document', 303)
  })
  app.get('/document/:version{[0-9]+}', async (c) => {
    const number = Number(c.req.param('version'))
    const [frame, version, before, now] = await Promise.all([
      frameOf('/document'),
      ask<PastText>(`/v1/config/history/${number}`),
      orWhy(ask<PastText>(`/v1/config/history/${Math.max(0, number - 1)}`)),
      orWhy(ask<Present>('/v1/config')),
    ])
    const known = typeof before === 'object' && before.version < number ? before : undefined
    return show(c, <Version frame={frame} version={version} before={known} now={now} />)
  })
  app.get('/rollout', async (c) => {
    const [frame, report] = await Promise.all([frameOf('/rollout'), orWhy(ask<RolloutReport>('/v1/rollout'))])
    return show(c, <Rollout frame={frame} report={report} mayChange={mayChange(c)} />)
  })
  app.post('/rollout', async (c) => {
    const { word = '' } = await c.req.parseBody<{ word?: string }>()
    await ask(`/v1/rollout/${encodeURIComponent(word)}`, {})
    return c.redirect('/rollout', 303)
  })
  app.get('/gossip', async (c) => {
    const [frame, members] = await Promise.all([frameOf('/gossip'), ask<Member[]>('/v1/members')])
    return show(c, <Gossip frame={frame} members={members} from={from(c)} />)
  })
}

/** Without a doctype a browser lays it out as it did in 1998. */
function show(c: Context<Env>, view: Child, status: ContentfulStatusCode = 200) {
  return c.html(html`<!doctype html>${view}`, status)
}

function failure(c: Context<Env>, error: unknown) {
  if (!(error instanceof Refused))
    return show(c, <Failure title="Internal server error" detail={messageOf(error)} />, 500)
  const { status, title, detail, hint } = error.problem
  return show(c, <Failure title={title} detail={detail} hint={hint} />, status === 404 ? 404 : 502)
}

/** A path of this page; anything else would lead away from it. */
function safePath(path: string | undefined): string {
  return path && /^\/(?![/\\])[\w\-./?=&%]*$/.test(path) ? path : '/'
}
