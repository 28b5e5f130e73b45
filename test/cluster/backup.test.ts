import { expect, setDefaultTimeout } from 'bun:test'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Past } from '../../src/config/document/history.ts'
import { newKey } from '../gossip/serf.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'
import { eventually, urlOf } from './together.ts'

setDefaultTimeout(300_000)

const config = `${import.meta.dir}/cluster.yaml`
const newCluster = clusterForEach()

async function curl(from: Machine, ...argv: string[]): Promise<unknown> {
  const { code, out, err } = await from.run('curl', '-sfL', '-H', 'Content-Type: application/json', ...argv)
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`)
  return out === '' ? undefined : JSON.parse(out)
}

async function historyOf(machine: Machine): Promise<Past[]> {
  return JSON.parse((await machine.meshbox('config', 'history', '--json')).out)
}

/** What stands on the disk of a machine. */
const disk = ({ dataDir }: Machine) =>
  existsSync(dataDir) ? readdirSync(dataDir, { recursive: true }).map(String).sort() : []

needsRoot(
  'all machines are lost, and what the cluster knew lives on in a new one, on other machines; an old one that comes back is kept out',
  async () => {
    const cluster = await newCluster(5)
    const [a, b, c, d, e] = cluster.machines as [Machine, Machine, Machine, Machine, Machine]
    const keyFile = `${a.dataDir}.key`
    writeFileSync(keyFile, `${newKey()}\n`, { mode: 0o600 })
    const keyed = ['--key-file', keyFile]
    const enter = (machine: Machine, url: string) =>
      machine.meshbox('join', url, '--simulated', '--name', machine.name, '--config', config, ...keyed)
    const born = await Promise.all([a, b, c].map((machine) => enter(machine, urlOf(a, b, c))))
    for (const result of born) expect(result).toMatchObject({ code: 0 })
    expect(await enter(d, a.address)).toMatchObject({ code: 0 })

    // What must not be lost: versions of the document with a secret, an application, what the masters agreed on.
    const secret = 'dns.mesosCredentials={"principal":"dns","secret":"hushhush"}'
    for (const change of ['dns.ttl=7', secret, 'name=oldtown'])
      expect(await a.meshbox('config', 'set', change)).toMatchObject({ code: 0 })
    const leader = await eventually('a leading master', async () => (await d.dig('leader.mesos', 'A'))[0])
    const weights = [{ role: 'night', weight: 2.5 }]
    await curl(a, '-X', 'PUT', '-d', JSON.stringify(weights), `http://${leader}:5050/weights`)
    const app = { id: '/web', cmd: 'sleep 100000', cpus: 0.1, mem: 16, instances: 1 }
    await eventually('marathon', () =>
      curl(a, '-d', JSON.stringify(app), `http://${a.address}:8080/v2/apps`).then(() => true),
    )
    const before = await historyOf(a)
    const id = (await a.status())?.cluster.id

    // From the worker: it is made where the masters are led.
    const file = `${a.dataDir}.backup`
    const made = await d.meshbox('backup', file, '--json')
    expect(made).toMatchObject({ code: 0 })
    expect(JSON.parse(made.out)).toMatchObject({ versions: before.length, registry: true })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    for (const word of ['hushhush', 'oldtown/', 'sleep 100000'])
      expect(readFileSync(file).includes(word)).toBe(false)
    for (const machine of [a, b, c]) expect(existsSync(join(machine.dataDir, 'state/backup'))).toBe(false)
    const checked = await e.meshbox('restore', file, '--check', ...keyed)
    expect(checked.out).toContain(`cluster    oldtown (${id}), simulated`)
    expect((await e.meshbox('restore', file, '--check')).err).toContain('it is sealed with the key')
    const cut = `${file}.cut`
    writeFileSync(cut, readFileSync(file).subarray(0, -1))

    // Over what lives it is refused, and changes nothing.
    const onE = (from: string, url: string, ...more: string[]) =>
      e.meshbox('restore', from, url, '--name', e.name, ...keyed, ...more)
    expect((await a.meshbox('restore', file, urlOf(a, b, c), ...keyed)).err).toContain(
      'this machine belongs to',
    )
    expect((await onE(file, urlOf(b, d, e))).err).toContain('cannot restore: a ZooKeeper lives at')
    expect((await onE(file, urlOf(a, b, c))).err).toContain('this machine is none of those in')
    expect(disk(e)).toEqual([])
    expect((await a.status())?.cluster.id).toBe(id as string)

    // One machine keeps its disk: it will come back.
    for (const machine of [a, b, c, d]) await machine.powerOff()
    for (const machine of [a, b, d]) machine.loseDisk()
    expect((await onE(cut, urlOf(b, d, e))).err).toContain('it ends too early')
    expect((await onE(file, `zk://${e.address}/other`)).err).toContain('the backup is of /mesos')
    expect(disk(e).filter((name) => name.startsWith('state/'))).toEqual([])

    // A machine that only joins has no part in it: it is named, and nothing is born.
    const fresh = await onE(file, urlOf(b, d, e), '--timeout', '2')
    expect(fresh.err).toContain(`${b.address} is not reached`)
    const restoreOn = (machine: Machine) =>
      machine.meshbox('restore', file, urlOf(b, d, e), '--name', machine.name, ...keyed)
    expect((await enter2(b, urlOf(b, d, e))).err).toContain('restores a backup')
    expect(await b.meshbox('leave', '--yes', '--purge')).toMatchObject({ code: 0 })
    const restored = await Promise.all([b, d].map(restoreOn))
    for (const result of restored) expect(result).toMatchObject({ code: 0 })

    const status = await e.waitFor('readiness', ({ ready }) => ready)
    expect(status.cluster).toMatchObject({ name: 'oldtown', simulated: true, key: 'keyed' })
    expect(status.cluster.id).not.toBe(id as string)
    expect(await historyOf(e)).toEqual(before)
    expect((await e.meshbox('config', 'get', 'dns.mesosCredentials.secret')).out).toBe('***\n')
    expect(await e.meshbox('config', 'set', 'dns.ttl=8')).toMatchObject({ code: 0 })
    const leads = await eventually('a leading master', async () => (await e.dig('leader.mesos', 'A'))[0])
    expect(await curl(e, `http://${leads}:5050/weights`)).toEqual(weights)
    const apps = await eventually('marathon', async () => {
      const { apps } = (await curl(e, `http://${e.address}:8080/v2/apps`)) as { apps: { id: string }[] }
      return apps.length > 0 ? apps : undefined
    })
    expect(apps).toMatchObject([{ id: '/web', cmd: 'sleep 100000' }])

    // Others join it, also the one whose disk was of the life before; as it is, it is kept out.
    expect(await enter(a, e.address)).toMatchObject({ code: 0 })
    expect((await a.status())?.cluster.id).toBe(status.cluster.id as string)
    const back = enter(c, urlOf(a, b, c))
    const refused = await c.waitFor('its refusal', ({ cluster }) => cluster.refused !== undefined)
    expect(refused.cluster.refused).toContain(`this machine belongs to cluster ${id}`)
    await back
    expect((await e.status())?.cluster.id).toBe(status.cluster.id as string)
    expect(await e.meshbox('config', 'set', 'dns.ttl=9')).toMatchObject({ code: 0 })
    const list = (await e.meshbox('members', '--json')).out
    expect(list).not.toContain(`"${c.name}"`)

    async function enter2(machine: Machine, url: string) {
      return machine.meshbox('join', url, '--simulated', '--name', machine.name, '--timeout', '3', ...keyed)
    }
  },
)
