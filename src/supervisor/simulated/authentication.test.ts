import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { basic } from '../../config/basic.ts'
import { openGate, readCredentials } from './authentication.ts'
import { exited, StartFailure } from './ending.ts'
import { openGlog } from './glog.ts'
import { openGate as openMarathonGate } from './marathon/authentication.ts'
import { openMarathonLog } from './marathon/log.ts'

const dir = mkdtempSync(join(tmpdir(), 'meshbox-authentication-'))
afterAll(() => rmSync(dir, { recursive: true }))

const request = (login?: string) =>
  new Request('http://127.0.0.1/', login === undefined ? {} : { headers: { authorization: basic(login) } })
const refusal = (response: Response | undefined) =>
  response && [response.status, response.headers.get('www-authenticate')]

let said = ''
const glog = openGlog('ERROR', (line) => {
  said = line
})
const credentialsOf = (content?: string) => {
  const path = join(dir, 'credentials')
  rmSync(path, { force: true })
  if (content !== undefined) writeFileSync(path, content)
  return readCredentials(new Map([['credentials', `file://${path}`]]), 'credentials', glog, 'master.cpp:525')
}
const refuse = (why: string) => {
  said = why
  return new StartFailure(exited(1))
}

test('the realms that the flags name want a principal with its secret, and nothing else does', () => {
  const credentials = credentialsOf(
    '{"credentials":[{"principal":"dns","secret":"word"},{"principal":"a","secret":"b:c"}]}',
  )
  const gate = openGate('master', new Map([['authenticate_http_readonly', 'true']]), credentials, refuse)
  const asked = [401, 'Basic realm="mesos-master-readonly"']
  for (const login of [undefined, 'dns:other', 'word:dns', 'a:b:c'])
    expect(refusal(gate(request(login), 'readonly'))).toEqual(asked)
  expect(gate(request('dns:word'), 'readonly')).toBeUndefined()
  for (const realm of ['readwrite', undefined] as const) expect(gate(request(), realm)).toBeUndefined()
})

test('credentials that cannot be read end the start, as do none where some are asked for', () => {
  const flags = new Map([['authenticate_http_readwrite', 'true']])
  expect(() => openGate('agent', flags, undefined, refuse)).toThrow(StartFailure)
  expect(said).toEndWith("authenticator for realm 'mesos-agent-readwrite'")
  for (const [content, why] of [
    [undefined, 'No such file or directory'],
    ['', 'must contain at least one credential'],
    ['dns word', 'Invalid json format'],
    ['{}', 'Failed to parse credentials'],
  ] as const) {
    expect(() => credentialsOf(content)).toThrow(StartFailure)
    expect(said).toContain(why)
    expect(said).toContain('(see --credentials flag)')
  }
})

test('Marathon wants its login for everything, and with two colons in it lets nobody in', () => {
  const gate = (login: string) =>
    openMarathonGate(
      new Map([
        ['http_credentials', login],
        ['http_realm', 'Here'],
      ]),
      openMarathonLog(),
    )
  expect(refusal(gate('me:word')(request()))).toEqual([401, 'basic realm="Here"'])
  expect(gate('me:word')(request('me:word'))).toBeUndefined()
  expect(refusal(gate('me:wo:rd')(request('me:wo:rd')))?.[0]).toBe(401)
  expect(openMarathonGate(new Map(), openMarathonLog())(request())).toBeUndefined()
})
