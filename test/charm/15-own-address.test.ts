import { expect, test } from 'bun:test'
import { dnsSchema } from '../../src/config/dns.ts'
import { routesOf } from '../../src/dns/forward/upstreams.ts'

/** Point 15 of the charm's faults: the list of upstreams began with the resolver's own address, a forwarding loop. */
test('the resolver is never its own upstream, whoever lists it', () => {
  const own = ['127.0.0.1', '10.0.0.1', '::1']
  const upstreamsOf = (settings: object, system: string[] = []) =>
    routesOf(dnsSchema.parse(settings), own, () => system)
  const addresses = (list: { address: string; port: number }[]) =>
    list.map(({ address, port }) => `${address} ${port}`)

  const listed = upstreamsOf({
    resolvers: ['10.0.0.1', '127.0.0.1', '10.0.0.2'],
    zoneResolvers: { example: ['10.0.0.1', '10.0.0.3'] },
  })
  expect(addresses(listed.others)).toEqual(['10.0.0.2 53'])
  expect(addresses(listed.zones[0]?.upstreams ?? [])).toEqual(['10.0.0.3 53'])

  const fromTheSystem = upstreamsOf({ resolvers: [] }, ['10.0.0.1', '10.0.0.4'])
  expect(addresses(fromTheSystem.others)).toEqual(['10.0.0.4 53'])

  // Another program on another port of this machine is somebody else.
  expect(addresses(upstreamsOf({ resolvers: ['127.0.0.1:5353'] }).others)).toEqual(['127.0.0.1 5353'])
})
