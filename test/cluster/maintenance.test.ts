import { expect, setDefaultTimeout } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { systemClock, until } from '../../src/clock.ts'
import { newKey } from '../gossip/serf.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'
import { join } from './together.ts'

setDefaultTimeout(240_000)

const newCluster = clusterForEach()

/** Waits until the tasks of /web run on these machines and no others. */
async function webIsOn(asked: Machine, ...machines: Machine[]): Promise<void> {
  const wanted = machines.map(({ address }) => address).sort()
  let last: string[] = []
  await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, async () => {
    last = await asked.dig('web.marathon.mesos', 'A').catch(() => [])
    return Bun.deepEquals(last, wanted) || undefined
  })
  expect(last).toEqual(wanted)
}

needsRoot(
  'maintenance moves the tasks of a machine elsewhere, lasts through restarts and reboots, and ends when told to',
  async () => {
    const cluster = await newCluster(2)
    const [a, b] = cluster.machines as [Machine, Machine]
    const url = `zk://${a.address}/mesos`
    const keyFile = `${a.dataDir}.key`
    writeFileSync(keyFile, `${newKey()}\n`, { mode: 0o600 })
    for (const machine of [a, b])
      expect(await join(machine, url, '--key-file', keyFile)).toMatchObject({ code: 0 })
    const app = { id: '/web', cmd: 'sleep 100000', cpus: 0.1, instances: 2 }
    const spread = { ...app, constraints: [['hostname', 'GROUP_BY']] }
    const posted = await a.run(
      ...['curl', '-sf', '-X', 'POST', '-H', 'Content-Type: application/json'],
      ...['-d', JSON.stringify(spread), `http://${a.address}:8080/v2/apps`],
    )
    expect(posted).toMatchObject({ code: 0 })
    await webIsOn(a, a, b)

    expect(await a.meshbox('maintenance', 'on', '--node', 'm2', '-m', 'new disk')).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^no task runs on m2 any more; `meshbox maintenance off --node m2 --data-dir \S+` ends it\n$/,
      ),
    })
    await webIsOn(a, a)
    expect((await b.meshbox('status')).out).toMatch(/maintenance: it takes no tasks, for \d+s, new disk\n/)
    const unknown = await a.meshbox('maintenance', 'on', '--node', 'm9')
    expect(unknown).toMatchObject({ code: 1 })
    expect(unknown.err).toContain('cannot ask m9: there is no such machine')

    process.kill((await b.status())?.machines[0]?.pid ?? 0, 'SIGKILL')
    expect(await join(b, url)).toMatchObject({ code: 0 })
    await b.waitFor('the maintenance', ({ machines }) => machines[0]?.maintenance?.state === 'drained')
    await b.powerOff()
    expect(await join(b, url)).toMatchObject({ code: 0 })
    await b.waitFor('the maintenance', ({ machines }) => machines[0]?.maintenance?.state === 'drained')
    // One that has lost its id is drained like the one before.
    expect(await b.meshbox('service', 'stop', 'mesos-agent')).toMatchObject({ code: 0 })
    expect(await b.run('rm', '-rf', `${b.dataDir}/state/mesos-agent`)).toMatchObject({ code: 0 })
    const stopped = ({ reason = '' }: { reason?: string }) => reason.includes('mesos-agent is stopped')
    await b.waitFor('the reason', ({ machines }) => stopped(machines[0]?.maintenance ?? {}))
    expect(await b.meshbox('service', 'start', 'mesos-agent')).toMatchObject({ code: 0 })
    await b.waitFor('the maintenance', ({ machines }) => {
      const { state, reason } = machines[0]?.maintenance ?? {}
      return state === 'drained' && reason === undefined
    })
    await webIsOn(a, a)

    expect(await b.meshbox('maintenance', 'off', '--json')).toMatchObject({ code: 0, out: '{}\n' })
    expect((await b.status())?.machines[0]?.maintenance).toBeUndefined()
    expect(await a.run('curl', '-sf', '-X', 'DELETE', `http://${a.address}:8080/v2/apps/web`)).toMatchObject({
      code: 0,
    })
    await webIsOn(a)
    const again = ['-d', JSON.stringify(spread), `http://${a.address}:8080/v2/apps`]
    const header = ['-H', 'Content-Type: application/json']
    await a.run('curl', '-sf', '-X', 'POST', ...header, ...again)
    await webIsOn(a, a, b)
  },
)
