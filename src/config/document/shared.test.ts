import { expect, test } from 'bun:test'
import { systemClock } from '../../clock.ts'
import type { Secrets } from '../secret/secrets.ts'
import type { Op, Session } from '../zookeeper/session.ts'
import { readDocumentText } from './parse.ts'
import { sharedDocument } from './shared.ts'

/** A ZooKeeper with this document at version 7, and an open cluster. */
function documentOf(text: string) {
  let node = { data: Buffer.from(text), version: 7 }
  const session = {
    read: async (path: string) => (path === '/config' ? node : undefined),
    children: async () => [],
    ensure: async () => {},
    async commit([first]: Op[]) {
      if (first?.kind === 'write') node = { data: Buffer.from(first.data), version: node.version + 1 }
    },
  } as unknown as Session
  const secrets = {
    ...{ load: async () => {}, seal: async (text: string) => text, open: (text: string) => text },
    read: readDocumentText,
  } as unknown as Secrets
  return sharedDocument(session, secrets, { config: '/config', history: '/history' }, systemClock)
}

const me = { who: 'me', how: 'test' }
const ttl = { path: ['dns', 'ttl'], value: 90 }
const login = (value: string) => ({ path: ['marathon', 'http_credentials'], value })

test('what nobody may write any more is refused where it is new, and no hindrance where it stands', async () => {
  const document = documentOf('marathon: { http_credentials: "me:wo:rd" }')
  expect(await document.edit([ttl], me)).toEqual({ version: 8 })
  expect(await document.edit([login('me:word')], me)).toEqual({ version: 9 })
  expect(document.edit([login('me:wo:rd')], me)).rejects.toThrow('would let nobody in')
  expect(await document.read()).toMatchObject({ version: 9 })
})
