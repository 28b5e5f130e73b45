import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProbeSpec } from '../service/spec.ts'
import { authorizationFor } from './authorization.ts'

const dir = mkdtempSync(join(tmpdir(), 'meshbox-authorization-'))
afterAll(() => rmSync(dir, { recursive: true }))

const url = 'http://127.0.0.1:1'
const of = (spec: ProbeSpec) => authorizationFor(spec, async () => 'of masters')(AbortSignal.timeout(1000))
const text = (header = '') => Buffer.from(header.replace('Basic ', ''), 'base64')

test('a mesos-agent is shown the first of those that its file lets in, in either form', async () => {
  const credentials = join(dir, 'credentials')
  for (const content of [
    '{"credentials":[{"principal":"ops","secret":"wörd"},{"principal":"b","secret":"c"}]}\n',
    'ops wörd\nb c\n',
  ]) {
    writeFileSync(credentials, content)
    expect(text(await of({ kind: 'mesos-agent', url, credentials })).toString()).toBe('ops:wörd')
  }
  // What no program lets in, and what Mesos passes over.
  const some = [
    { principal: 'a', secret: 'b:c' },
    { principal: 'ops', secret: 'wörd', x: 1 },
  ]
  writeFileSync(credentials, JSON.stringify({ comment: 'ours', credentials: some }))
  expect(text(await of({ kind: 'mesos-agent', url, credentials })).toString()).toBe('ops:wörd')
  writeFileSync(credentials, '')
  expect(await of({ kind: 'mesos-agent', url, credentials })).toBeUndefined()
  expect(await of({ kind: 'mesos-agent', url })).toBeUndefined()
})

test('Marathon is shown what it asks for, as Jetty reads it', async () => {
  expect(text(await of({ kind: 'marathon', url, login: 'me:wörd' })).toString('latin1')).toBe('me:wörd')
  expect(await of({ kind: 'marathon', url })).toBeUndefined()
})

test('a mesos-master is spoken to as all masters are; others need nothing', async () => {
  const ensemble = { servers: [], patienceMs: 1 }
  expect(await of({ kind: 'mesos-master', url, shown: 'm1:5050', ensemble })).toBe('of masters')
  expect(await of({ kind: 'docker', socket: '/run/docker.sock' })).toBeUndefined()
})
