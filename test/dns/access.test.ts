import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import { dnsSchema } from '../../src/config/dns.ts'
import { type Resolver, startResolver } from '../../src/dns/resolver.ts'
import { silentLog } from '../../src/log.ts'
import { freePort } from '../zookeeper/server.ts'

const dir = mkdtempSync(join(tmpdir(), 'meshbox-tls-'))
const file = (name: string) => join(dir, name)
const certificate = (name: string) => join(import.meta.dir, 'certificate', name)
const ending: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** A master that says what it wants to see before it answers. */
function masterWanting(
  accepts: (authorization: string | null) => boolean,
  tls?: { cert: string; key: string },
) {
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    ...(tls ? { tls } : {}),
    fetch(request) {
      if (!accepts(request.headers.get('authorization'))) return new Response('', { status: 401 })
      return Response.json({ leader: `master@${new URL(request.url).host}`, slaves: [], frameworks: [] })
    },
  })
  ending.push(() => server.stop(true))
  return `127.0.0.1:${server.port}`
}

async function loaded(master: string, settings: Record<string, unknown>): Promise<Resolver> {
  const resolver = await startResolver({
    config: dnsSchema.parse({
      listener: '127.0.0.1',
      port: await freePort(),
      httpOn: false,
      externalOn: false,
      ...settings,
    }),
    source: { kind: 'masters', masters: [master] },
    clock: systemClock,
    log: silentLog,
  })
  ending.push(() => resolver.close())
  await resolver.refresh()
  return resolver
}

describe('a master that asks for credentials', () => {
  test('gets them by HTTP Basic', async () => {
    const master = masterWanting((header) => header === `Basic ${btoa('me:pass:word')}`)
    const right = { mesosAuthentication: 'basic', mesosCredentials: { principal: 'me', secret: 'pass:word' } }
    expect((await loaded(master, right)).status().leader).toBe(master)
    expect((await loaded(master, {})).status().lastError).toContain('it answered 401')
  })

  test('gets a token of the login endpoint, which got a signed one', async () => {
    const key = readFileSync(certificate('key.pem'), 'utf8')
    const login = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      async fetch(request) {
        const { uid, token } = (await request.json()) as { uid: string; token: string }
        const [head = '', claims = '', signature = ''] = token.split('.')
        const right = verify(
          'RSA-SHA256',
          Buffer.from(`${head}.${claims}`),
          createPublicKey(key),
          Buffer.from(signature, 'base64url'),
        )
        const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString())
        if (!right || uid !== 'dns' || exp * 1000 < Date.now()) return new Response('', { status: 403 })
        return Response.json({ token: 'given' })
      },
    })
    ending.push(() => login.stop(true))
    const iam = { uid: 'dns', private_key: key, login_endpoint: `http://127.0.0.1:${login.port}/login` }
    writeFileSync(file('iam.json'), JSON.stringify(iam))
    const master = masterWanting((header) => header === 'token=given')
    const settings = { mesosAuthentication: 'iam', iamConfigFile: file('iam.json') }
    expect((await loaded(master, settings)).status().leader).toBe(master)
  })

  test('a redirect to another host does not get them', async () => {
    const seen: (string | null)[] = []
    const other = masterWanting((header) => {
      seen.push(header)
      return true
    })
    const standby = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => new Response('', { status: 307, headers: { Location: `//${other}/master/state` } }),
    })
    ending.push(() => standby.stop(true))
    const settings = { mesosAuthentication: 'basic', mesosCredentials: { principal: 'me', secret: 'x' } }
    await loaded(`127.0.0.1:${standby.port}`, settings)
    expect(new Set(seen)).toEqual(new Set([null]))
  })
})

describe('over HTTPS', () => {
  const tls = () => ({
    cert: readFileSync(certificate('cert.pem'), 'utf8'),
    key: readFileSync(certificate('key.pem'), 'utf8'),
  })

  test('a master is taken when its certificate is vouched for, and not otherwise', async () => {
    const master = masterWanting(() => true, tls())
    const known = await loaded(master, { mesosHttpsOn: true, caCertFile: certificate('cert.pem') })
    expect(known.status().leader).toBe(master)
    const unknown = await loaded(master, { mesosHttpsOn: true })
    expect(unknown.status().lastError).toMatch(/certificate/i)
  })
})

test('a file that cannot be read is named', async () => {
  await expect(loaded('127.0.0.1:1', { mesosHttpsOn: true, caCertFile: file('none.pem') })).rejects.toThrow(
    'none.pem',
  )
})
