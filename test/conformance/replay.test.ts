import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { version } from '../../src/version.ts'
import { caseNames, type Entry, type Transfer } from './cases.ts'
import { compareDns, type Domain, entriesAgree, equal, type Findings, normalTransfer } from './compare.ts'
import { deviations, outcomes } from './deviations.ts'
import { type Replay, setUp } from './replay.ts'

/** What each case may differ in; a key that explains nothing is an error. */
const named: Record<string, string[]> = {
  '02-basic': ['additional', 'apex-records', 'negative-answers'],
  '03-resource-ports': ['additional', 'negative-answers'],
  '04-discovery-ports': ['negative-answers'],
  '05-discovery-names': ['additional', 'colons-in-names', 'letter-case', 'negative-answers'],
  '06-ipsources-default': ['negative-answers'],
  '07-ipsources-docker-mesos-host': ['negative-answers'],
  '08-ipsources-netinfo-only': ['negative-answers'],
  '09-task-states': ['additional', 'negative-answers'],
  '10-names-rfc1123': ['additional', 'forwarder-flags', 'long-labels', 'negative-answers'],
  '11-names-rfc952': ['additional', 'forwarder-flags', 'negative-answers'],
  '12-framework-names': ['additional', 'forwarder-flags', 'negative-answers'],
  '13-empty-cluster': ['apex-records', 'empty-non-terminals', 'negative-answers'],
  '14-several-masters': ['additional', 'negative-answers'],
  '15-ipv6': ['negative-answers'],
  '16-domain-and-soa': ['additional', 'apex-records', 'forwarder-flags', 'letter-case', 'negative-answers'],
  '17-dns-protocol': [
    'additional',
    'any-sections',
    'apex-records',
    'classes',
    'ds-stays-here',
    'edns',
    'empty-non-terminals',
    'letter-case',
    'negative-answers',
    'one-question',
  ],
  '18-truncation': ['any-sections', 'edns'],
  '19-http-api': [],
  '20-forwarding': ['edns', 'forwarder-flags', 'forwarder-sizes'],
  '21-external-off': ['ds-stays-here'],
  '23-listener-any': ['additional', 'negative-answers'],
  '24-reload': ['negative-answers'],
  '25-zookeeper': ['negative-answers'],
  '26-generated': ['negative-answers'],
}

/** Cases that the original does not survive. */
const better: Record<string, string> = { '22-unresolvable-agent': 'bad-entries' }

test('every recorded case is replayed', () => {
  expect(caseNames()).toEqual(Object.keys(named).concat(Object.keys(better)).sort())
})

describe('Mesos-DNS said, and we say', () => {
  test.each(Object.entries(named))(
    '%s',
    async (name, allowed) => {
      const replay = await setUp(name)
      try {
        const findings: Findings = { unexplained: [], used: new Set() }
        await compareHttp(replay, findings)
        await compareAnswers(replay, allowed, findings)
        expect(findings.unexplained).toEqual([])
        expect([...findings.used].sort()).toEqual([...allowed].sort())
      } finally {
        await replay.stop()
      }
    },
    60_000,
  )
})

describe('where the original died, we serve', () => {
  test.each(Object.entries(better))('%s', async (name, key) => {
    expect(outcomes[key]).toBeDefined()
    const replay = await setUp(name)
    try {
      expect(replay.expected.outcome).not.toBe('serving')
      expect(replay.resolver.status()).toMatchObject({ stale: false, skipped: 1 })
    } finally {
      await replay.stop()
    }
  })
})

async function compareAnswers(replay: Replay, allowed: string[], findings: Findings): Promise<void> {
  const { expected, ports } = replay
  const config = expected.config ?? {}
  const apex = `${config.Domain}.`
  const fields = [
    config.SOAMname,
    config.SOARname,
    'SERIAL',
    config.SOARefresh,
    config.SOARetry,
    config.SOAExpire,
    config.SOAMinttl,
  ]
  const ttl = Math.min(Number(config.TTL), Number(config.SOAMinttl))
  const domain: Domain = { apex, apexSoa: `${apex} ${ttl} IN SOA ${fields.join(' ')}`, allowed }
  for (const one of expected.dns ?? []) await compareDns(ports.dns, one, domain, findings)
  for (const { step, serialMoved, axfr, dns } of expected.steps ?? []) {
    const before = replay.resolver.status().serial
    await replay.perform(step, serialMoved)
    const label = `step ${JSON.stringify(step)}`
    note(findings, `${label} moves the serial`, replay.resolver.status().serial > before, serialMoved)
    note(findings, label, normalTransfer(JSON.parse((await replay.get('/v1/axfr')).body)), axfr)
    for (const one of dns) await compareDns(ports.dns, one, domain, findings)
  }
}

async function compareHttp(replay: Replay, findings: Findings): Promise<void> {
  const { expected } = replay
  if (!expected.steps) {
    const transfer: Transfer = JSON.parse((await replay.get('/v1/axfr')).body)
    note(findings, '/v1/axfr', normalTransfer(transfer), expected.axfr)
    note(findings, '/v1/enumerate', JSON.parse((await replay.get('/v1/enumerate')).body), expected.enumerate)
  }
  const config = JSON.parse((await replay.get('/v1/config')).body)
  note(findings, '/v1/config', { ...config, SOASerial: 'SERIAL', File: 'FILE' }, expected.config)
  for (const kind of ['hosts', 'services'] as const) {
    for (const [name, want] of Object.entries(expected[kind] ?? {})) {
      const { body } = await replay.get(`/v1/${kind}/${encodeURIComponent(name)}`)
      const got: Entry[] = body.startsWith('[') ? JSON.parse(body) : []
      if (!entriesAgree(got, want)) note(findings, `/v1/${kind}/${name}`, got, want)
    }
  }
  for (const { request, status, contentType, body } of expected.http ?? []) {
    const got = await replay.get(request.path, request)
    const normal = got.body
      .replace(replay.configFile, 'FILE')
      .replace(/("(?:SOASerial|Serial)": )\d+/, '$1SERIAL')
      .replace(`meshbox ${version}`, 'dev')
    // The original's stack trace is not wanted back.
    note(
      findings,
      JSON.stringify(request),
      { ...got, body: status === 500 ? body : normal },
      { status, contentType, body },
    )
  }
  if (expected.masterRequests) {
    const want = new Set(
      expected.masterRequests.map(({ master, method, path }) => `${master} ${method} ${path}`),
    )
    note(findings, 'requests to masters', replay.masterRequests, want)
  }
}

function note(findings: Findings, what: string, got: unknown, want: unknown): void {
  if (!equal(got, want))
    findings.unexplained.push(`${what}: got ${JSON.stringify(got)}, recorded ${JSON.stringify(want)}`)
}

test('each deviation is named by a case, and says what it must', () => {
  const used = new Set(Object.values(named).flat())
  for (const [key, { spec, rfc, why, instead, shownBy }] of Object.entries(deviations)) {
    for (const text of [spec, rfc, why, instead]) expect(text).not.toBe('')
    const [file = '', name = ''] = shownBy.split(': ')
    expect(readFileSync(join(import.meta.dir, '../..', file), 'utf8')).toContain(name)
    if (file === 'test/conformance/replay.test.ts') expect(used).toContain(key)
  }
})
