import { expect, test } from 'bun:test'
import { systemClock } from '../../clock.ts'
import type { Znode } from '../../config/zookeeper/session.ts'
import { MeshboxError } from '../../error.ts'
import { silentLog } from '../../log.ts'
import { begin, claim, grant, speak } from './moves.ts'
import { openRollouts } from './store.ts'

const failure = (code: string) => new MeshboxError({ code, message: 'cannot write' })

/** One znode, and a connection that may be lost before or after a write is taken. */
function world() {
  let znode: Znode | undefined
  let watch = (_: Znode | undefined) => {}
  const losses: ('before' | 'after')[] = []
  let writes = 0
  function set(data: Buffer | string): void {
    const loss = losses.shift()
    if (loss === 'before') throw failure('zk-connection-loss')
    writes++
    znode = { data: Buffer.from(data), version: (znode?.version ?? -1) + 1 }
    watch(znode)
    if (loss === 'after') throw failure('zk-connection-loss')
  }
  const session = {
    read: async () => znode,
    ensure: async () => {},
    async create(path: string, data: Buffer | string) {
      if (znode) throw failure('zk-node-exists')
      set(data)
      return path
    },
    async write(_: string, data: Buffer | string, version?: number) {
      if (version !== znode?.version) throw failure('zk-bad-version')
      set(data)
      return (version ?? -1) + 1
    },
    follow(_: string, see: (node: Znode | undefined) => void) {
      watch = see
      return () => {}
    },
  }
  const rollouts = openRollouts({
    ...{ session, folder: '/rollout', random: () => 0, clock: { ...systemClock, sleep: async () => {} } },
    log: silentLog,
  })
  return { rollouts, losses, set, writes: () => writes }
}

const change = { kind: 'document' as const, version: 1, digest: 'x' }
const a = { id: 'a', name: 'a' }

test('a write that was cut off is known before it is tried again: it counts once', async () => {
  const { rollouts, losses, writes } = world()
  losses.push('after')
  expect(await rollouts.change((now) => (now ? undefined : begin(now, change)))).toBeUndefined()
  losses.push('before', 'after')
  const open = await rollouts.change((now) => (now && !now.permit ? grant(now, [a]) : undefined))
  expect(open).toBeUndefined()
  expect(rollouts.seen()).toMatchObject({ step: 1, permit: { step: 1, machines: [a] } })
  losses.push('after')
  await rollouts.change((now) => now && claim(now, 1, 'a'))
  losses.push('after')
  await rollouts.change((now) => now && speak(now, 1, 'a', { kind: 'done' }))
  expect(rollouts.seen()).toMatchObject({ step: 1, past: [{ name: 'a', kind: 'done' }] })
  expect(writes()).toBe(5) // the claim was made twice: to read again is to write
})

test('another machine that is faster is seen before the next try', async () => {
  const { rollouts } = world()
  await Promise.all(
    ['a', 'b', 'c'].map((id) =>
      rollouts.change((now) => {
        const begun = now ?? begin(now, change)
        return begun.permit ? undefined : grant(begun, [{ id, name: id }])
      }),
    ),
  )
  expect(rollouts.seen()).toMatchObject({ step: 1, permit: { machines: [{}] } })
})

test('what somebody else wrote there is told, and nothing is written over it', async () => {
  const { rollouts, set } = world()
  set('rubbish')
  expect(rollouts.problem()).toContain('cannot read the rollout')
  await expect(rollouts.change((now) => begin(now, change))).rejects.toThrow('cannot read the rollout')
})
