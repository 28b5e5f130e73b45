import { describe, expect, test } from 'bun:test'
import { type Asking, decideAccess, type Rules } from './access.ts'

const rules: Rules = {
  hosts: ['web-1', 'web-1.example.org'],
  mayRead: (address) => address.startsWith('10.1.'),
  keyed: true,
}
const plain: Asking = {
  caller: { kind: 'loopback' },
  method: 'GET',
  host: '127.0.0.1:7947',
  origin: undefined,
  site: undefined,
  mode: undefined,
  clear: false,
  shown: undefined,
}
const remote = (address = '10.9.0.1') => ({ kind: 'remote', address }) as const
const asked = (asking: Partial<Asking>, more: Partial<Rules> = {}) =>
  decideAccess({ ...plain, ...asking }, { ...rules, ...more })?.code
const header = (scope?: 'read' | 'change') => ({ by: 'header', scope }) as const
const cookie = (scope?: 'read' | 'change') => ({ by: 'cookie', scope }) as const

describe('reading', () => {
  test('is for the socket, for loopback, for whoever has a token, and for the networks of api.readAllow', () => {
    expect(asked({ caller: { kind: 'socket' } })).toBeUndefined()
    expect(asked({})).toBeUndefined()
    expect(asked({ caller: remote() })).toBe('token-needed')
    expect(asked({ caller: remote('10.1.2.3') })).toBeUndefined()
    for (const scope of ['read', 'change'] as const)
      expect(asked({ caller: remote(), shown: header(scope) })).toBeUndefined()
    expect(asked({ caller: remote(), shown: header() })).toBe('token-refused')
  })
})

describe('changing', () => {
  test('is for the socket, and for a token that may', () => {
    const method = 'POST'
    expect(asked({ method, caller: { kind: 'socket' } })).toBeUndefined()
    expect(asked({ method })).toBe('token-needed')
    expect(asked({ method, caller: remote('10.1.2.3') })).toBe('token-needed')
    for (const caller of [plain.caller, remote()]) {
      expect(asked({ method, caller, shown: header() })).toBe('token-refused')
      expect(asked({ method, caller, shown: header('read') })).toBe('token-read')
      expect(asked({ method, caller, shown: header('change') })).toBeUndefined()
    }
  })

  test('is refused from another machine where the cluster has no key', () => {
    const shown = header('change')
    expect(asked({ method: 'PUT', caller: remote(), shown }, { keyed: false })).toBe('cluster-open')
    expect(asked({ method: 'PUT', shown }, { keyed: false })).toBeUndefined()
  })
})

test('where there is a certificate, other machines are not answered in the clear', () => {
  expect(asked({ clear: true, caller: remote(), shown: header('read') })).toBe('tls-needed')
  expect(asked({ clear: true })).toBeUndefined()
})

describe('DNS rebinding', () => {
  test.each(['127.0.0.1:7947', '[::1]:7947', 'LOCALHOST', 'web-1:7947', 'web-1.example.org.', '10.0.0.1'])(
    '%s is this machine',
    (host) => expect(asked({ host })).toBeUndefined(),
  )
  test.each([
    'evil.example',
    'evil.example:7947',
    '127.0.0.1.evil.example',
    '',
    '[::1',
    'web-1.evil.example',
  ])('"%s" is not', (host) => expect(asked({ host })).toBe('host-foreign'))
  test('whoever sends a token that is one may use any name', () => {
    expect(asked({ host: 'lb.example', caller: remote(), shown: header('read') })).toBeUndefined()
    expect(asked({ host: 'evil.example', shown: header() })).toBe('host-foreign')
  })
})

describe('another page in the same browser', () => {
  const foreign: Partial<Asking>[] = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:8080' },
    { site: 'cross-site', mode: 'cors' },
    { site: 'same-site', mode: 'no-cors' },
  ]
  test.each(foreign)('neither reads nor changes: %j', (asking) => {
    expect(asked(asking)).toBe('page-foreign')
    for (const shown of [cookie('change'), header('change')])
      expect(asked({ ...asking, method: 'POST', shown })).toBe('page-foreign')
  })

  test('may have a link to this one', () => {
    expect(asked({ site: 'cross-site', mode: 'navigate' })).toBeUndefined()
    expect(asked({ site: 'cross-site', mode: 'navigate', method: 'POST', shown: cookie('change') })).toBe(
      'page-foreign',
    )
  })

  test('its own page does both, and a cookie alone changes nothing', () => {
    const own = { origin: 'http://127.0.0.1:7947', site: 'same-origin', shown: cookie('change') }
    expect(asked({ ...own, method: 'POST' })).toBeUndefined()
    expect(asked({ ...own, origin: undefined, method: 'POST' })).toBe('page-foreign')
    expect(asked({ ...own, caller: remote(), method: 'POST' })).toBeUndefined()
  })
})
