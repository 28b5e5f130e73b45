import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { PackageStatus } from '../../supervisor/provider/packages.ts'
import { version } from '../../version.ts'
import type { Backups } from '../backup/make.ts'
import type { Request as BirthRequest, Reply } from '../birth/acceptor.ts'
import type { Controllers } from '../controllers/open.ts'
import type { Recovery } from '../controllers/recover.ts'
import type { JoinTokens } from '../join-token/tokens.ts'
import type { MachineLogs } from '../logs.ts'
import type { Maintenance } from '../maintenance/mode.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Neighbours } from '../neighbours.ts'
import { pageRoutes } from '../page/app.tsx'
import { openAsk } from '../page/ask.ts'
import type { PeerGuard } from '../peer/guard.ts'
import type { Planner } from '../plan/planner.ts'
import type { Rolling } from '../rollout/rolling.ts'
import type { Collected } from '../support/collect.ts'
import type { Tokens } from '../token/tokens.ts'
import type { Rules } from './access.ts'
import { backupRoutes } from './backup.ts'
import { birthRoutes, clusterRoutes, type Whole } from './cluster.ts'
import { type ConfigSource, configRoutes } from './config.ts'
import { controllerRoutes, diskRoutes } from './controllers.ts'
import { guardAccess } from './guard.ts'
import { healthRoutes } from './health.ts'
import { joinTokenRoutes } from './join-tokens.ts'
import { keyRoutes } from './keys.ts'
import { type Leave, leaveRoutes } from './leave.ts'
import { logRoutes } from './logs.ts'
import { maintenanceRoutes } from './maintenance.ts'
import { memberRoutes } from './members.ts'
import { metricRoutes } from './metrics.ts'
import { type Named, nameRoutes } from './names.ts'
import { calledRoutes, type Nodes, nodeRoutes } from './nodes.ts'
import { packageRoutes } from './packages.ts'
import { planRoutes } from './plan.ts'
import { problem, problemOf } from './problem.ts'
import { rolloutRoutes } from './rollout.ts'
import type { Env, Routes } from './route.ts'
import { type Services, serviceRoutes } from './services.ts'
import { supportRoutes } from './support.ts'
import { tokenRoutes } from './tokens.ts'
import { type Upgrades, upgradeRoutes } from './upgrade.ts'

/** What the API shows of the agent. */
export type Exposed = ConfigSource &
  Whole &
  Named & {
    /** Where this agent keeps its files, if not in the usual places. */
    dataDir: string | undefined
    rules(): Rules
    /** Undefined while this machine takes no part in a birth. */
    birth(request: BirthRequest): Reply | undefined
    neighbours: Pick<Neighbours, 'members' | 'onEvent' | 'forget' | 'keys'>
    leave: Leave
    /** Undefined until it is known whose ZooKeeper it is. */
    maintenance(): Maintenance | undefined
    /** Undefined until it is known whose ZooKeeper it is. */
    backups(): Backups | undefined
    upgrades: Upgrades
    support(ask: (path: string) => Promise<string>): Promise<Collected>
    tokens(): Tokens | undefined
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
    /** Undefined until it is known whose ZooKeeper it is. */
    controllers(): Pick<Controllers, 'list' | 'counts' | 'plan' | 'begin' | 'undo' | 'report'> | undefined
    recovery(): Recovery | undefined
    /** Whether this machine remembers an ensemble of which it is a server. */
    isServer(): boolean
    metrics: Metrics
    logs: Pick<MachineLogs, 'tail' | 'follow'>
    nodes: Nodes
    /** Unix milliseconds. */
    now(): number
  }

/** The HTTP API: JSON under `/v1`, described by OpenAPI, errors as problem details. */
export function apiApp(agent: Exposed): Routes {
  const app = new OpenAPIHono<Env>()
  const here = (request: Request) => app.fetch(request, { caller: { kind: 'socket' } })

  app.onError((error) => problemOf(error, agent.dataDir))
  app.notFound(() => problem({ status: 404, code: 'path-unknown', detail: 'there is no such path' }))
  app.route(
    '/health',
    healthRoutes(() => agent.status().ready, agent.now),
  )
  // Without a key the machines of a URL have nothing in common yet but that URL, which each of them checks.
  app.route('/v1', birthRoutes(agent.birth, agent.peers))
  app.route('/v1', diskRoutes(agent.recovery, agent.isServer, agent.peers))
  app.route('/v1/peer', calledRoutes(agent.nodes, here, agent.peers))
  app.use('/v1/*', guardAccess(agent))
  app.use('/metrics', guardAccess(agent))
  app.route('/', metricRoutes(agent.metrics))
  app.route('/v1', clusterRoutes(agent))
  app.route('/v1/config', configRoutes(agent))
  app.route('/v1/plan', planRoutes(agent.planner))
  app.route('/v1/rollout', rolloutRoutes(agent.rolling))
  app.route('/v1/controllers', controllerRoutes(agent.controllers, agent.recovery))
  app.route('/v1/services', serviceRoutes(agent.services, agent.dataDir))
  app.route('/v1/packages', packageRoutes(agent.packages))
  app.route('/v1/maintenance', maintenanceRoutes(agent.maintenance))
  app.route('/v1/support', supportRoutes(agent.support, here))
  app.route('/v1/upgrade', upgradeRoutes(agent.upgrades))
  app.route('/v1/backup', backupRoutes(agent.backups))
  app.route('/v1/leave', leaveRoutes(agent.leave))
  app.route('/v1/logs', logRoutes(agent.logs))
  app.route('/v1/nodes', nodeRoutes(agent.nodes, here))
  app.route('/v1/keys', keyRoutes(agent.neighbours))
  app.route('/v1/join-tokens', joinTokenRoutes(agent.joinTokens))
  app.route('/v1/tokens', tokenRoutes(agent.tokens, agent.name, agent.now))
  app.route('/v1/members', memberRoutes(agent.neighbours, agent.controllers))
  app.route('/v1/dns', nameRoutes(agent))
  describe(app)
  app.route('/', pageRoutes(agent, openAsk(here)))
  return app
}

/** The description of all of it, made of the routes themselves. */
function describe(app: Routes): void {
  const registry = app.openAPIRegistry
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description:
      'From `meshbox token create --api read|change`. The Unix socket needs none, nor does reading on loopback.',
  })
  registry.registerPath({
    method: 'get',
    path: '/v1/openapi.json',
    summary: 'Describes the API',
    responses: {
      200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: z.unknown() } } },
    },
  })
  app.get('/v1/openapi.json', (c) =>
    c.json(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'meshbox',
          version,
          description:
            'What one machine of a meshbox cluster knows and does. Errors are problem details (RFC 9457).',
        },
        security: [{ token: [] }],
      }),
    ),
  )
}
