import { describe, expect, test } from 'bun:test'
import { type Decision, decideHostLookups, faultOfResult } from './decide.ts'
import type { Facts, Resolved } from './facts.ts'
import type { Wanted } from './wanted.ts'

const resolved: Resolved = {
  version: 252,
  globalServers: [],
  globalDomains: [],
  linkServers: ['192.0.2.1'],
  dnssec: false,
  tls: false,
}
const nothing: Facts = {
  resolvConf: { kind: 'absent' },
  resolved: undefined,
  nssResolve: false,
  resolvconf: undefined,
}
const file = (text: string): Facts['resolvConf'] => ({ kind: 'file', text })
const link = (target: string, text?: string): Facts['resolvConf'] => ({
  kind: 'link',
  target,
  ...(text === undefined ? {} : { text }),
})
const stub = link('/run/systemd/resolve/stub-resolv.conf', 'nameserver 127.0.0.53\n')
const wanted: Wanted = { mode: 'auto', domain: 'mesos', address: '10.0.0.1', port: 53, forwards: true }
const refusing: Wanted = { ...wanted, forwards: false }
const domainOnly = { address: '127.0.0.1', port: 5355 }

/** The way, and what is written or run; or `none` and the reason. */
function told(decision: Decision): string[] {
  if (decision.kind === 'none') return ['none', decision.reason]
  const { file: written, commands } = decision.change
  return [
    decision.kind,
    ...(written
      ? [written.path, ...written.text.split('\n').filter((line) => /^(DNS|Dom|nameserver)/.test(line))]
      : []),
    ...commands.map((argv) => argv.slice(argv.indexOf('sh', 1) + 1).join(' ')),
  ]
}
const restart = 'systemctl restart systemd-resolved.service'
const dropIn = '/etc/systemd/resolved.conf.d/meshbox.conf'

