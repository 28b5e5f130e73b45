import { describe, expect, test } from 'bun:test'
import { MeshboxError } from '../../error.ts'
import { formatZkUrl, parseZkUrl } from './url.ts'

describe('a ZooKeeper URL', () => {
  test('with several hosts, ports and a path', () => {
    expect(parseZkUrl('zk://a:2181,B.example:2182,10.0.0.3/prod/mesos')).toEqual({
      servers: [
        { host: 'a', port: 2181 },
        { host: 'b.example', port: 2182 },
        { host: '10.0.0.3', port: 2181 },
      ],
      path: '/prod/mesos',
    })
  })

  test('with IPv6, credentials (an @ in the password too) and a trailing slash', () => {
    const url = parseZkUrl('zk://me:p@ss:word@[2001:db8::1]:2181,[::1]/mesos/')
    expect(url).toEqual({
      servers: [
        { host: '2001:db8::1', port: 2181 },
        { host: '::1', port: 2181 },
      ],
      path: '/mesos',
      auth: { user: 'me', password: 'p@ss:word' },
    })
    expect(formatZkUrl(url)).toBe('zk://me:***@[2001:db8::1]:2181,[::1]:2181/mesos')
    expect(parseZkUrl(formatZkUrl(url, 'show'))).toEqual(url)
  })
})

describe('a wrong ZooKeeper URL is refused with its fault', () => {
  const cases: [string, string, string][] = [
    ['http://a:2181/mesos', 'zk-url-scheme', 'must begin with zk://'],
    ['a:2181/mesos', 'zk-url-scheme', 'must begin with zk://'],
    ['zk://a:2181', 'zk-url-path', 'has no path'],
    ['zk://a:2181/', 'zk-url-path', 'its path is "/"'],
    ['zk://a:2181/mesos//x', 'zk-url-path', 'an empty part'],
    ['zk://a:2181/../x', 'zk-url-path', 'a part ".."'],
    ['zk://a:2181/me sos', 'zk-url-path', 'a blank'],
    ['zk://a:70000/mesos', 'zk-url-port', 'port "70000"'],
    ['zk://a:0/mesos', 'zk-url-port', 'port "0"'],
    ['zk://a:/mesos', 'zk-url-port', 'port ""'],
    ['zk://a:21x/mesos', 'zk-url-port', 'port "21x"'],
    ['zk:///mesos', 'zk-url-host', 'an empty host'],
    ['zk://a:2181,,b:2181/mesos', 'zk-url-host', 'an empty host'],
    ['zk://:2181/mesos', 'zk-url-host', 'an empty host'],
    ['zk://300.1.1.1:2181/mesos', 'zk-url-host', '"300.1.1.1"'],
    ['zk://a_b!:2181/mesos', 'zk-url-host', '"a_b!"'],
    ['zk://2001:db8::1/mesos', 'zk-url-host', 'brackets'],
    ['zk://[a]:2181/mesos', 'zk-url-host', 'no IPv6'],
    ['zk://a:2181,zk://b:2181/mesos', 'zk-url-scheme', 'once'],
    ['zk://a:2181,a:2181/mesos', 'zk-url-twice', 'a:2181'],
    ['zk://user@a:2181/mesos', 'zk-url-credentials', 'user:password'],
  ]
  test.each(cases)('%s', (text, code, words) => {
    try {
      parseZkUrl(text)
      throw new Error('was taken')
    } catch (error) {
      if (!(error instanceof MeshboxError)) throw error
      expect(error).toMatchObject({ code, exit: 2 })
      expect(error.message).toContain(words)
      expect(error.hint).toContain('zk://')
    }
  })

  test('without showing the password', () => {
    expect(() => parseZkUrl('zk://me:secret@a:99999/mesos')).toThrow('zk://me:***@a')
  })
})
