import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { release } from '../../build/release.ts'
import manifest from '../../package.json' with { type: 'json' }
import { systemClock, until } from '../../src/clock.ts'
import { documented } from '../documented.ts'
import { needsRoot } from '../root.ts'
import { emptyDebian, type Mirror, serveMirror, sourcesFor } from './debian.ts'
import { type Host, makeHost } from './host.ts'

setDefaultTimeout(600_000)

const root = process.getuid?.() === 0
const folder = mkdtempSync(join(tmpdir(), 'mbf-'))
const net = `10.91.${Math.floor(Math.random() * 250)}`
const address = `${net}.2`
const mirrorMark = 'http://mirror'
const link = `mbf${process.pid}`
let host: Host
let mirror: Mirror

/** The commands of README.md that a person types on a fresh machine, in their order. */
const commands = documented('README.md', 'test/systemd/fresh.test.ts').map(({ command }) =>
  command.replaceAll('https://…', mirrorMark).replaceAll('10.0.0.1', address),
)

beforeAll(async () => {
  if (!root) return
  host = await makeHost(await emptyDebian())
  ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(host.pid()))
  ip('address', 'add', `${net}.1/24`, 'dev', link)
  ip('link', 'set', link, 'up')
  await host.must('ip', 'address', 'add', `${address}/24`, 'dev', 'eth0')
  await host.must('ip', 'link', 'set', 'eth0', 'up')
  mirror = serveMirror(`${net}.1`, () => folder)
  const { privateKey: signingKey } = generateKeyPairSync('ed25519')
  for (const version of ['9.0.0', manifest.version])
    await release(folder, { version, signingKey, url: mirror.release, level: 1, only: ['linux-x64'] })
  host.write('etc/apt/sources.list', sourcesFor(mirror))
}, 600_000)
afterAll(async () => {
  if (root) {
    await host?.remove()
    await mirror?.close()
  }
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

function ip(...argv: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(['ip', ...argv])
  if (exitCode !== 0) throw new Error(`ip ${argv.join(' ')}: ${stderr}`)
}

const shell = (line: string) => host.run('sh', '-c', line.replaceAll(mirrorMark, mirror.release))

/** Again and again, as a person does who waits for something. */
async function untilSaid(line: string, wanted: (out: string) => boolean): Promise<string> {
  let last = ''
  const out = await until(systemClock, { everyMs: 300, timeoutMs: 60_000 }, async () => {
    const { out, err } = await shell(line)
    last = out + err
    return wanted(out) ? out : undefined
  })
  return out ?? expect.unreachable(`${line}: ${last}`)
}

const services = async () =>
  (await host.status())?.machines[0]?.services.map(({ name, pid, state }) => ({ name, pid, state }))
const task = async () => (await host.run('pgrep', '-x', '-f', 'sleep 100000')).out

/** All that could be meshbox's; fonts are Java's. */
const traces = async () => (await found()).replace('/usr/local/share/fonts\n', '')
const found = () =>
  host.must(
    ...[
      'find',
      '/',
      '-xdev',
      '(',
      '-path',
      '/proc',
      '-o',
      '-path',
      '/sys',
      '-o',
      '-path',
      '/dev',
      ')',
      '-prune',
      '-o',
    ],
    ...[
      '(',
      '-name',
      '*meshbox*',
      '-o',
      '-path',
      '/usr/local/*',
      '-o',
      '-path',
      '/etc/systemd/*',
      '-type',
      'l',
      ')',
      '-print',
    ],
  )

let before: { traces: string; resolv: string | undefined }

needsRoot(
  'the commands of README.md, and only they, lead from an empty Debian to a name, and to the page',
  async () => {
    expect(commands.length).toBe(6)
    const [packages = '', install = '', join = '', app = '', dig = '', page = ''] = commands
    expect(await shell(packages)).toMatchObject({ code: 0 })
    before = { traces: await traces(), resolv: host.read('etc/resolv.conf') }
    const installed = await shell(install)
    expect({ ...installed, err: '' }).toMatchObject({ code: 0 })
    expect(installed.out).toContain(`Installed /usr/local/bin/meshbox (${manifest.version}).`)
    const joined = await shell(join)
    if (joined.code !== 0) throw new Error(joined.out + joined.err)
    expect(joined.out).toContain('Ready.')
    expect(await shell(app)).toMatchObject({ code: 0 })
    expect(await untilSaid(dig, (out) => out !== '')).toBe(`${address}\n`)
    expect((await shell(page)).out).toContain('<html')
  },
)

needsRoot('installed a second time it changes nothing; the unit is the one that came with it', async () => {
  const started = await host.must('systemctl', 'show', '--property=MainPID', 'meshbox')
  const again = await shell(commands[1] ?? '')
  expect(again.out).toBe(`meshbox ${manifest.version} is already installed: /usr/local/bin/meshbox\n`)
  expect(await host.must('systemctl', 'show', '--property=MainPID', 'meshbox')).toBe(started)
  const unit = await host.must(
    'systemctl',
    'show',
    '--property=FragmentPath,Type,KillMode,Delegate',
    'meshbox',
  )
  expect(unit.trim().split('\n').sort()).toEqual([
    'Delegate=yes',
    'FragmentPath=/usr/local/lib/systemd/system/meshbox.service',
    'KillMode=process',
    'Type=notify',
  ])
})

needsRoot('an upgrade while a task runs costs nothing, and so does the way back by install.sh', async () => {
  const [programs, running] = [await services(), await task()]
  expect(running).not.toBe('')
  const said = await host.must('meshbox', 'upgrade', '--version', '9.0.0')
  expect(said).toBe('meshbox 9.0.0 runs on this machine.\n')
  expect((await host.status())?.machines[0]?.version).toBe('9.0.0')
  expect([await services(), await task()]).toEqual([programs, running])
  const back = await shell(commands[1] ?? '')
  expect(back.out).toContain('The agent was started anew; its programs have gone on.')
  const status = await host.waitFor('the agent', ({ ready }) => ready)
  expect(status.machines[0]?.version).toBe(manifest.version)
  expect([await services(), await task()]).toEqual([programs, running])
})

needsRoot('uninstall leaves nothing of it but the packages', async () => {
  expect((await host.run('meshbox', 'uninstall')).err).toContain('add --yes')
  expect(await host.run('meshbox', 'uninstall', '--yes', '--purge')).toMatchObject({ code: 0 })
  expect(await traces()).toBe(before.traces)
  expect(host.read('etc/resolv.conf')).toBe(before.resolv)
  expect(await task()).toBe('')
  expect((await host.run('pgrep', 'meshbox')).code).toBe(1)
  expect((await host.run('pgrep', 'java')).code).toBe(1)
  expect((await host.run('systemctl', 'is-enabled', 'meshbox')).code).not.toBe(0)
})
