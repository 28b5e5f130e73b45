import { describe, expect, test } from 'bun:test'
import { dnsSchema } from '../../config/dns.ts'
import { routesOf, upstreamsFor } from './upstreams.ts'

const own = ['10.0.0.7', '2001:db8::7']

function others(settings: Record<string, unknown>, system: string[] = []): string[] {
  const routes = routesOf(dnsSchema.parse(settings), own, () => system)
  return routes.others.map(({ address, port }) => `${address} ${port}`)
}

describe('a resolver never asks itself', () => {
  test.each([
    ...[
      '127.0.0.1',
      '10.0.0.7',
      '0.0.0.0',
      '::',
      '::1',
      '[2001:DB8:0::7]:53',
      '::ffff:10.0.0.7',
      '::ffff:7f00:1',
    ],
  ])('at %s', (address) => {
    expect(others({ listener: '::', resolvers: [address, '192.0.2.1'] })).toEqual(['192.0.2.1 53'])
    expect(others({ listener: '0.0.0.0', resolvers: [address, '192.0.2.1'] })).toEqual(['192.0.2.1 53'])
  })

  test('but others on this machine', () => {
    const settings = { resolvers: ['127.0.0.1:5353', '127.0.0.53', '10.0.0.7:54'] }
    expect(others(settings)).toEqual(['127.0.0.1 5353', '127.0.0.53 53', '10.0.0.7 54'])
    expect(others({ listener: '10.0.0.7', resolvers: ['127.0.0.1', '10.0.0.7'] })).toEqual(['127.0.0.1 53'])
  })

  test('nor at the servers of resolv.conf', () => {
    expect(others({ resolvers: [] }, ['10.0.0.7', '127.0.0.1', '192.0.2.2'])).toEqual(['192.0.2.2 53'])
  })
})

test('a name goes to the servers of its zone', () => {
  const zoneResolvers = { 'corp.example': ['192.0.2.3'], test: ['192.0.2.4'] }
  const routes = routesOf(dnsSchema.parse({ zoneResolvers, resolvers: ['192.0.2.1'] }), own, () => [])
  const asked = (name: string) => upstreamsFor(name, routes).map(({ address }) => address)
  expect(asked('a.corp.example')).toEqual(['192.0.2.3'])
  expect(asked('corp.example')).toEqual(['192.0.2.3'])
  expect(asked('xcorp.example')).toEqual(['192.0.2.1'])
  expect(asked('a.test')).toEqual(['192.0.2.4'])
})
