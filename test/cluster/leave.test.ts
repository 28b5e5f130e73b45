import { describe, expect, setDefaultTimeout } from 'bun:test'
import { existsSync } from 'node:fs'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import { binary, processesOf } from '../e2e/machine.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'
import { eventually, join } from './together.ts'

setDefaultTimeout(240_000)

const config = `${import.meta.dir}/cluster.yaml`
const newCluster = clusterForEach()

async function statusOf(from: Machine, of: Machine): Promise<string | undefined> {
  const { code, out } = await from.meshbox('members', '--json')
  const members: Member[] = code === 0 ? JSON.parse(out) : []
  return members.find(({ name }) => name === of.name)?.status
}

const seen = (from: Machine, of: Machine, status: string) =>
  eventually(`${of.name} as ${status}`, async () =>
    (await statusOf(from, of)) === status ? true : undefined,
  )

const resolver = 'search example\nnameserver 192.0.2.1\n'

/** Runs meshbox, and what it starts, with an /etc/resolv.conf of its own, which this file stands for. */
async function meshboxWith(resolvConf: string, machine: Machine, ...argv: string[]) {
  const script = `mount --bind "$0" "$(readlink -f /etc/resolv.conf)" && exec "$@"`
  const all = [binary, ...argv, '--data-dir', machine.dataDir]
  return machine.run('unshare', '-m', 'sh', '-c', script, resolvConf, ...all)
}

const tasksOn = async (from: Machine) => from.dig('web.marathon.mesos', 'A')

describe('leaving', () => {
  needsRoot(
    'a worker leaves: its tasks move, the others show it as left, and it may come back; a dead one is forgotten; the last ends the cluster',
    async () => {
      const cluster = await newCluster(3)
      const [a, b, c] = cluster.machines as [Machine, Machine, Machine]
      const url = `zk://${a.address}/mesos`
      const resolvConf = `${a.dataDir}-resolv.conf`
      await Bun.write(resolvConf, resolver)
      const seed = `${await Bun.file(config).text()}\nnodes: { m2: { dns: { host: auto, externalOn: true } } }\n`
      await Bun.write(`${a.dataDir}.yaml`, seed)
      const first = ['--simulated', '--name', 'm1', '--config', `${a.dataDir}.yaml`]
      expect(await a.meshbox('join', url, ...first)).toMatchObject({ code: 0 })
      const joinB = () => meshboxWith(resolvConf, b, 'join', url, '--simulated', '--name', 'm2')
      const others = await Promise.all([joinB(), join(c, url)])
      for (const result of others) expect(result).toMatchObject({ code: 0 })
      await eventually('its own look-ups', async () =>
        (await Bun.file(resolvConf).text()).includes(`nameserver ${b.address}`) ? true : undefined,
      )
      const app = {
        id: '/web',
        cmd: 'sleep 100000',
        cpus: 0.1,
        instances: 3,
        constraints: [['ip', 'UNIQUE']],
      }
      const spread = { ...app, constraints: [['hostname', 'GROUP_BY']] }
      const posted = await a.run(
        ...['curl', '-sf', '-X', 'POST', '-H', 'Content-Type: application/json'],
        ...['-d', JSON.stringify(spread), `http://${a.address}:8080/v2/apps`],
      )
      expect(posted).toMatchObject({ code: 0 })
      await eventually('a task on each', async () => ((await tasksOn(a)).length === 3 ? true : undefined))

      const unasked = await b.meshbox('leave')
      expect(unasked).toMatchObject({ code: 2 })
      expect(unasked.err).toContain('add --yes')
      for (const worker of [b, c]) await seen(a, worker, 'alive')
      const refused = await a.meshbox('leave', '--yes')
      expect(refused).toMatchObject({ code: 1 })
      expect(refused.err).toContain('m1 is the last controller, and m2, m3 live by it')
      const living = await a.meshbox('leave', '--forget', 'm2')
      expect(living).toMatchObject({ code: 1 })
      expect(living.err).toContain('cannot forget m2: it is alive')

      const left = await b.meshbox('leave', '--yes', '--json')
      expect(left).toMatchObject({ code: 0 })
      expect(JSON.parse(left.out)).toMatchObject({ left: true, machine: 'm2', last: false, purged: false })
      expect(left.err).toContain('drain         no task runs here any more')
      expect(left.err).toContain('goodbye       the other machines know')
      expect(processesOf(b.dataDir)).toEqual([])
      expect(await Bun.file(resolvConf).text()).toBe(resolver)
      expect(existsSync(`${b.dataDir}/state/mesos-agent`)).toBe(true)
      for (const other of [a, c]) await seen(other, b, 'left')
      const moved = await eventually('the tasks elsewhere', async () => {
        const found = await tasksOn(c)
        return found.length > 0 && !found.includes(b.address) ? found : undefined
      })
      expect(moved).toEqual([a.address, c.address])
      await eventually('its agent to be gone', async () =>
        (await a.dig('slave.mesos', 'A')).length === 2 ? true : undefined,
      )
      expect((await b.meshbox('leave', '--yes')).err).toContain('has not joined a cluster')
      expect(await joinB()).toMatchObject({ code: 0 })
      await seen(a, b, 'alive')
      await eventually('its agent', async () =>
        (await a.dig('slave.mesos', 'A')).length === 3 ? true : undefined,
      )

      await c.powerOff()
      await seen(a, c, 'failed')
      expect(await a.meshbox('leave', '--forget', 'm3')).toMatchObject({ code: 0 })
      for (const other of [a, b]) await seen(other, c, 'left')
      // Its agent does not run now: it is started to say goodbye.
      process.kill((await b.status())?.machines[0]?.pid ?? 0, 'SIGKILL')
      const purged = await meshboxWith(resolvConf, b, 'leave', '--yes', '--purge')
      expect(purged).toMatchObject({ code: 0 })
      expect(existsSync(b.dataDir)).toBe(false)
      expect(await Bun.file(resolvConf).text()).toBe(resolver)
      await seen(a, b, 'left')

      const id = (await a.status())?.cluster.id
      const last = await a.meshbox('leave', '--yes')
      expect(last).toMatchObject({ code: 0 })
      expect(last.err).not.toContain('drain')
      expect(await join(a, url)).toMatchObject({ code: 0 })
      expect((await a.status())?.cluster.id).toBe(id as string)
      expect((await a.meshbox('leave', '--yes', '--purge')).out).toContain('Nothing of meshbox')
    },
  )
})
