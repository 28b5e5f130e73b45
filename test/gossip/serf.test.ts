import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { inMesh, newKey, soon } from './serf.ts'

setDefaultTimeout(90_000)

describe.each([
  ['open', undefined],
  ['keyed', newKey()],
])('an %s mesh of meshbox and serf', (_, key) => {
  const keyring = key ? [key] : []
  const options = key ? { key } : {}

  test.concurrent(
    'we join serf: both see each other with their tags',
    inMesh(async ({ startOurs, startSerf }) => {
      const serf = await startSerf('s', { ...options, tags: { role: 'web', 'a b': 'ü' } })
      const ours = await startOurs('o', { keyring, tags: { cluster: '1', role: 'worker' } })
      expect(await ours.join([serf.address])).toBe(1)
      expect(ours.members().find(({ name }) => name === 's')?.tags).toEqual({ role: 'web', 'a b': 'ü' })
      expect(await soon(async () => (await serf.status('o')) === 'alive')).toBe(true)
      const seen = (await serf.members()).find(({ name }) => name === 'o')
      expect(seen).toMatchObject({ addr: ours.at, tags: { cluster: '1', role: 'worker' } })
    }),
  )

  test.concurrent(
    'serf joins us; changed tags are seen on both sides',
    inMesh(async ({ startOurs, startSerf }) => {
      const ours = await startOurs('o', { keyring, tags: { version: '1' } })
      const serf = await startSerf('s', options)
      expect(await serf.run('join', ours.at)).toContain('Successfully joined')
      expect(await soon(() => ours.status('s') === 'alive')).toBe(true)
      ours.updateTags({ version: '2' })
      expect(
        await soon(async () =>
          (await serf.members()).some(({ name, tags }) => name === 'o' && tags.version === '2'),
        ),
      ).toBe(true)
      await serf.run('tags', '-set', 'colour=blue')
      const blue = () => ours.members().some(({ name, tags }) => name === 's' && tags.colour === 'blue')
      expect(await soon(blue)).toBe(true)
      expect(ours.events.map(({ kind }) => kind)).toContain('updated')
    }),
  )

  test.concurrent(
    'whoever leaves is shown as left',
    inMesh(async ({ startOurs, startSerf }) => {
      const [ours, other] = [await startOurs('o', { keyring }), await startOurs('p', { keyring })]
      const serf = await startSerf('s', options)
      expect(await ours.join([serf.address])).toBe(1)
      expect(await other.join([serf.address])).toBe(1)
      expect(await soon(() => ours.status('p') === 'alive')).toBe(true)
      await other.leave()
      await other.close()
      expect(await soon(async () => (await serf.status('p')) === 'left' && ours.status('p') === 'left')).toBe(
        true,
      )
      expect(await serf.run('leave')).toContain('Graceful leave complete')
      expect(await soon(() => ours.status('s') === 'left')).toBe(true)
      expect(ours.events.filter(({ kind }) => kind === 'failed')).toEqual([])
    }),
  )

  test.concurrent(
    'a killed one is found failed by the other, and alive again after its return',
    inMesh(async ({ startOurs, startSerf }) => {
      const [serf, second] = await Promise.all([startSerf('s', options), startSerf('t', options)])
      const ours = await startOurs('o', { keyring })
      const doomed = await startOurs('d', { keyring })
      expect(await ours.join([serf.address, second.address])).toBe(2)
      expect(await doomed.join([ours.at])).toBe(1)
      expect(await soon(async () => (await serf.status('d')) === 'alive')).toBe(true)
      await Promise.all([second.kill(), doomed.close()])
      const found = async () =>
        ours.status('t') === 'failed' &&
        ours.status('d') === 'failed' &&
        (await serf.status('d')) === 'failed'
      expect(await soon(found, 40)).toBe(true)
      const again = await startOurs('d', { keyring, port: doomed.address.port, tags: { start: '2' } })
      expect(await again.join([ours.at])).toBe(1)
      expect(
        await soon(async () => (await serf.status('d')) === 'alive' && ours.status('d') === 'alive'),
      ).toBe(true)
    }),
  )
})

