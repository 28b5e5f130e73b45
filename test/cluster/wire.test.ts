import { afterAll, expect, setDefaultTimeout } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Member } from '../../src/agent/gossip/gossip.ts'
import { readToken } from '../../src/agent/join-token/token.ts'
import { systemClock, until } from '../../src/clock.ts'
import { newKey } from '../gossip/serf.ts'
import { needsRoot } from '../root.ts'
import type { Machine } from './cluster.ts'
import { clusterForEach } from './each.ts'

setDefaultTimeout(240_000)

const folder = mkdtempSync(join(tmpdir(), 'wire-'))
const newCluster = clusterForEach()

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Everything that goes over a machine's network, from its first packet on. */
async function listenAt(machine: Machine) {
  const file = join(folder, `${machine.name}.pcap`)
  const argv = machine.inside(['tcpdump', '-i', 'eth0', '-s', '0', '-U', '-Z', 'root', '-w', file])
  const process = Bun.spawn(argv, { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  const words = process.stderr.getReader()
  for (let said = ''; !said.includes('listening on'); ) {
    const { value, done } = await words.read()
    if (done) throw new Error(`tcpdump ended: ${said}`)
    said += Buffer.from(value).toString()
  }
  return async () => {
    process.kill('SIGINT')
    await process.exited
    return readFileSync(file)
  }
}

async function eventually(what: string, check: () => Promise<true | undefined>): Promise<void> {
  const found = await until(systemClock, { everyMs: 200, timeoutMs: 60_000 }, check)
  if (!found) throw new Error(`gave up waiting for ${what}`)
}

/** A secret as it is, and as it would stand in what encodes it once more. */
function formsOf(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret)
  const texts = [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')]
  return [bytes, ...texts.map((text) => Buffer.from(text.replace(/=+$/, '')))]
}

needsRoot(
  'nothing on the wire between machines with a key shows that key, the next one or a secret of the document',
  async () => {
    const cluster = await newCluster(3)
    const [a, b, stranger] = cluster.machines as [Machine, Machine, Machine]
    const keys = [newKey(), newKey()]
    const [one = '', two = ''] = keys.map((key, index) => {
      const path = join(folder, `${index}.key`)
      writeFileSync(path, `${key}\n`, { mode: 0o600 })
      return path
    })
    const seed = join(folder, 'seed.yaml')
    const config = readFileSync(`${import.meta.dir}/cluster.yaml`, 'utf8')
    const secrets = ['seeded-hush-hush', 'written-hush-hush', 'rotated-hush-hush']
    const credentials = (secret = '') => `{"principal":"dns","secret":"${secret}"}`
    writeFileSync(seed, `${config}\nmarathon: { mesos_authentication_secret: ${secrets[0]} }\n`)
    const heard = await Promise.all([a, b].map(listenAt))

    const url = `zk://${a.address}/mesos`
    const joining = ['--simulated', '--config', seed, '--key-file', one]
    expect(await a.meshbox('join', url, '--name', a.name, ...joining)).toMatchObject({ code: 0 })
    const token = join(folder, 'token')
    expect(await a.meshbox('token', 'create', '--out', token)).toMatchObject({ code: 0, out: '' })
    const invited = [...joining.slice(0, 3), '--token-file', token]
    expect(await b.meshbox('join', url, '--name', b.name, ...invited)).toMatchObject({ code: 0 })
    const set = `dns.mesosCredentials=${credentials(secrets[1])}`
    expect(await b.meshbox('config', 'set', set)).toMatchObject({ code: 0 })

    // An agent of serf with the key takes part as well.
    const serf = [
      'serf',
      'agent',
      `-bind=${stranger.address}`,
      '-node=serf',
      `-encrypt=${keys[0]}`,
      '-tag',
      'is=serf',
    ]
    const agent = stranger.run(...serf, `-join=${b.address}`)
    await eventually('serf among the members', async () => {
      const members: Member[] = JSON.parse((await a.meshbox('members', '--json')).out)
      return members.some(({ name, tags }) => name === 'serf' && tags.is === 'serf') || undefined
    })

    // Another key, while everything goes on.
    for (const [verb = '', key = ''] of [
      ['install', two],
      ['use', two],
      ['remove', one],
    ])
      expect(await a.meshbox('key', verb, key)).toMatchObject({ code: 0, err: '' })
    const listed = JSON.parse((await b.meshbox('key', 'list', '--json')).out)
    expect(listed).toMatchObject({ members: 3, answered: 3, keys: [{ machines: 3, primary: 3 }] })
    expect((await stranger.run('serf', 'keys', '-list')).out).toContain(keys[1] as string)
    expect((await stranger.run('serf', 'leave')).out).toContain('Graceful leave complete')
    await agent
    const again = `dns.mesosCredentials=${credentials(secrets[2])}`
    expect(await b.meshbox('config', 'set', again)).toMatchObject({ code: 0 })
    expect((await a.meshbox('config', 'show', '--version', '0')).out).toContain('***')
    expect((await a.meshbox('service', 'list', '--node', b.name)).out).toContain('mesos-agent')
    const version = (await b.status())?.cluster.document?.version
    await a.waitFor('the last version', ({ cluster: { document } }) => document?.version === version)

    // With no key, or the one that was taken out, there is nothing but a refusal.
    const before = [
      'join',
      url,
      '--simulated',
      '--name',
      'stranger',
      '--config',
      `${import.meta.dir}/cluster.yaml`,
    ]
    const keyless = await stranger.meshbox(...before)
    expect(keyless).toMatchObject({ code: 1, out: '' })
    expect(keyless.err).toContain('a cluster with a key, and this machine has none')
    const late = await stranger.meshbox(...before, '--key-file', one)
    expect(late).toMatchObject({ code: 1, out: '' })
    expect(late.err).toContain('a cluster with another key')
    expect(await b.meshbox('key', 'remove', two)).toMatchObject({ code: 1 })

    // What was restarted finds its way with the new key alone.
    await b.powerOff()
    await b.meshbox('join', url, '--name', b.name, ...joining.slice(0, 3))
    await b.waitFor('readiness', ({ ready }) => ready)
    const traffic = Buffer.concat(await Promise.all(heard.map((end) => end())))
    expect(traffic.includes(Buffer.from('sealed:'))).toBe(true)
    expect(traffic.includes(Buffer.from(a.name))).toBe(true)
    const hidden = [
      ...keys.flatMap((key) => formsOf(Buffer.from(key, 'base64'))),
      ...secrets.flatMap((secret) => formsOf(Buffer.from(secret))),
      ...formsOf(readToken(readFileSync(token, 'utf8'), token).secret),
    ]
    expect(hidden.filter((form) => traffic.includes(form)).map(String)).toEqual([])
  },
)
