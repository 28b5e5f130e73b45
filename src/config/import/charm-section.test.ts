import { expect, test } from 'bun:test'
import { parse } from 'yaml'
import { MeshboxError } from '../../error.ts'
import { translateCharm } from './charm-section.ts'

function refusal(text: string): string {
  try {
    translateCharm(text, 'x.yaml')
  } catch (error) {
    if (error instanceof MeshboxError) return error.message
    throw error
  }
  throw new Error('was taken')
}

test('names of the charm under `charm:` become the options that they are; comments stay', () => {
  const { text, findings } = translateCharm(
    '# ours\nname: prod # big\ncharm:\n  dns_ttl: 30\n  slave_attributes: rack:r1\n  zookeeper: zk://a/mesos\n',
    'x.yaml',
  )
  expect(text).toStartWith('# ours\nname: prod # big\n')
  expect(parse(text)).toEqual({
    name: 'prod',
    dns: { ttl: 30 },
    mesos: { agent: { attributes: 'rack:r1' } },
  })
  expect(findings.map(({ kind }) => kind)).toEqual(['taken', 'taken', 'left'])
})

test('a document without them stays as it is', () => {
  expect(translateCharm('{"dns":  {"ttl": 30}}', 'x')).toEqual({
    text: '{"dns":  {"ttl": 30}}',
    findings: [],
  })
})

test('what is not of the charm, not for the option, or there twice is refused at its path', () => {
  expect(refusal('charm: { dns_tll: 30 }')).toBe(
    'cannot take x.yaml: charm.dns_tll is not known; did you mean dns_ttl?',
  )
  expect(refusal('charm: { dns_ttl: soon }')).toContain('charm.dns_ttl: dns.ttl does not take "soon"')
  expect(refusal('dns: { ttl: 5 }\ncharm: { dns_ttl: 30 }')).toBe(
    'cannot take x.yaml: charm.dns_ttl: is dns.ttl, which stands there too; write one of the two',
  )
})
