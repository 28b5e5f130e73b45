import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import { generateKeyPairSync, sign } from 'node:crypto'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { release } from '../../build/release.ts'
import manifest from '../../package.json' with { type: 'json' }
import type { Status } from '../../src/agent/status.ts'
import { systemClock, until } from '../../src/clock.ts'
import { newKey } from '../gossip/serf.ts'
import { needsRoot } from '../root.ts'
import { type Machine, makeCluster, type TestCluster } from './cluster.ts'

setDefaultTimeout(300_000)

const root = process.getuid?.() === 0
const config = `${import.meta.dir}/cluster.yaml`
const { privateKey: signingKey } = generateKeyPairSync('ed25519')
const folder = mkdtempSync(join(tmpdir(), 'mbu-'))
let cluster: TestCluster

beforeAll(async () => {
  if (!root) return
  for (const version of ['9.0.0', manifest.version])
    await release(folder, { version, signingKey, level: 1, only: ['linux-x64'] })
  cluster = await makeCluster(2)
}, 240_000)
afterAll(async () => {
  if (root) await cluster?.remove()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

/** A program in the place of meshbox, as a release. */
function releaseScript(version: string, agent: string, protocol: number, key = signingKey): void {
  const said = JSON.stringify({ version, protocol: { speaks: protocol, understands: protocol } })
  const script = `#!/bin/sh\ncase $1 in version) echo '${said}' ;; agent) ${agent} ;; esac\n`
  const packed = Bun.gzipSync(Buffer.from(script))
  const archive = `meshbox-${version}-linux-x64.gz`
  const list = `${new Bun.CryptoHasher('sha256').update(packed).digest('hex')}  ${archive}\n`
  writeFileSync(join(folder, archive), packed)
  writeFileSync(join(folder, `SHA256SUMS-${version}`), list)
  writeFileSync(join(folder, `SHA256SUMS-${version}.sig`), sign(null, Buffer.from(list), key))
}

/** A machine with a meshbox of its own, put there by install.sh. */
function installedOn(machine: Machine) {
  const prefix = `${machine.dataDir}.prefix`
  const binary = join(prefix, 'bin/meshbox')
  const meshbox = (...argv: string[]) => machine.run(binary, ...argv, '--data-dir', machine.dataDir)
  const installer = join(folder, 'install.sh')
  return {
    machine,
    binary,
    meshbox,
    install: () =>
      machine.run('env', `MESHBOX_VERSION=${manifest.version}`, 'sh', installer, '--prefix', prefix),
    status: async (): Promise<Status> => JSON.parse((await meshbox('status', '--json')).out),
  }
}

const pids = (status: Status) => status.machines[0]?.services.map(({ name, pid }) => [name, pid])
const versionOf = (status: Status) => status.machines[0]?.version

// What docs/upgrade.md tells is done here.
needsRoot(
  'an upgrade goes from machine to machine, no program notices; a version that does not get well goes back, one too far away is refused',
  async () => {
    const [a, b] = cluster.machines.map(installedOn) as [
      ReturnType<typeof installedOn>,
      ReturnType<typeof installedOn>,
    ]
    const keyFile = join(folder, 'key')
    writeFileSync(keyFile, `${newKey()}\n`, { mode: 0o600 })
    const joining = ['--simulated', '--config', config, '--key-file', keyFile]
    for (const { install } of [a, b]) expect(await install()).toMatchObject({ code: 0 })
    const url = `zk://${a.machine.address}/mesos`
    expect(await a.meshbox('join', url, '--name', 'm1', ...joining)).toMatchObject({ code: 0 })
    expect(await b.meshbox('join', a.machine.address, '--name', 'm2', ...joining)).toMatchObject({ code: 0 })
    const app = { id: '/web', cmd: 'exec sleep 123456', cpus: 0.1, mem: 16, instances: 1 }
    const posted = await a.machine.run(
      ...['curl', '-sf', '-H', 'Content-Type: application/json', '-d', JSON.stringify(app)],
      `http://${a.machine.address}:8080/v2/apps`,
    )
    expect(posted).toMatchObject({ code: 0 })
    const task = async () => (await a.machine.run('pgrep', '-x', '-f', 'sleep 123456')).out
    await until(systemClock, { everyMs: 100, timeoutMs: 30_000 }, async () => (await task()) || undefined)
    const before = { a: pids(await a.status()), b: pids(await b.status()), task: await task() }
    expect(before.task).not.toBe('')
    const unchanged = async (version: string) => {
      const [statusA, statusB] = [await a.status(), await b.status()]
      expect([versionOf(statusA), versionOf(statusB)]).toEqual([version, version])
      expect({ a: pids(statusA), b: pids(statusB), task: await task() }).toEqual(before)
    }

    releaseScript('8.0.0', 'exit 1', 99)
    const far = await a.meshbox('upgrade', '--version', '8.0.0')
    expect(far).toMatchObject({ code: 1 })
    expect(far.err).toMatch(
      /cannot upgrade to 8\.0\.0: m\d has .*, and the two would not understand each other/,
    )
    releaseScript('8.1.0', 'exit 1', 1, generateKeyPairSync('ed25519').privateKey)
    const forged = await a.meshbox('upgrade', '--version', '8.1.0')
    expect(forged.err).toContain('is not signed with the key of this release')
    expect((await a.meshbox('upgrade', '--version', '7.0.0')).err).toContain('SHA256SUMS-7.0.0 cannot be had')
    await unchanged(manifest.version)

    releaseScript('8.2.0', 'echo it is broken >&2; exit 1', 1)
    const broken = await a.meshbox('upgrade', '--version', '8.2.0')
    expect(broken).toMatchObject({ code: 1 })
    expect(broken.err).toContain('cannot go on with the upgrade: m2: cannot upgrade to 8.2.0')
    expect(broken.err).toContain(`it is broken; ${manifest.version} is back`)
    expect(broken.err).not.toContain('This machine:')
    await unchanged(manifest.version)

    const upgraded = await a.meshbox('upgrade', '--version', '9.0.0', '--json')
    expect(upgraded).toMatchObject({ code: 0 })
    expect(JSON.parse(upgraded.out)).toEqual({
      ...{ from: manifest.version, to: '9.0.0', restarted: true },
      others: ['m2'],
    })
    await unchanged('9.0.0')
    expect(readFileSync(b.binary).equals(readFileSync(a.binary))).toBe(true)
    const again = await b.meshbox('upgrade', '--version', '9.0.0', '--here')
    expect(again.out).toBe('meshbox 9.0.0 is there already.\n')

    // The newest of the folder is the one that was released last; backwards goes the same way.
    expect((await b.meshbox('upgrade')).out).toBe(`meshbox ${manifest.version} runs on all 2 machines.\n`)
    await unchanged(manifest.version)
  },
)

needsRoot('support collects from all that answer, and none of their secrets', async () => {
  const [a, b] = cluster.machines.map(installedOn) as [
    ReturnType<typeof installedOn>,
    ReturnType<typeof installedOn>,
  ]
  const key = readFileSync(join(folder, 'key'), 'utf8').trim()
  const planted = ['hushdocument', 'hushlog', 'hushurl', key]
  const credentials = 'dns.mesosCredentials={"principal":"dns","secret":"hushdocument"}'
  expect(await a.meshbox('config', 'set', credentials)).toMatchObject({ code: 0 })
  // What a program may write, whoever let it know.
  const words = `I0101 told hushdocument, --password=hushlog, zk://me:hushurl@10.0.0.1/mesos and ${key}\n`
  for (const { machine } of [a, b]) appendFileSync(join(machine.dataDir, 'log/marathon.log'), words)

  async function archiveOf(name: string) {
    const file = join(folder, `${name}.tar.gz`)
    const said = await a.meshbox('support', file)
    expect(said).toMatchObject({ code: 0 })
    const into = join(folder, name)
    mkdirSync(into)
    expect(Bun.spawnSync(['tar', '-xzf', file, '-C', into]).exitCode).toBe(0)
    const names = readdirSync(into, { recursive: true }).map(String)
    for (const path of names.filter((each) => /\.\w+$/.test(each)))
      for (const secret of planted)
        expect([path, readFileSync(join(into, path), 'utf8').includes(secret)]).toEqual([path, false])
    return { said: said.out, names, read: (path: string) => readFileSync(join(into, path), 'utf8') }
  }

  const whole = await archiveOf('whole')
  expect(whole.said).toContain('2 of 2 machines, and no secret of any')
  for (const name of ['m1', 'm2'])
    for (const file of [
      'status',
      'cluster',
      'members',
      'document',
      'history',
      'effective',
      'doctor',
      'versions',
      'rollout',
    ])
      expect(JSON.parse(whole.read(`${name}/${file}.json`))).toBeTruthy()
  expect(whole.read('m2/logs/marathon.log')).toContain('I0101 told ***, --password=***')
  expect(whole.read('m1/flags.txt')).toContain('mesos-master --zk=')
  expect(whole.read('m1/document.json')).toContain('***')

  await b.machine.powerOff()
  const half = await archiveOf('half')
  expect(half.said).toContain('not reached: m2')
  expect(half.names).toContain('m2/not-reached.txt')
  expect(JSON.parse(half.read('m1/members.json')).length).toBe(2)

  process.kill((await a.status()).machines[0]?.pid ?? 0, 'SIGKILL')
  const alone = await archiveOf('alone')
  expect(alone.said).toContain('1 of 1 machines')
  expect(alone.read('m1/doctor.json')).toContain('agent')
  expect(alone.names).toContain('m1/logs/meshbox.log')
})
