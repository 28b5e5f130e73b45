import { describe, expect, test } from 'bun:test'
import { parse } from 'yaml'
import { applyEdits } from '../document/edit.ts'
import type { Settings } from '../document/layers.ts'
import marathon from '../flags/marathon.json' with { type: 'json' }
import agent from '../flags/mesos-agent.json' with { type: 'json' }
import master from '../flags/mesos-master.json' with { type: 'json' }
import { editsOf, type Finding } from '../import/finding.ts'
import { flagFinding, type Program } from '../import/flag.ts'
import { importSettings } from '../import/recognise.ts'
import { secretPaths } from '../option/secret.ts'
import { exportMesosDns } from './mesos-dns.ts'
import { exportMesosphere } from './mesosphere.ts'

const seed = Number(process.env.MESHBOX_SEED ?? Math.floor(Math.random() * 2 ** 31))
const rounds = process.env.MESHBOX_LONG ? 2000 : 30
let state = seed
const draw = (below: number) => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
  return (state >> 8) % below
}
const oneOf = <T>(list: readonly T[]) => list[draw(list.length)] as T
const zk = 'zk://a:2181/mesos'
const settingsOf = (findings: Finding[]) => (parse(applyEdits('', editsOf(findings))) ?? {}) as Settings

const sorted = (files: { path: string }[]) => files.toSorted((a, b) => (a.path < b.path ? -1 : 1))

/** What import takes of flags drawn at random is what somebody may have in the document. */
function someFlags(): Finding[] {
  const catalogues: [Program, { name: string; boolean?: boolean; type?: string }[]][] = [
    ['mesos-master', master.flags],
    ['mesos-agent', agent.flags],
    ['marathon', marathon.flags],
  ]
  return catalogues.flatMap(([program, flags]) =>
    Array.from({ length: 1 + draw(8) }, () => {
      const flag = oneOf(flags)
      const isSwitch = flag.boolean || flag.type === 'toggle'
      const value = isSwitch
        ? oneOf(['true', 'false'])
        : oneOf([
            '5',
            '5secs',
            '10MB',
            'a b',
            'x=y;z',
            '/a/file',
            '0.50',
            'a:b',
            '"quoted"',
            '{"a": 1}',
            "it's",
          ])
      return flagFinding(program, flag.name, value, flag.name, { oneMachine: true })
    }),
  )
}

describe('import(export(x)) = x', () => {
  test("in the files of Mesosphere's packages", () => {
    for (let round = 0; round < rounds; round++) {
      const settings = settingsOf(someFlags())
      const { files, left } = exportMesosphere(settings, zk)
      const sources = files.map(({ path, content }) => ({ name: `/etc/${path}`, text: content }))
      const back = settingsOf(importSettings(sources, { oneMachine: true }).findings)
      const secret = secretPaths().map((path) => path.join('.'))
      expect(left.filter(({ path }) => !secret.includes(path))).toEqual([])
      // However it is written: `a=1` and `{a: 1}` are the same weights, and the same file.
      expect({ seed, files: sorted(exportMesosphere(back, zk).files) }).toEqual({
        seed,
        files: sorted(files),
      })
    }
  })

  test('in the configuration of Mesos-DNS', () => {
    const choices: Record<string, readonly unknown[]> = {
      domain: ['a.example', 'b'],
      ttl: [1, 7],
      port: [5353],
      resolvers: [['192.0.2.1'], ['192.0.2.1', '[2001:db8::1]:53']],
      zoneResolvers: [{ 'c.example': ['192.0.2.3'] }],
      dnsOn: [false],
      externalOn: [false],
      ipSources: [['host'], ['mesos', 'docker']],
      soaRefresh: [1],
      srvRecordDefaultWeight: [0, 5],
      mesosCredentials: [{ principal: 'p', secret: 's' }],
      setTruncateBit: [false],
      httpListener: ['127.0.0.1'],
    }
    for (let round = 0; round < rounds; round++) {
      const dns: Record<string, unknown> = {}
      for (const [name, values] of Object.entries(choices)) if (draw(2) === 0) dns[name] = oneOf(values)
      if (dns.domain) Object.assign(dns, { soaMname: `ns.${dns.domain}`, soaRname: `me@${dns.domain}` })
      const { json, left } = exportMesosDns({ dns }, zk)
      const text = JSON.stringify(json)
      const { findings } = importSettings([{ name: 'config.json', text }], { oneMachine: false })
      const back = settingsOf(findings).dns ?? {}
      expect({ seed, left, back }).toEqual({ seed, left: [], back: dns })
    }
  })
})

describe('what a format cannot hold', () => {
  test('is listed value by value', () => {
    const settings = {
      name: 'x',
      zookeeper: { tickTime: 1 },
      mesos: { agent: { extraFlags: { a: 'two\nlines' } } },
      dns: { ttl: 1, rateLimit: 5 },
    }
    expect(exportMesosphere(settings, zk).left.map(({ path }) => path)).toEqual([
      'mesos.agent.a',
      'zookeeper.tickTime',
      'dns.ttl',
      'dns.rateLimit',
    ])
    expect(exportMesosDns(settings, zk).left.map(({ path }) => path)).toEqual([
      'dns.rateLimit',
      'name',
      'zookeeper.tickTime',
      'mesos.agent.extraFlags.a',
    ])
  })

  test('names that follow the domain in meshbox are written out for Mesos-DNS', () => {
    expect(exportMesosDns({ dns: { domain: 'x' } }, zk).json).toEqual({
      zk,
      domain: 'x',
      SOAMname: 'ns1.x',
      SOARname: 'root.ns1.x',
    })
  })
})
