import { expect, test } from 'bun:test'
import { openVault } from '../../config/secret/vault.ts'
import { programsDigest } from './programs.ts'

const base = `
zookeeper: { tickTime: 2000 }
mesos: { master: { allocation_interval: 1secs } }
dns: { ttl: 60 }
nodes:
  a: { mesos: { agent: { attributes: "rack:r1" } }, dns: { ttl: 5 } }
`

test('who changes what is live, or how it is written, changes nothing of programs', () => {
  const digest = programsDigest(base)
  const live = base.replace('ttl: 60', 'ttl: 61').replace('ttl: 5', 'ttl: 6')
  expect(programsDigest(live)).toBe(digest)
  expect(programsDigest(`# a remark\n${base}rollout: { stepTimeout: 9 }\n`)).toBe(digest)
  expect(programsDigest(`${base}  b: { dns: { ttl: 7 } }\n`)).toBe(digest)
  const lines = base.trim().split('\n')
  const turned = [...lines.slice(1, 3), lines[0], ...lines.slice(3)].join('\n')
  expect(programsDigest(turned)).toBe(digest)
  expect(programsDigest('')).toBe(programsDigest('dns: { ttl: 3 }'))
})

test('an option of a program changes it, on one machine too', () => {
  const digest = programsDigest(base)
  for (const [from, to] of [
    ['tickTime: 2000', 'tickTime: 2001'],
    ['1secs', '2secs'],
    ['rack:r1', 'rack:r2'],
    ['  a: {', '  b: {'],
  ] as const)
    expect(programsDigest(base.replace(from, to))).not.toBe(digest)
  expect(programsDigest(`${base}packages: { zookeeper: { version: "3.9.4" } }\n`)).not.toBe(digest)
})

const layered = `${base}
roles:
  worker: { mesos: { agent: { attributes: "rack:r1" } }, dns: { ttl: 7 } }
selectors:
  - { match: { attributes: { disk: ssd } }, mesos: { agent: { resources: "cpus:4" } } }
  - { match: { attributes: { disk: hdd } }, mesos: { agent: { resources: "cpus:2" } } }
  - { match: { name: "w*" }, dns: { ttl: 8 } }
`

test('what a role or a selector says of programs counts, whom it is for, and which of them comes later', () => {
  const digest = programsDigest(layered)
  const lines = layered.trimEnd().split('\n')
  const [first, second] = lines.slice(-3, -1)
  const turned = [...lines.slice(0, -3), second, first, lines.at(-1)].join('\n')
  for (const other of [
    layered.replace('rack:r1" } }, dns', 'rack:r2" } }, dns'),
    layered.replace('  worker:', '  controller:'),
    layered.replace('cpus:4', 'cpus:5'),
    layered.replace('disk: hdd', 'disk: tape'),
    turned,
  ]) {
    expect(other).not.toBe(layered)
    expect(programsDigest(other)).not.toBe(digest)
  }
  for (const live of [
    layered.replace('ttl: 7', 'ttl: 70'),
    layered.replace('ttl: 8', 'ttl: 80'),
    layered.replace('"w*"', '"v*"'),
    lines.slice(0, -1).join('\n'),
  ]) {
    expect(live).not.toBe(layered)
    expect(programsDigest(live)).toBe(digest)
  }
})

test('a secret stays the same where somebody else writes, and is another one when it changes', () => {
  const dataKey = crypto.getRandomValues(new Uint8Array(32))
  const vault = openVault(() => true, { recall: () => dataKey, remember() {} })
  const open = `${base}marathon: { mesos_authentication_secret: hush }\n`
  const sealed = vault.seal(open, '')
  expect(sealed).not.toContain('hush')
  const written = (text: string) => programsDigest(vault.seal(text, sealed))
  expect(written(open.replace('ttl: 60', 'ttl: 61'))).toBe(programsDigest(sealed))
  expect(written(vault.mask(sealed))).toBe(programsDigest(sealed))
  expect(written(open.replace('hush', 'other'))).not.toBe(programsDigest(sealed))
})
