import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import { generateKeyPairSync, sign } from 'node:crypto'
import {
  appendFileSync,
  copyFileSync,
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
import { urlOf } from './together.ts'

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
  cluster = await makeCluster(3)
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

const pids = (status: Status) =>
  status.machines[0]?.services.map(({ name, pid }) => `${name} ${pid}`).toSorted()
const versionOf = (status: Status) => status.machines[0]?.version

type Installed = ReturnType<typeof installedOn>

// What docs/upgrade.md tells is done here.
needsRoot(
  'an upgrade goes from machine to machine, no program notices; a version that does not get well goes back, one too far away is refused',
  async () => {
    const all = cluster.machines.map(installedOn) as [Installed, Installed, Installed]
    const [a] = all
    const keyFile = join(folder, 'key')
    writeFileSync(keyFile, `${newKey()}\n`, { mode: 0o600 })
    const url = urlOf(...cluster.machines)
    await Promise.all(
      all.map(async ({ install, meshbox, machine }) => {
        expect(await install()).toMatchObject({ code: 0 })
        const joining = ['--simulated', '--config', config, '--key-file', keyFile, '--name', machine.name]
        expect(await meshbox('join', url, ...joining)).toMatchObject({ code: 0 })
      }),
    )
    const app = { id: '/web', cmd: 'exec sleep 123456', cpus: 0.1, mem: 16, instances: 1 }
    const posted = await a.machine.run(
      ...['curl', '-sfL', '-H', 'Content-Type: application/json', '-d', JSON.stringify(app)],
      `http://${a.machine.address}:8080/v2/apps`,
    )
    expect(posted).toMatchObject({ code: 0 })
    const task = async () => (await a.machine.run('pgrep', '-x', '-f', 'sleep 123456')).out
    await until(systemClock, { everyMs: 100, timeoutMs: 30_000 }, async () => (await task()) || undefined)

    // Nothing is begun while something else is rolled out, and what is under way is waited for.
    releaseScript('8.2.0', 'echo it is broken >&2; exit 1', 1)
    expect(await a.meshbox('rollout', 'pause')).toMatchObject({ code: 0 })
    expect(await a.meshbox('config', 'set', '--node', 'm1', `mesos.master.log_dir=${folder}`)).toMatchObject({
      code: 0,
    })
    await a.machine.waitFor('the rollout', ({ cluster: { rollout } }) => rollout?.state === 'running')
    const paused = await a.meshbox('upgrade', '--version', '8.2.0')
    expect(paused).toMatchObject({ code: 1 })
    expect(paused.err).toMatch(
      /cannot upgrade the cluster now: the rollout of version \d+ of the document is paused/,
    )
    expect(await a.meshbox('rollout', 'resume')).toMatchObject({ code: 0 })
    const broken = await a.meshbox('upgrade', '--version', '8.2.0')
    expect(broken).toMatchObject({ code: 1 })
    expect(broken.err).toMatch(/Waiting: the rollout of version \d+ of the document is under way/)
    expect(broken.err).toMatch(/cannot go on with the upgrade: m\d: cannot upgrade to 8.2.0/)
    expect(broken.err).toContain(`it is broken; ${manifest.version} is back`)
    expect(broken.err.match(/→ 8.2.0/g)).toHaveLength(1)

    const seen = async () => ({
      pids: await Promise.all(all.map(async (each) => pids(await each.status()))),
      task: await task(),
    })
    const before = await seen()
    expect(before.task).not.toBe('')
    const unchanged = async (version: string) => {
      const statuses = await Promise.all(all.map(({ status }) => status()))
      expect(statuses.map(versionOf)).toEqual(all.map(() => version))
      expect(await seen()).toEqual(before)
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

    // From a machine that does not lead: the other follower first, then the leader, then itself.
    const { dns } = (await a.status()).machines[0] ?? {}
    const leader = all.find(({ machine }) => dns?.leader?.startsWith(`${machine.address}:`)) as Installed
    const [first, last] = all.filter((each) => each !== leader) as [Installed, Installed]
    const argv = [last.binary, 'upgrade', '--version', '9.0.0', '--data-dir', last.machine.dataDir]
    const killed = Bun.spawn(last.machine.inside(argv), { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
    let said = ''
    for await (const text of killed.stderr) {
      said += Buffer.from(text).toString()
      if (said.includes(`${leader.machine.name}: `)) killed.kill('SIGKILL')
    }
    expect(said).toMatch(
      new RegExp(`^${first.machine.name}: .* → 9.0.0\n(Waiting: .*\n)*${leader.machine.name}: .* → 9.0.0\n$`),
    )
    // Whoever runs it again goes on where it ended.
    const agent = versionOf(await first.status())
    expect(agent).toBe('9.0.0')
    const pid = (await first.status()).machines[0]?.pid
    const upgraded = await last.meshbox('upgrade', '--version', '9.0.0', '--json')
    expect(upgraded).toMatchObject({ code: 0 })
    expect(JSON.parse(upgraded.out)).toEqual({
      ...{ from: manifest.version, to: '9.0.0', restarted: true },
      others: expect.arrayContaining([first.machine.name, leader.machine.name]),
    })
    expect((await first.status()).machines[0]?.pid).toBe(pid)
    await unchanged('9.0.0')
    expect(readFileSync(first.binary).equals(readFileSync(last.binary))).toBe(true)
    const again = await first.meshbox('upgrade', '--version', '9.0.0', '--here')
    expect(again.out).toBe('meshbox 9.0.0 is there already.\n')

    // The newest of the folder is the one that was released last; backwards goes the same way, also where the binary is in
    // place and whoever was to start the agent with it was killed.
    rmSync(last.binary)
    copyFileSync(join(last.binary, '../../share/meshbox/previous'), last.binary)
    expect((await last.meshbox('upgrade')).out).toBe(`meshbox ${manifest.version} runs on all 3 machines.\n`)
    await unchanged(manifest.version)
  },
)

needsRoot('support collects from all that answer, and none of their secrets', async () => {
  const [a, b] = cluster.machines.map(installedOn) as [Installed, Installed]
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
  expect(whole.said).toContain('3 of 3 machines, and no secret of any')
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
  expect(JSON.parse(half.read('m1/members.json')).length).toBe(3)

  process.kill((await a.status()).machines[0]?.pid ?? 0, 'SIGKILL')
  const alone = await archiveOf('alone')
  expect(alone.said).toContain('1 of 1 machines')
  expect(alone.read('m1/doctor.json')).toContain('agent')
  expect(alone.names).toContain('m1/logs/meshbox.log')
})
