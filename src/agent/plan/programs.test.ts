import { expect, test } from 'bun:test'
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
