import { expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../clock.ts'
import { documentSchema } from '../config/schema.ts'
import { keptAuthorization } from './masters.ts'

test('a login is kept for a minute, unless it fails or the document says another one', async () => {
  let logins = 0
  const server = Bun.serve({
    ...{ port: 0, hostname: '127.0.0.1' },
    fetch: () =>
      ++logins === 1 ? new Response('', { status: 503 }) : Response.json({ token: `t${logins}` }),
  })
  const folder = mkdtempSync(join(tmpdir(), 'meshbox-masters-'))
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const iamConfigFile = join(folder, 'iam.json')
  const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  writeFileSync(
    iamConfigFile,
    JSON.stringify({ uid: 'dns', private_key, login_endpoint: `http://127.0.0.1:${server.port}/` }),
  )
  const said = (dns: object) => documentSchema.parse({ dns }).dns
  let dns = said({ mesosAuthentication: 'iam', iamConfigFile })
  let now = 0
  const authorization = keptAuthorization(() => dns, { ...systemClock, monotonic: () => now })
  const ask = () => authorization(AbortSignal.timeout(5000))
  expect(ask()).rejects.toThrow('503')
  for (now of [0, 59_999]) expect(await ask()).toBe('token=t2')
  now = 60_000
  expect(await ask()).toBe('token=t3')
  dns = said({ mesosAuthentication: 'basic', mesosCredentials: { principal: 'me', secret: 'word' } })
  expect(await ask()).toBe('Basic bWU6d29yZA==')
  await server.stop(true)
  rmSync(folder, { recursive: true })
})
