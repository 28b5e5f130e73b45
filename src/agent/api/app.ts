import { Hono } from 'hono'
import type { Resolver } from '../../dns/resolver.ts'
import { MeshboxError, messageOf } from '../../error.ts'
import type { PackageStatus } from '../../supervisor/provider/packages.ts'
import { type Request as BirthRequest, type Reply, requestSchema } from '../birth/acceptor.ts'
import type { JoinTokens } from '../join-token/tokens.ts'
import type { MachineLogs } from '../logs.ts'
import type { Maintenance } from '../maintenance/mode.ts'
import type { Neighbours } from '../neighbours.ts'
import type { OtherMachine } from '../nodes/others.ts'
import type { PeerGuard } from '../peer/guard.ts'
import type { Planner } from '../plan/planner.ts'
import type { Rolling } from '../rollout/rolling.ts'
import type { ClusterStatus, Status } from '../status.ts'
import { type ConfigSource, configRoutes } from './config.ts'
import { joinTokenRoutes } from './join-tokens.ts'
import { keyRoutes } from './keys.ts'
import { type Leave, leaveRoutes } from './leave.ts'
import { logRoutes } from './logs.ts'
import { maintenanceRoutes } from './maintenance.ts'
import { memberRoutes } from './members.ts'
import { calledRoutes, type Nodes, nodeRoutes } from './nodes.ts'
import { packageRoutes } from './packages.ts'
import { planRoutes } from './plan.ts'
import { rolloutRoutes } from './rollout.ts'
import { type Services, serviceRoutes } from './services.ts'

/** What the API shows of the agent. */
export type Exposed = ConfigSource & {
  status(): Status
  /** The other machines of the cluster. */
  others(): Promise<OtherMachine[]>
  resolver(): Resolver | undefined
  /** Undefined while this machine takes no part in a birth. */
  birth(request: BirthRequest): Reply | undefined
  neighbours: Pick<Neighbours, 'members' | 'onEvent' | 'forget' | 'keys'>
  leave: Leave
  /** Undefined until it is known whose ZooKeeper it is. */
  maintenance(): Maintenance | undefined
  /** Undefined until it is known whose ZooKeeper it is. */
  joinTokens(): JoinTokens | undefined
  /** Stands before what is for other machines. */
  peers: PeerGuard
  services: Services
  /** The programs of this machine, and where they come from. */
  packages(): PackageStatus[]
  /** Undefined until it is known whose ZooKeeper it is. */
  planner(): Pick<Planner, 'actions'> | undefined
  /** Undefined until it is known whose ZooKeeper it is. */
  rolling(): Pick<Rolling, 'report' | 'steer'> | undefined
  logs: Pick<MachineLogs, 'tail' | 'follow'>
  nodes: Nodes
}

/** Where a request came from: the Unix socket may change things, loopback may read, others get `/health` alone. */
export type Caller = 'socket' | 'loopback' | 'remote'

type Env = { Bindings: { caller: Caller } }

/** The HTTP API: JSON under `/v1`, errors as problem details (RFC 9457). */
export function apiApp(agent: Exposed): Hono<Env> {
  const app = new Hono<Env>()

  app.onError((error) => problem(error instanceof MeshboxError ? statusOf(error) : 500, error))
  app.notFound(() => problem(404, 'there is no such path'))
  // The time is for those who compare their clocks.
  app.get('/health', (c) => c.json({ live: true, ready: agent.status().ready, time: Date.now() }))

  // Without a key the machines of a URL have nothing in common yet but that URL, which each of them checks.
  app.post('/v1/birth', agent.peers, async (c) => {
    const request = requestSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!request.success) return problem(400, 'the body is no request of a birth')
    const reply = agent.birth(request.data)
    return reply ? c.json(reply) : problem(503, 'this machine takes no part in a birth now')
  })
  const here = (request: Request) => app.fetch(request, { caller: 'socket' })
  app.use('/v1/peer', agent.peers)
  app.route('/v1/peer', calledRoutes(agent.nodes, here))
  app.use('/v1/*', async (c, next) => {
    if (c.env.caller === 'remote') return problem(403, 'reading is open on loopback and the Unix socket only')
    if (c.req.method !== 'GET' && c.env.caller !== 'socket')
      return problem(403, 'changes need the Unix socket')
    return next()
  })
  app.get('/v1/status', (c) => c.json(agent.status()))
  app.get('/v1/cluster', async (c) =>
    c.json<ClusterStatus>({ ...agent.status(), others: await agent.others() }),
  )
  app.route('/v1/config', configRoutes(agent))
  app.route('/v1/plan', planRoutes(agent.planner))
  app.route('/v1/rollout', rolloutRoutes(agent.rolling))
  app.route('/v1/services', serviceRoutes(agent.services))
  app.route('/v1/packages', packageRoutes(agent.packages))
  app.route('/v1/maintenance', maintenanceRoutes(agent.maintenance))
  app.route('/v1/leave', leaveRoutes(agent.leave))
  app.route('/v1/logs', logRoutes(agent.logs))
  app.route('/v1/nodes', nodeRoutes(agent.nodes, here))
  app.route('/v1/keys', keyRoutes(agent.neighbours))
  app.route('/v1/join-tokens', joinTokenRoutes(agent.joinTokens))
  app.route('/v1/members', memberRoutes(agent.neighbours))
  app.get('/v1/dns/records', (c) => c.json(agent.resolver()?.records() ?? []))
  return app
}

function statusOf({ code }: MeshboxError): number {
  if (code === 'document-conflict' || code === 'rollout-busy' || code === 'rollout-machine') return 409
  if (code === 'document-version' || code === 'document-absent' || code === 'rollout-absent') return 404
  if (code.startsWith('document-')) return 422
  if (code.endsWith('-unknown')) return 404
  if (code === 'node-open') return 403
  if (code === 'node-away') return 502
  if (code.endsWith('-request')) return 400
  return code.startsWith('zk-') ? 503 : 500
}

function problem(status: number, error: unknown): Response {
  const body =
    error instanceof MeshboxError
      ? { status, code: error.code, title: error.message, hint: error.hint, exit: error.exit }
      : { status, title: typeof error === 'string' ? error : messageOf(error) }
  return Response.json(body, { status, headers: { 'content-type': 'application/problem+json' } })
}
