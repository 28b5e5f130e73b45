import { describe, expect, test } from 'bun:test'
import { systemClock } from '../clock.ts'
import { silentLog } from '../log.ts'
import { digestOf } from './digest.ts'
import type { Member } from './gossip/gossip.ts'
import { newestHint, openHints, tellDocument } from './hints.ts'
import type { Text } from './membership.ts'

const member = (name: string, doc: string, more: Partial<Member> = {}): Member => ({
  ...{ name, address: '10.0.0.1', port: 7946, status: 'alive', incarnation: 1 },
  tags: { cluster: 'c', doc },
  ...more,
})

describe('the newest version that others show', () => {
  const aa = '3:aaaaaaaa'
  test('is above our own, and all who have it are known', () => {
    const members = [member('a', aa), member('b', '2:bbbbbbbb'), member('c', aa), member('d', '1:cccccccc')]
    const found = newestHint(members, 'c', 1)
    expect(found).toMatchObject({ version: 3, digest: 'aaaaaaaa' })
    expect(found?.holders.map(({ name }) => name)).toEqual(['a', 'c'])
    expect(newestHint(members, 'c', 3)).toBeUndefined()
  })

  test('is never that of a dead one, of another cluster, or one that cannot be read', () => {
    const odd = ['', '9', '9:', '9:xyz', '-9:aaaaaaaa', '99999999999:aaaaaaaa', '9:aaaaaaaa0'].map((doc) =>
      member('x', doc),
    )
    const others = [
      member('f', aa, { status: 'failed' }),
      member('l', aa, { status: 'left' }),
      member('o', '', { tags: { cluster: 'other', doc: aa } }),
    ]
    expect(newestHint([...odd, ...others], 'c', 1)).toBeUndefined()
  })
})

describe('a machine that sees a newer version', () => {
  const text = 'name: x\n'
  function machine(about: { connected: boolean; says: () => Uint8Array; zookeeper?: number }) {
    let known = 1
    const heard: (Text & { from: string })[] = []
    const hints = openHints({
      cluster: () => 'c',
      known: () => known,
      members: () => [member('a', `2:${digestOf(text)}`)],
      ask: async () => about.says(),
      connected: () => about.connected,
      async read() {
        known = about.zookeeper ?? known
      },
      hear(told, from) {
        heard.push({ ...told, from })
        known = told.version
      },
      clock: systemClock,
      random: Math.random,
      log: silentLog,
    })
    const look = async () => {
      hints.look()
      await hints.stop()
      return { known, heard }
    }
    return look
  }
  const says =
    (cluster: string, version: number, words = text) =>
    () =>
      tellDocument(cluster, { text: words, version })

  test('reads it in ZooKeeper, and asks nobody', async () => {
    const asked = () => {
      throw new Error('asked')
    }
    expect(await machine({ connected: true, says: asked, zookeeper: 2 })()).toEqual({ known: 2, heard: [] })
  })

  test('asks who has it where ZooKeeper does not answer', async () => {
    const { heard } = await machine({ connected: false, says: says('c', 2) })()
    expect(heard).toEqual([{ text, version: 2, from: 'a' }])
  })

  test.each([
    ['of another cluster', says('other', 2)],
    ['with another text than was shown', says('c', 2, 'name: y\n')],
    ['that is no newer', says('c', 1)],
    ['that cannot be read', () => Buffer.from('{')],
  ])('takes none %s', async (_, words) => {
    expect((await machine({ connected: false, says: words })()).heard).toEqual([])
  })
})
