import { type Context, Hono } from 'hono'
import type { DnsConfig } from '../../config/dns.ts'
import { version } from '../../version.ts'
import { type ConfigOrigin, shownConfig } from './config.ts'
import { layOut } from './layout.ts'
import type { Metrics } from './metrics.ts'
import { openPieces } from './pieces.ts'

/** What the API asks the resolver for. */
export type Listing = {
  serial(): number
  /** Milliseconds since the last good load; undefined before the first. */
  loadedAgo(): number | undefined
  stale(): boolean
  /** There are records, and they are not too old to be served. */
  ready(): boolean
  status(): object
  metrics: Metrics
  hosts(name: string): Promise<object> | object
  services(name: string, asked: string): Promise<object> | object
  transfer(): Promise<object> | object
  enumeration(): Promise<object> | object
}

type Answer = (context: Context, listing: Listing) => Promise<object> | object | Response

const plain = { 'Content-Type': 'text/plain; charset=utf-8' }

/** The HTTP API of Mesos-DNS, byte for byte (SPEC section 9), and beside it, where it has nothing, what watches and balancers ask for. */
export function dnsApi(listing: Listing, config: DnsConfig, origin: ConfigOrigin): Hono {
  const app = new Hono({ strict: false })
  const inPieces = openPieces()

  const get = (path: string, answer: Answer) => {
    app.all(path, async (c) => {
      const refusal = refuse(c.req.raw) ?? notReady(listing)
      if (refusal) return refusal
      const body = await answer(c, listing)
      if (body instanceof Response) return body
      return inPieces(layOut(body), { 'Content-Type': 'application/json', ...age(listing) })
    })
  }

  get('/v1/version', () => ({
    Service: 'Mesos-DNS',
    URL: 'https://github.com/mesosphere/mesos-dns',
    Version: `meshbox ${version}`,
  }))
  get('/v1/config', () => shownConfig(config, origin, listing.serial()))
  get('/v1/hosts/:host', (c) => named(c.req.param('host') ?? '', (name) => listing.hosts(name)))
  get('/v1/hosts/:host/ports', () => new Response('To be implemented...', { status: 501, headers: plain }))
  get('/v1/services/:service', (c) => {
    const asked = c.req.param('service') ?? ''
    return named(asked, (name) => listing.services(name, asked))
  })
  if (config.enumerationOn) {
    get('/v1/enumerate', () => listing.enumeration())
    get('/v1/axfr', () => listing.transfer())
  }
  app.get('/meshbox/metrics', async () => {
    const { contentType, text } = listing.metrics
    return new Response(await text(), { headers: { 'Content-Type': contentType } })
  })
  app.get('/meshbox/health', (c) => c.json(listing.status()))
  app.get('/meshbox/ready', (c) => c.json(listing.status(), listing.ready() ? 200 : 503))
  app.notFound(() => new Response('404: Page Not Found', { status: 404, headers: plain }))
  app.onError(() => new Response('500: Internal Server Error', { status: 500, headers: plain }))
  return app
}

function named(text: string, answer: (name: string) => Promise<object> | object): ReturnType<Answer> {
  const name = text.replaceAll('.*', '').toLowerCase()
  if (name === '') return new Response('500: the name is empty', { status: 500, headers: plain })
  return answer(name.endsWith('.') ? name : `${name}.`)
}

/** GET alone, and only for clients that take JSON. */
function refuse(request: Request): Response | undefined {
  if (request.method === 'HEAD') return new Response(null, { status: 405, headers: plain })
  if (request.method !== 'GET')
    return new Response('405: Method Not Allowed', { status: 405, headers: plain })
  const type = request.headers.get('content-type') ?? ''
  const length = Number(request.headers.get('content-length') ?? 0)
  if (length > 0 && !type.includes('application/json'))
    return new Response('415: Unsupported Media Type', { status: 415, headers: plain })
  const accept = request.headers.get('accept') ?? '*/*'
  const taken = accept.split(',').map((part) => part.split(';')[0]?.trim())
  if (taken.includes('application/json') || taken.includes('*/*')) return undefined
  return new Response('406: Not Acceptable', { status: 406, headers: plain })
}

function notReady(listing: Listing): Response | undefined {
  if (listing.ready()) return undefined
  const why = listing.loadedAgo() === undefined ? 'has been loaded yet' : 'is new enough'
  return new Response(`503: no state of the cluster ${why}`, {
    status: 503,
    headers: { ...plain, 'Retry-After': '1' },
  })
}

/** Records that could not be loaded anew are marked; their age is in seconds (RFC 9111 section 5.1). */
function age(listing: Listing): Record<string, string> {
  if (!listing.stale()) return {}
  return { 'Meshbox-Stale': 'true', Age: String(Math.floor((listing.loadedAgo() ?? 0) / 1000)) }
}
