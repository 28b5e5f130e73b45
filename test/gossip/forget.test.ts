import { expect, setDefaultTimeout, test } from 'bun:test'
import { inMesh, soon } from './serf.ts'

setDefaultTimeout(90_000)

test.concurrent(
  'a dead member is forgotten: shown as left by us and by serf; a living one is not',
  inMesh(async ({ startOurs, startSerf }) => {
    const [ours, other, doomed] = [await startOurs('o'), await startOurs('p'), await startOurs('d')]
    const serf = await startSerf('s')
    expect(await other.join([ours.at])).toBe(1)
    expect(await doomed.join([ours.at])).toBe(1)
    expect(await ours.join([serf.address])).toBe(1)
    expect(await soon(() => ours.status('d') === 'alive' && other.status('d') === 'alive')).toBe(true)
    expect(() => ours.forget('d')).toThrow('cannot forget d: it is alive')
    expect(() => ours.forget('x')).toThrow('no machine of that name was seen')
    await doomed.close()
    expect(await soon(() => ours.status('d') === 'failed' && other.status('d') === 'failed', 40)).toBe(true)
    ours.forget('d')
    const left = async () =>
      ours.status('d') === 'left' && other.status('d') === 'left' && (await serf.status('d')) === 'left'
    expect(await soon(left)).toBe(true)
    expect(() => ours.forget('d')).toThrow('it has left already')
    const again = await startOurs('d', { port: doomed.address.port })
    expect(await again.join([other.at])).toBe(1)
    expect(await soon(() => ours.status('d') === 'alive')).toBe(true)
  }),
)