const table: [what: string, facts: Partial<Facts>, wanted: Wanted, found: string[]][] = [
  [
    'resolved that knows delegates gets one, with a port if need be',
    { resolvConf: stub, resolved: { ...resolved, version: 258, globalServers: ['192.0.2.9'] } },
    { ...wanted, port: 8053 },
    [
      'resolved',
      '/etc/systemd/dns-delegate.d/meshbox.dns-delegate',
      'DNS=10.0.0.1:8053',
      'Domains=~mesos',
      restart,
    ],
  ],
  [
    'older resolved gets a server that refuses other names, as it asks it for them too',
    { resolvConf: stub, resolved },
    refusing,
    ['resolved', dropIn, 'DNS=10.0.0.1', 'Domains=~mesos', restart],
  ],
  [
    'older resolved is given the endpoint for the domain alone where there is one',
    { resolvConf: stub, resolved },
    { ...wanted, domainOnly },
    ['resolved', dropIn, 'DNS=127.0.0.1:5355', 'Domains=~mesos', restart],
  ],
  [
    'older resolved is not given a server that forwards',
    { resolvConf: stub, resolved },
    wanted,
    ['none', 'systemd-resolved 252 asks meshbox for other names too, and meshbox would answer them'],
  ],
  [
    'older resolved with other servers for everything would mix them',
    { resolvConf: stub, resolved: { ...resolved, globalServers: ['192.0.2.9'] } },
    refusing,
    ['none', 'systemd-resolved 252 would mix meshbox with its other servers for everything (192.0.2.9)'],
  ],
  [
    'older resolved with other domains for everything would send them along',
    { resolvConf: stub, resolved: { ...resolved, globalDomains: ['~.'] } },
    refusing,
    ['none', 'systemd-resolved 252 would send ~. to meshbox too'],
  ],
  [
    'older resolved with no other server would ask meshbox for everything',
    { resolvConf: stub, resolved: { ...resolved, linkServers: [] } },
    refusing,
    [
      'none',
      'systemd-resolved knows no server of any network, so that meshbox would be asked for everything',
    ],
  ],
  [
    'resolved before 246 knows no ports',
    { resolvConf: stub, resolved: { ...resolved, version: 245 } },
    { ...refusing, port: 8053 },
    ['none', 'systemd-resolved 245 only asks port 53, not 8053'],
  ],
  [
    'resolved that wants signed answers gets none',
    { resolvConf: stub, resolved: { ...resolved, dnssec: true } },
    refusing,
    ['none', 'systemd-resolved believes signed answers only (DNSSEC=yes), and mesos is not signed'],
  ],
  [
    'resolved that asks over TLS gets no answer',
    { resolvConf: stub, resolved: { ...resolved, tls: true } },
    refusing,
    ['none', 'systemd-resolved asks over TLS only (DNSOverTLS=yes)'],
  ],
  [
    'resolved that is not running is no way',
    { resolvConf: stub },
    wanted,
    ['none', '/etc/resolv.conf leads to systemd-resolved, which is not running'],
  ],
  [
    'resolved that does not answer is no way',
    { resolvConf: stub, resolved: 'mute' },
    wanted,
    ['none', 'cannot ask systemd-resolved how it is set up'],
  ],
  [
    'a copy of the stub file leads to resolved as the link does',
    { resolvConf: file('nameserver 127.0.0.53\noptions edns0\n'), resolved },
    refusing,
    ['resolved', dropIn, 'DNS=10.0.0.1', 'Domains=~mesos', restart],
  ],
  [
    'the file of the servers behind resolved goes around it',
    { resolvConf: link('/run/systemd/resolve/resolv.conf', 'nameserver 192.0.2.1\n'), resolved },
    refusing,
    ['none', '/etc/resolv.conf names the servers behind systemd-resolved, so nothing asks it'],
  ],
  [
    'unless the C library asks resolved itself',
    {
      resolvConf: link('/run/systemd/resolve/resolv.conf', 'nameserver 192.0.2.1\n'),
      resolved,
      nssResolve: true,
    },
    refusing,
    ['resolved', dropIn, 'DNS=10.0.0.1', 'Domains=~mesos', restart],
  ],
  [
    'resolved that only reads resolv.conf is passed by',
    { resolvConf: file('nameserver 192.0.2.1\n'), resolved },
    wanted,
    ['plain', '/etc/resolv.conf', 'nameserver 10.0.0.1', 'nameserver 192.0.2.1'],
  ],
  [
    "Debian's resolvconf puts lo.* first",
    {
      resolvConf: link('/run/resolvconf/resolv.conf', 'nameserver 192.0.2.1\n'),
      resolvconf: { flavour: 'debian', localForwarder: false },
    },
    wanted,
    ['resolvconf', 'nameserver 10.0.0.1\n -a lo.meshbox'],
  ],
  [
    'openresolv puts lo[0-9]* first',
    {
      resolvConf: file('# Generated by resolvconf\nnameserver 192.0.2.1\n'),
      resolvconf: { flavour: 'openresolv', localForwarder: false },
    },
    wanted,
    ['resolvconf', 'nameserver 10.0.0.1\n -a lo0.meshbox'],
  ],
  [
    'openresolv with a forwarder of its own splits',
    {
      resolvConf: file('# Generated by resolvconf\nnameserver 127.0.0.1\n'),
      resolvconf: { flavour: 'openresolv', localForwarder: true },
    },
    refusing,
    ['resolvconf', 'search mesos\nnameserver 10.0.0.1\n -p -a meshbox'],
  ],
  [
    'resolvconf without a forwarder cannot split',
    {
      resolvConf: link('/run/resolvconf/resolv.conf', ''),
      resolvconf: { flavour: 'debian', localForwarder: false },
    },
    refusing,
    ['none', '/etc/resolv.conf cannot send one domain elsewhere, and meshbox answers no other names'],
  ],
  [
    "resolvconf's file without resolvconf is nobody's to change",
    { resolvConf: link('/run/resolvconf/resolv.conf') },
    wanted,
    ['none', '/etc/resolv.conf is written by resolvconf, which is not installed'],
  ],
  [
    'a resolvconf that does not write resolv.conf is passed by',
    {
      resolvConf: file('nameserver 192.0.2.1\n'),
      resolvconf: { flavour: 'debian', localForwarder: false },
    },
    wanted,
    ['plain', '/etc/resolv.conf', 'nameserver 10.0.0.1', 'nameserver 192.0.2.1'],
  ],
  [
    'no file at all gets one',
    {},
    { ...wanted, address: '0.0.0.0' },
    ['plain', '/etc/resolv.conf', 'nameserver 127.0.0.1'],
  ],
  [
    'a link to a file of somebody is replaced by a file',
    { resolvConf: link('/etc/resolv.conf.static', 'nameserver 192.0.2.1\n') },
    wanted,
    ['plain', '/etc/resolv.conf', 'nameserver 10.0.0.1', 'nameserver 192.0.2.1'],
  ],
  [
    'a link into the files of a running program is not',
    { resolvConf: link('/run/somebody/resolv.conf', 'nameserver 192.0.2.1\n') },
    wanted,
    ['none', '/etc/resolv.conf leads to /run/somebody/resolv.conf, which belongs to another program'],
  ],
  [
    'a link to the file of NetworkManager is not',
    { resolvConf: link('/run/NetworkManager/resolv.conf', '# Generated by NetworkManager\n') },
    wanted,
    ['none', '/etc/resolv.conf is written by NetworkManager'],
  ],
  [
    'nor is a file that NetworkManager writes',
    { resolvConf: file('# Generated by NetworkManager\nnameserver 192.0.2.1\n') },
    wanted,
    ['none', '/etc/resolv.conf is written by NetworkManager'],
  ],
  [
    'resolv.conf has no ports',
    { resolvConf: file('nameserver 192.0.2.1\n') },
    { ...wanted, port: 8053 },
    ['none', '/etc/resolv.conf has no place for a port, and meshbox listens on 8053'],
  ],
  [
    'the first server is asked for everything',
    { resolvConf: file('nameserver 192.0.2.1\n') },
    refusing,
    ['none', '/etc/resolv.conf cannot send one domain elsewhere, and meshbox answers no other names'],
  ],
  [
    'rotate would ask the others for the domain',
    { resolvConf: file('nameserver 192.0.2.1\noptions rotate\n') },
    wanted,
    ['none', '/etc/resolv.conf has "options rotate", so that every server is asked in turn'],
  ],
  [
    'lines of a meshbox whose memory is gone are not taken for the original',
    { resolvConf: file('# Written by meshbox, …\nnameserver 10.0.0.1\n') },
    wanted,
    ['none', '/etc/resolv.conf has lines of a meshbox that is gone'],
  ],
  [
    'a folder is no resolv.conf',
    { resolvConf: { kind: 'other' } },
    wanted,
    ['none', '/etc/resolv.conf is neither a file nor a link'],
  ],
]

