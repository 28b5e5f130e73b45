import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { systemClock } from '../../src/clock.ts'
import { sharedDocument } from '../../src/config/document/shared.ts'
import { openSession, type Session } from '../../src/config/zookeeper/session.ts'
import { messageOf } from '../../src/error.ts'
import { silentLog } from '../../src/log.ts'
import { startEnsemble, type TestEnsemble } from './ensemble.ts'
import { secretsAt } from './secrets.ts'

setDefaultTimeout(180_000)

const writers = 200
const machines = 20

let ensemble: TestEnsemble
const sessions: Session[] = []

beforeAll(async () => {
  ensemble = await startEnsemble()
})
afterAll(async () => {
  await Promise.all(sessions.map((session) => session.close()))
  await ensemble.remove()
})

function open(): Session {
  const servers = ensemble.ports.map((port) => ({ host: '127.0.0.1', port }))
  const session = openSession({ servers, timeoutMs: 6000 }, systemClock, silentLog)
  sessions.push(session)
  return session
}

test('200 writers on 20 machines race while a server is killed, and no acknowledged write is lost', async () => {
  const paths = { config: '/meshbox/race/config', history: '/meshbox/race/history' }
  const documentOn = (session: Session) =>
    sharedDocument(session, secretsAt(session, '/meshbox/race/secrets').secrets, paths, systemClock)
  const documents = Array.from({ length: machines }, () => documentOn(open()))
  const reader = documentOn(open())
  await reader.seed('# everybody writes here\n', { who: 'test', how: 'seed' })

  let done = 0
  let killed: Promise<void> | undefined
  const refused: string[] = []
  const acknowledged: number[] = []
  const write = async (writer: number) => {
    const document = documents[writer % machines]
    const edit = { path: ['nodes', `n${writer}`, 'dns', 'ttl'], value: 1000 + writer }
    try {
      await document?.edit([edit], { who: `w${writer}`, how: 'race' })
      acknowledged.push(writer)
    } catch (error) {
      refused.push(messageOf(error))
    }
    done++
    // In the middle of it all, whichever it is: the leader or one that follows.
    if (done === 40) killed = ensemble.kill(Math.floor(Math.random() * ensemble.ports.length))
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  await killed

  const state = await reader.read()
  if (state.kind !== 'valid') throw new Error(`the document is ${state.kind}`)
  const { nodes } = state.document.layers
  const lost = acknowledged.filter(
    (writer) => JSON.stringify(nodes[`n${writer}`]) !== JSON.stringify({ dns: { ttl: 1000 + writer } }),
  )
  expect(lost).toEqual([])
  // Patience has an end, and a machine of this test may be slow; most get through all the same.
  expect({ refused, enough: acknowledged.length > writers / 2 }).toMatchObject({ enough: true })
  expect(state.text).toContain('# everybody writes here')
  const history = await reader.history()
  expect(history[0]).toMatchObject({ version: state.version, text: state.text })
})
