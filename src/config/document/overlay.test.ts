import { expect, test } from 'bun:test'
import { effectiveConfig, entriesOf } from './effective.ts'
import { withSections } from './overlay.ts'
import { parseDocumentText } from './parse.ts'

const node = { name: 'a', roles: ['worker' as const] }
const effective = (text: string) => effectiveConfig(parseDocumentText(text, 'x'), node)

test('some sections come from a newer document, with where they were written; the rest stays', () => {
  const base = effective('name: old\ndns: { ttl: 1, port: 8053 }\n')
  const newer = effective('name: new\nnodes: { a: { dns: { ttl: 2 }, marathon: { http_port: 1 } } }\n')
  const mixed = withSections(base, newer, ['dns'])
  expect(mixed?.config).toMatchObject({
    name: 'old',
    dns: { ttl: 2, port: 53 },
    marathon: { http_port: 8080 },
  })
  const origin = mixed && entriesOf(mixed).find(({ path }) => path === 'dns.ttl')?.origin
  expect(origin).toEqual({ kind: 'node', name: 'a' })
})