describe('the way of the look-ups', () => {
  for (const [what, facts, asked, found] of table)
    test(what, () => expect(told(decideHostLookups({ ...nothing, ...facts }, asked))).toEqual(found))
})

test("our own address is never among the servers behind it, so it is nobody's upstream", () => {
  const resolvConf = file('nameserver 10.0.0.1\nnameserver 192.0.2.1\nnameserver 10.0.0.1\n')
  expect(told(decideHostLookups({ ...nothing, resolvConf }, wanted))).toEqual([
    'plain',
    '/etc/resolv.conf',
    'nameserver 10.0.0.1',
    'nameserver 192.0.2.1',
  ])
})

test('an IPv6 address with a port stands in brackets', () => {
  const facts = { ...nothing, resolvConf: stub, resolved }
  const server = { address: '::', port: 8053 }
  expect(told(decideHostLookups(facts, { ...refusing, ...server }))).toContain('DNS=[::1]:8053')
})

test('what resolvconf made of it must have us first, and no rotation', () => {
  expect(faultOfResult('nameserver 10.0.0.1\nnameserver 192.0.2.1\n', '10.0.0.1')).toBeUndefined()
  expect(faultOfResult('nameserver 127.0.0.1\nnameserver 10.0.0.1\n', '10.0.0.1')?.reason).toBe(
    'resolvconf put 127.0.0.1 first into /etc/resolv.conf, not meshbox',
  )
  expect(faultOfResult('nameserver 10.0.0.1\noptions rotate\n', '10.0.0.1')?.reason).toContain('rotate')
})
