import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { askWayIn, tellWayIn } from '../../src/agent/bootstrap/way-in.ts'
import { askStranger } from '../../src/agent/gossip/stranger.ts'
import { createKeyring } from '../../src/agent/gossip/wire/keyring.ts'
import type { Joined } from '../../src/agent/local/memory.ts'
import { systemClock } from '../../src/clock.ts'
import { parseZkUrl } from '../../src/config/zookeeper/url.ts'
import { freePort } from '../zookeeper/server.ts'
import { inMesh, newKey } from './serf.ts'

setDefaultTimeout(60_000)

const zkUrl = 'zk://10.0.0.1:2181,10.0.0.2:2181/mesos'
const joined: Joined = { zkUrl, name: 'n', simulated: true, mode: 'joined', seed: '' }
const tells = (about: Joined) => () => tellWayIn(about, parseZkUrl(about.zkUrl), undefined)
const ask = (seed: string) => askWayIn(seed, { port: 7946, keys: [], clock: systemClock })

const echo = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: { data: (socket) => void socket.end('?') },
})
afterAll(() => echo.stop(true))

describe('a machine that knows a neighbour', () => {
  test.concurrent(
    'is told the URL, and becomes no member by asking',
    inMesh(async ({ startOurs }) => {
      const ours = await startOurs('o', { onQuestion: tells(joined) })
      expect(await ask(ours.at)).toEqual({ url: zkUrl, simulated: true, mode: 'joined', name: 'n' })
      expect(await ask(ours.at.replace('127.0.0.1', 'localhost'))).toMatchObject({ url: zkUrl })
      expect(ours.members().map(({ name }) => name)).toEqual(['o'])
    }),
  )

  test.concurrent(
    'is told it over IPv6',
    inMesh(async ({ startOurs }) => {
      const ours = await startOurs('o', { bind: '::1', onQuestion: tells(joined) })
      expect(await ask(ours.at)).toMatchObject({ url: zkUrl })
    }),
  )

  test.concurrent(
    'asks in the clear of nobody who has a key, and with a key of nobody who has none or another',
    inMesh(async ({ startOurs }) => {
      const key = newKey()
      const keyed = await startOurs('k', { keyring: [key], onQuestion: tells(joined) })
      const open = await startOurs('o', { onQuestion: tells(joined) })
      await expect(ask(keyed.at)).rejects.toThrow(
        'belongs to a cluster with a key, and this machine has none',
      )
      const kindWith = async (seed: string, own: string) => {
        const envelope = { keyring: createKeyring([Buffer.from(own, 'base64')]), label: '' }
        const options = { port: 7946, envelope, clock: systemClock, withinMs: 5000 }
        return (await askStranger(seed, { name: 'way in', payload: new Uint8Array(0) }, options)).kind
      }
      expect(await kindWith(keyed.at, key)).toBe('answer')
      expect(await kindWith(keyed.at, newKey())).toBe('other-key')
      expect(await kindWith(open.at, key)).toBe('open')
    }),
  )

  test.concurrent(
    'is refused by one in dev mode, and by one whose URL has a password, which is not told',
    inMesh(async ({ startOurs }) => {
      const trial = await startOurs('o', { onQuestion: tells({ ...joined, mode: 'dev' }) })
      await expect(ask(trial.at)).rejects.toThrow('is a trial (`meshbox dev`)')
      const secret = await startOurs('p', {
        onQuestion: tells({ ...joined, zkUrl: 'zk://me:secret@a/mesos' }),
      })
      await expect(ask(secret.at)).rejects.toThrow('has a password, which is told to nobody')
      expect(Buffer.from(tells({ ...joined, zkUrl: 'zk://me:secret@a/mesos' })()).toString()).not.toContain(
        'secret',
      )
    }),
  )

  test.concurrent(
    'is refused by an agent of serf, which goes on as if nothing had been',
    inMesh(async ({ startOurs, startSerf }) => {
      const serf = await startSerf('s')
      await expect(ask(serf.address)).rejects.toThrow('gossips but is no meshbox')
      expect((await serf.members()).map(({ name }) => name)).toEqual(['s'])
      const ours = await startOurs('o')
      expect(await ours.join([serf.address])).toBe(1)
    }),
  )

  test.concurrent('is refused by what does not gossip, and told when nobody answers', async () => {
    await expect(ask(`127.0.0.1:${echo.port}`)).rejects.toThrow('answers, but not as a member of a mesh')
    expect(await ask(`127.0.0.1:${await freePort()}`)).toBeUndefined()
    expect(await ask('no-such-host.invalid')).toBeUndefined()
  })

  test.concurrent(
    'is refused by one whose answer cannot be understood',
    inMesh(async ({ startOurs }) => {
      const strange = await startOurs('o', { onQuestion: () => Buffer.from('{"url":"zk://"}') })
      await expect(ask(strange.at)).rejects.toThrow('answers in a way that cannot be understood')
    }),
  )
})