describe('keys', () => {
  test.concurrent(
    'a wrong key and no key are kept out, with the reason',
    inMesh(async ({ startOurs, startSerf }) => {
      const key = newKey()
      const [keyed, open] = [await startSerf('s', { key }), await startSerf('t')]
      const reasons: string[] = []
      const why = (_: string, reason: string) => reasons.push(reason)
      const wrong = await startOurs('wrong', { keyring: [newKey()] })
      const none = await startOurs('none')
      const right = await startOurs('right', { keyring: [key] })
      expect(await wrong.join([keyed.address], why)).toBe(0)
      expect(await none.join([keyed.address], why)).toBe(0)
      expect(await right.join([open.address], why)).toBe(0)
      expect(await wrong.join([right.at], why)).toBe(0)
      expect(await right.join([none.at], why)).toBe(0)
      expect(await keyed.run('join', none.at)).not.toContain('Successfully')
      expect(await open.run('join', right.at)).not.toContain('Successfully')
      expect(reasons).toHaveLength(5)
      for (const each of [wrong, none, right]) expect(each.members()).toHaveLength(1)
      expect(await keyed.members()).toHaveLength(1)
    }),
  )

  test.concurrent(
    'we rotate, serf follows',
    inMesh(async ({ startOurs, startSerf }) => {
      const [old, fresh] = [newKey(), newKey()]
      const serf = await startSerf('s', { key: old })
      const ours = await startOurs('o', { keyring: [old] })
      await ours.join([serf.address])
      await soon(async () => (await serf.status('o')) === 'alive')
      expect(await ours.keys.install(fresh)).toMatchObject({ members: 2, answered: 2, failures: {} })
      expect(await ours.keys.use(fresh)).toMatchObject({ answered: 2, failures: {} })
      expect(await ours.keys.remove(old)).toMatchObject({ answered: 2, failures: {} })
      expect(await ours.keys.list()).toMatchObject({ keys: { [fresh]: 2 }, primary: { [fresh]: 2 } })
      expect(await serf.run('keys', '-list')).toContain(fresh)
      expect(ours.saved.at(-1)).toEqual([fresh])
      const late = await startOurs('late', { keyring: [fresh] })
      expect(await late.join([serf.address])).toBe(1)
      expect(await soon(() => ours.status('late') === 'alive')).toBe(true)
      const { failures } = await ours.keys.remove(fresh)
      expect(Object.keys(failures).sort()).toEqual(['late', 'o', 's'])
    }),
  )

  test.concurrent(
    'serf rotates, we follow',
    inMesh(async ({ startOurs, startSerf }) => {
      const [old, fresh] = [newKey(), newKey()]
      const serf = await startSerf('s', { key: old })
      const ours = await startOurs('o', { keyring: [old] })
      await ours.join([serf.address])
      await soon(async () => (await serf.status('o')) === 'alive')
      for (const verb of ['-install', '-use']) {
        expect(await serf.run('keys', `${verb}=${fresh}`)).toContain('Success')
      }
      expect(await serf.run('keys', `-remove=${old}`)).toContain('Success')
      expect(await serf.run('keys', '-list')).toContain('[2/2]')
      expect(ours.saved.at(-1)).toEqual([fresh])
      expect(ours.status('s')).toBe('alive')
    }),
  )
})

describe('names and addresses', () => {
  test.concurrent(
    'a name that is in use is refused; its owner stays',
    inMesh(async ({ startOurs, startSerf }) => {
      const serf = await startSerf('s')
      const ours = await startOurs('o')
      expect(await ours.join([serf.address])).toBe(1)
      await soon(async () => (await serf.status('o')) === 'alive')
      const thief = await startOurs('o')
      await thief.join([serf.address])
      expect(thief.events.some(({ kind }) => kind === 'conflict')).toBe(true)
      await Bun.sleep(1000)
      expect((await serf.members()).find(({ name }) => name === 'o')?.addr).toBe(ours.at)
    }),
  )

  test.concurrent(
    'a serf agent of our name gives up after the vote',
    inMesh(async ({ startOurs, startSerf }) => {
      const [ours, other] = [await startOurs('o'), await startOurs('p')]
      expect(await other.join([ours.at])).toBe(1)
      const witness = await startSerf('w')
      expect(await ours.join([witness.address])).toBe(1)
      expect(await soon(async () => (await witness.members()).length === 3)).toBe(true)
      const thief = await startSerf('o')
      await thief.run('join', other.at)
      expect(await Promise.race([thief.exited, Bun.sleep(30_000)])).toBeNumber()
      expect(other.members().find(({ name }) => name === 'o')?.port).toBe(ours.address.port)
    }),
  )

  test.concurrent(
    'IPv6 on both sides',
    inMesh(async ({ startOurs, startSerf }) => {
      const serf = await startSerf('s', { host: '::1' })
      const ours = await startOurs('o', { bind: '::1' })
      expect(await ours.join([serf.address])).toBe(1)
      expect(await soon(async () => (await serf.status('o')) === 'alive')).toBe(true)
      await Bun.sleep(1500)
      expect([ours.status('s'), await serf.status('o')]).toEqual(['alive', 'alive'])
    }),
  )

  test.concurrent(
    'four of theirs and twelve of ours find each other through one',
    inMesh(async ({ startOurs, startSerf }) => {
      const serfs = await Promise.all(Array.from({ length: 4 }, (_, i) => startSerf(`s${i}`)))
      const ours = await Promise.all(Array.from({ length: 12 }, (_, i) => startOurs(`o${i}`)))
      const seed = serfs[0]?.address ?? ''
      await Promise.all([
        ...ours.map((each) => each.join([seed])),
        ...serfs.slice(1).map((each) => each.run('join', seed)),
      ])
      const complete = async () =>
        ours.every((each) => each.members().filter(({ status }) => status === 'alive').length === 16) &&
        (await Promise.all(serfs.map((each) => each.members()))).every((members) => members.length === 16)
      expect(await soon(complete, 40)).toBe(true)
      await Bun.sleep(1000)
      expect(await complete()).toBe(true)
    }),
  )
})
