import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { openSession, type Session } from '../../src/config/zookeeper/session.ts'
import type { Resolver } from '../../src/dns/resolver.ts'
import { serveFromMesosDnsConfig } from '../../src/dns/serve.ts'
import { silentLog } from '../../src/log.ts'
import { freePort, startZooKeeper, type TestServer } from '../zookeeper/server.ts'
import { caseText, type Environment, type Expected, type Ports, type Step } from './cases.ts'
import { startUpstream } from './upstream.ts'

/** One case, set up: the resolver runs by the recorded configuration among what stands in for the recorded world. */
export type Replay = {
  expected: Expected
  ports: Ports
  resolver: Resolver
  /** Requests that the masters got: `HOST:PORT METHOD PATH`. */
  masterRequests: Set<string>
  get(
    path: string,
    request?: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<Got>
  /** Carries a step out, and waits until the resolver has followed it. */
  perform(step: Step['step'], moves: boolean): Promise<void>
  configFile: string
  stop(): Promise<void>
}

export type Got = { status: number; contentType: string | null; body: string }

export async function setUp(name: string): Promise<Replay> {
  const ports: Ports = {
    dns: await freePort(),
    http: await freePort(),
    master: await freePort(),
    upstream: await freePort(),
    zookeeper: 1,
  }
  const closers: (() => unknown)[] = []
  const dir = mkdtempSync(join(tmpdir(), 'meshbox-case-'))
  closers.push(() => rmSync(dir, { recursive: true, force: true }))
  const raw = JSON.parse(caseText(name, 'env.json', ports) ?? '{}') as Environment
  const zookeeper = raw.zookeeper ? await startZooKeeper() : undefined
  if (zookeeper) {
    ports.zookeeper = zookeeper.port
    closers.push(() => zookeeper.remove())
  }
  const text = (file: string) => caseText(name, file, ports)
  const env: Environment = JSON.parse(text('env.json') ?? '{}')
  const config = text('config.json') ?? '{}'
  const session = zookeeper && env.zookeeper ? await fill(zookeeper, env.zookeeper) : undefined
  if (session) closers.push(() => session.close())

  let now: Step['step'] = {}
  const masterRequests = new Set<string>()
  const listed: string[] = JSON.parse(config).masters ?? []
  for (const { listen, state } of env.fakeMasters ??
    listed.map((one) => ({ listen: one, state: undefined }))) {
    const at = listen.lastIndexOf(':')
    const server = Bun.serve({
      hostname: listen.slice(0, at).replace(/^\[|\]$/g, ''),
      port: Number(listen.slice(at + 1)),
      fetch(request) {
        masterRequests.add(`${listen} ${request.method} ${new URL(request.url).pathname}`)
        if (now.down) return new Response('', { status: 503 })
        return new Response(now.body ?? text(now.serve ?? state ?? 'state.json'))
      },
    })
    closers.push(() => server.stop(true))
  }
  for (const upstream of env.upstreams ?? []) {
    const server = await startUpstream(upstream, ports.upstream)
    closers.push(() => server.stop())
  }

  const configFile = join(dir, 'config.json')
  writeFileSync(configFile, config)
  const resolver = await serveFromMesosDnsConfig(configFile, {
    clock: systemClock,
    log: silentLog,
    addresses: () => (env.interfaceAddresses ?? []).map((address) => address.split('/')[0] ?? ''),
    lookUp: (host) => Promise.reject(new Error(`${host} is unknown`)),
  })
  closers.push(() => resolver.close())
  await until(systemClock, { everyMs: 10, timeoutMs: 10_000 }, () => resolver.status().loadedAt)

  return {
    expected: JSON.parse(text('expected.json') ?? '{}'),
    ports,
    resolver,
    masterRequests,
    configFile,
    async get(path, request = {}) {
      const response = await fetch(`http://127.0.0.1:${ports.http}${path}`, request)
      return {
        status: response.status,
        contentType: response.headers.get('content-type'),
        body: await response.text(),
      }
    },
    async perform(step, moves) {
      const before = resolver.status().serial
      now = step
      for (const command of step.zk ?? []) {
        const [verb = '', path = '', ...data] = command.split(' ')
        if (verb === 'delete') await session?.remove(path)
        else await session?.create(path, data.join(' '))
      }
      if (!moves && !step.zk && step.serve) return
      if (!step.zk) return resolver.refresh()
      await until(
        systemClock,
        { everyMs: 20, timeoutMs: 10_000 },
        () => resolver.status().serial > before || undefined,
      )
    },
    async stop() {
      for (const close of closers.reverse()) await close()
    },
  }
}

/** A session to the server with the recorded znodes in it. */
async function fill(
  server: TestServer,
  { path, children }: NonNullable<Environment['zookeeper']>,
): Promise<Session> {
  const session = openSession({ servers: [{ host: '127.0.0.1', port: server.port }] }, systemClock, silentLog)
  await session.ensure(path)
  for (const [child, data] of Object.entries(children)) {
    await session.create(`${path}/${child}`, typeof data === 'string' ? data : JSON.stringify(data))
  }
  return session
}
