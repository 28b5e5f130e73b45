import { expect, test } from 'bun:test'
import { systemClock, until } from '../../../clock.ts'
import { decode, type FromScheduler, type ToScheduler } from '../wire/messages.ts'
import type { TaskStatus } from '../wire/model.ts'
import type { Instance } from './instance.ts'
import { openScheduler } from './scheduler.ts'

test('a task that a master knows no more is learnt of by asking for it again and again, and told of to nobody before', async () => {
  const removed: string[] = []
  let asked = 0
  // As a master that led anew and waited for the agent in vain: the task it has never known.
  const status = {
    ...{ task_id: { value: 'web.1' }, agent_id: { value: 'S0' }, state: 'TASK_LOST', timestamp: 1 },
    ...{ source: 'SOURCE_MASTER', reason: 'REASON_RECONCILIATION' },
  } as TaskStatus
  const server = Bun.serve({
    ...{ hostname: '127.0.0.1', port: 0 },
    fetch: (request, own) => (own.upgrade(request) ? undefined : new Response('', { status: 400 })),
    websocket: {
      message(socket, data) {
        const message = decode<FromScheduler>(data)
        const say = (answer: ToScheduler) => socket.send(JSON.stringify(answer))
        if (message?.type === 'subscribe') say({ type: 'subscribed', frameworkId: 'F' })
        if (message?.type === 'reconcile' && ++asked > 4) say({ type: 'update', status })
      },
    },
  })
  const instance = { id: 'web.1', appId: '/web', agentId: 'S0', state: 'TASK_RUNNING' } as Instance
  const done = async () => {}
  const scheduler = openScheduler({
    store: {
      load: async () => ({ apps: [], instances: [], frameworkId: undefined }),
      ...{ saveApp: done, removeApp: done, saveInstance: done, saveFrameworkId: done },
      removeInstance: async (id) => void removed.push(id),
    },
    framework: { name: 'marathon', user: 'root' } as never,
    loaded: { apps: [], instances: [instance], frameworkId: undefined },
    ...{ reconcileAfterMs: 5, reconcileEveryMs: 5 },
    log: { info() {}, warn() {}, error() {} } as never,
    clock: systemClock,
    random: Math.random,
    onRemoved() {},
  })
  try {
    scheduler.master(`127.0.0.1:${server.port}`)
    const gone = await until(
      systemClock,
      { everyMs: 2, timeoutMs: 10_000 },
      () => removed.includes('web.1') || undefined,
    )
    expect(gone).toBe(true)
    expect(asked).toBeGreaterThan(4)
  } finally {
    scheduler.close()
    await server.stop(true)
  }
})
