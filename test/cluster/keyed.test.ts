import { expect, setDefaultTimeout } from 'bun:test'
import { writeFileSync } from 'node:fs'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import { systemClock, until } from '../../src/clock.ts'
import { newKey } from '../gossip/serf.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'
import { join } from './together.ts'

setDefaultTimeout(240_000)

const newCluster = clusterForEach()

function keyFileOf(machine: Machine, name: string, key: string): string {
  const path = `${machine.dataDir}.${name}`
  writeFileSync(path, `${key}\n`, { mode: 0o600 })
  return path
}

needsRoot(
  'with a key a cluster is born and joined as without; who has none, or another, is refused',
  async () => {
    const cluster = await newCluster(5)
    const [a, b, c, d, e] = cluster.machines as [Machine, Machine, Machine, Machine, Machine]
    const key = newKey()
    const url = `zk://${[a, b, c].map(({ address }) => address).join(',')}/mesos`
    const keyed = (machine: Machine) => ['--key-file', keyFileOf(machine, 'key', key)]

    expect((await join(a, url, '--timeout', '1', ...keyed(a))).err).toContain(`${b.address} is not reached`)
    const other = ['--key-file', keyFileOf(b, 'other', newKey())]
    for (const target of [url, a.address]) {
      const keyless = await join(b, target)
      expect(keyless).toMatchObject({ code: 1, out: '' })
      expect(keyless.err).toContain(`${a.address} belongs to a cluster with a key, and this machine has none`)
      expect(keyless.err).toContain('--key-file FILE')
      expect((await join(b, target, ...other)).err).toContain(
        `${a.address} belongs to a cluster with another key`,
      )
    }
    const joined = await Promise.all([join(b, url, ...keyed(b)), join(c, a.address, ...keyed(c))])
    for (const result of joined) expect(result).toMatchObject({ code: 0 })

    // With a token no key goes from hand to hand: made on one machine, redeemed by another, once.
    const token = async (...words: string[]) => {
      const made = await a.meshbox('token', 'create', ...words)
      expect(made).toMatchObject({ code: 0 })
      return made.out.trim()
    }
    const brief = await token('--expires', '1s')
    const [worker, controller, revoked] = [await token(), await token('--role', 'controller'), await token()]
    const idOf = (text: string) => text.split('_')[1] ?? ''
    expect(await c.meshbox('token', 'revoke', idOf(revoked))).toMatchObject({ code: 0 })
    const tokenFile = keyFileOf(d, 'token', worker)
    expect(await join(d, b.address, '--token-file', tokenFile)).toMatchObject({ code: 0 })
    for (const [given, why] of [
      [worker, `was used already, by ${d.name} (${d.address})`],
      [revoked, 'is not known to the cluster: it was revoked, or never made there'],
      [controller, 'is for a controller, and this machine would be a worker'],
      [brief, 'ran out on'],
    ] as const) {
      const refused = await join(e, c.address, '--token', given)
      expect(refused).toMatchObject({ code: 1, out: '' })
      expect(refused.err).toContain(`cannot join: the token ${idOf(given)} ${why}`)
    }
    // A machine that was given another key, and a URL at which nobody is, has met nobody who could tell it so.
    const nowhere = `zk://${a.address.replace(/\d+$/, '99')}:2181/mesos`
    expect((await join(e, nowhere, '--timeout', '5', ...other)).out).toContain('Not ready yet')
    const stays = async () => (await e.status())?.cluster.zookeeper.url === nowhere
    for (const target of [url, c.address]) {
      expect((await join(e, target)).err).toContain('belongs to a cluster with another key')
      expect(await stays()).toBe(true)
    }
    const late = await token()
    expect((await join(e, c.address, '--token', late.replace(idOf(late), idOf(brief)))).err).toContain(
      'cannot join',
    )
    expect(await stays()).toBe(true)
    expect(await join(e, c.address, '--token', late)).toMatchObject({ code: 0 })
    expect((await join(e, c.address, '--token', late)).err).toContain('has joined already')
    expect(await e.meshbox('leave', '--yes', '--purge', '--no-drain')).toMatchObject({ code: 0 })

    // One that could not reach anybody when it joined learns of its key when it can, and shows what to type.
    for (const machine of [a, b, c, d]) cluster.partition(e, machine)
    await join(e, url, '--timeout', '1', ...other)
    for (const machine of [a, b, c, d]) cluster.heal(e, machine)
    const { problems } = await e.waitFor('word of its key', (status) =>
      status.problems.some(({ what }) => what === 'this machine does not have the key of its cluster'),
    )
    const [keyless] = problems
    expect(keyless?.why).toContain('`meshbox token create` on a member (with --role controller')
    const typed = keyless?.command.replace('--key-file FILE', `--token ${await token()}`) ?? ''
    expect(await e.run('sh', '-c', typed.replace(/^meshbox/, e.binary))).toMatchObject({ code: 0 })
    expect(await e.meshbox('leave', '--yes', '--purge', '--no-drain')).toMatchObject({ code: 0 })

    const listed = JSON.parse((await b.meshbox('token', 'list', '--json')).out)
    expect(listed).toHaveLength(5)
    expect(listed[1]).toMatchObject({
      role: 'worker',
      by: a.name,
      used: { name: d.name, address: d.address },
    })
    const machines = [a, b, c, d]
    const statuses = await Promise.all(
      machines.map((each) => each.waitFor('readiness', ({ ready }) => ready)),
    )
    expect(new Set(statuses.map((status) => status.cluster.id)).size).toBe(1)
    expect(statuses.map((status) => status.cluster.key)).toEqual(['keyed', 'keyed', 'keyed', 'keyed'])

    // A token for the API is good on each machine, and each shows all of the others.
    const forApi = await token('--api', 'read')
    const ask = async (path: string, ...more: string[]) => {
      const answer = await e.run(
        'curl',
        '-s',
        '-w',
        '\n%{http_code}',
        ...more,
        `http://${b.address}:7947${path}`,
      )
      return answer.out
    }
    const shown = ['-H', `Authorization: Bearer ${forApi}`]
    expect(await ask('/v1/status')).toEndWith('\n401')
    const page = await until(systemClock, { everyMs: 200, timeoutMs: 10_000 }, async () => {
      const text = await ask(`/machines/${d.name}`, ...shown)
      return text.endsWith('\n200') ? text : undefined
    })
    expect(page).toContain(`${d.address}:5051`)
    expect(await ask(`/v1/nodes/${d.name}/logs/mesos-agent?lines=5`, ...shown)).toEndWith('\n200')
    expect(
      await ask('/v1/services/stop', '-H', 'content-type: application/json', '-d', '{}', ...shown),
    ).toEndWith('\n403')

    const members: Member[] = JSON.parse((await d.meshbox('members', '--json')).out)
    const living = members.filter(({ status }) => status !== 'left')
    expect(living.map(({ status }) => status)).toEqual(['alive', 'alive', 'alive', 'alive'])

    // Each machine can be looked at, and acted upon, from each other one.
    const services = JSON.parse((await d.meshbox('service', 'list', '--node', a.name, '--json')).out)
    expect(services).toMatchObject(
      (await a.status())?.machines[0]?.services.map(({ name, pid }) => ({ name, pid })) ?? [],
    )
    expect((await d.meshbox('logs', 'mesos-master', '--node', b.name)).out).toContain('mesos-master')
    // A log of another machine is followed through this one, and its end is seen.
    const argv = [d.binary, 'logs', 'marathon', '-f', '-n', '1', '--node', c.name, '--data-dir', d.dataDir]
    const following = Bun.spawn(d.inside(argv), { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' })
    let heard = ''
    const hearing = (async () => {
      for await (const part of following.stdout.pipeThrough(new TextDecoderStream())) heard += part
    })()
    const relayed = async () =>
      (await c.run('ss', '-Hnt', 'state', 'established', `src ${c.address}:7947`, `dst ${d.address}`)).out
    await until(systemClock, { everyMs: 100, timeoutMs: 20_000 }, async () => (await relayed()) || undefined)
    expect(await d.meshbox('service', 'restart', 'marathon', '--node', c.name)).toMatchObject({ code: 0 })
    expect((await d.meshbox('service', 'restart', 'none', '--node', c.name)).err).toContain(
      'cannot find a service "none"',
    )
    expect((await d.meshbox('logs', 'x', '--node', 'nobody')).err).toContain('there is no such machine')

    // It may be told a moment after the restart.
    const lines = () => heard.split('\n').length
    await until(systemClock, { everyMs: 100, timeoutMs: 20_000 }, () => lines() > 3 || undefined)
    following.kill('SIGINT')
    expect(await following.exited).toBe(0)
    await hearing
    expect(lines()).toBeGreaterThan(3)

    // A secret reaches every machine, and is shown on none.
    const credentials = 'dns.mesosCredentials={"principal":"dns","secret":"hushhush"}'
    const written = await d.meshbox('config', 'set', credentials)
    expect(written).toMatchObject({ code: 0 })
    const version = Number(/^version (\d+) written/m.exec(written.out)?.[1])
    await a.waitFor('it', ({ cluster }) => (cluster.document?.version ?? -1) >= version)
    for (const words of [['show'], ['show', '--effective'], ['show', '--origin'], ['diff'], ['history']]) {
      const shown = await a.meshbox('config', ...words)
      expect(shown.code).toBe(0)
      expect(shown.out + shown.err).not.toContain('hush')
    }
    expect((await a.meshbox('config', 'get', 'dns.mesosCredentials.secret')).out).toBe('***\n')
    expect((await a.meshbox('logs', 'meshbox', '--lines', '1000')).out).not.toContain('hush')

    // In a file the stars stand for the secret that there is.
    const file = `${a.dataDir}.yaml`
    const { out: starred } = await a.meshbox('config', 'show')
    writeFileSync(file, starred)
    expect((await a.meshbox('plan', file)).out).toBe('nothing to do: all is as the document says\n')
    writeFileSync(file, starred.replaceAll('***', 'hush2'))
    const changed = await a.meshbox('plan', file)
    expect(changed.out).toContain('dns.mesosCredentials.secret: *** → ***')
    expect(changed.out + changed.err).not.toContain('hush')

    // An open cluster beside it, and somebody with a key at its door.
    expect((await join(e, `zk://${e.address}/mesos`)).out).toContain('open: no key protects')
    expect((await e.meshbox('config', 'set', credentials)).err).toContain(
      'this cluster has no key to seal it',
    )
    const uncalled = await e.run(
      'curl',
      ...['-s', '-H', 'content-type: application/json'],
      '-d',
      '{"method":"GET","path":"/v1/status"}',
      `http://${e.address}:7947/v1/peer`,
    )
    expect(JSON.parse(uncalled.out)).toMatchObject({ status: 403, code: 'node-open' })
    const bare = await e.run(
      'curl',
      '-s',
      '-d',
      '{"method":"GET","path":"/v1/status"}',
      `http://${a.address}:7947/v1/peer`,
    )
    expect(JSON.parse(bare.out)).toMatchObject({ status: 401 })

    // A controller that has lost its disk comes back by a token for one.
    await c.powerOff()
    c.loseDisk()
    expect((await join(c, url, '--token', await token())).err).toContain(
      'is for a worker, and this machine would be',
    )
    expect(await join(c, url, '--token', controller)).toMatchObject({ code: 0 })
    await d.powerOff()
    d.loseDisk()
    expect((await join(d, e.address, '--token', await token())).err).toContain(
      `${e.address} does not redeem it: it speaks no TLS`,
    )
    for (const target of [`zk://${e.address}/mesos`, e.address]) {
      const refused = await join(d, target, ...keyed(d))
      expect(refused.err).toContain(`${e.address} belongs to an open cluster, and this machine has a key`)
    }
    // One with a key that met the open one later is told to forget it.
    cluster.partition(d, e)
    await join(d, `zk://${e.address}/mesos`, '--timeout', '1', ...keyed(d))
    cluster.heal(d, e)
    const barred = await d.waitFor('word of the open cluster', (status) => status.problems.length > 0)
    expect(barred.problems).toMatchObject([{ what: 'this machine has a key, and its cluster has none' }])
    const forgets = barred.problems[0]?.command.replace('--purge', '--purge --yes') ?? ''
    const settings = ` --simulated --name ${d.name}`
    const open = await d.run('sh', '-c', `${forgets.replaceAll('meshbox ', `${d.binary} `)}${settings}`)
    expect(open).toMatchObject({ code: 0, out: expect.stringContaining('open: no key protects') })
  },
)
