import { afterAll, beforeAll, expect } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needsRoot } from '../root.ts'
import { type Host, makeHost } from './host.ts'

let host: Host
const root = process.getuid?.() === 0
const files = ['/etc/resolv.conf', '/etc/systemd/resolved.conf', '/etc/nsswitch.conf']

beforeAll(async () => {
  if (!root) return
  host = await makeHost()
  await installResolved()
  // A network with a name server of its own.
  await host.must('ip', 'link', 'add', 'net0', 'type', 'veth', 'peer', 'name', 'net1')
  for (const address of ['10.50.0.1/24', '10.50.0.2/24'])
    await host.must('ip', 'address', 'add', address, 'dev', 'net0')
  for (const link of ['net1', 'net0']) await host.must('ip', 'link', 'set', link, 'up')
  await host.must('resolvectl', 'dns', 'net0', '10.50.0.2')
  const built = await Bun.build({ entrypoints: [join(import.meta.dir, 'look-ups.ts')], target: 'bun' })
  host.write('var/look-ups.js', (await built.outputs[0]?.text()) ?? '')
}, 120_000)
afterAll(async () => {
  if (root) await host.remove()
}, 60_000)

/** Only into the machine of the test: where it is installed it takes /etc/resolv.conf over. */
async function installResolved(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'meshbox-resolved-'))
  const download = Bun.spawn(
    ['apt-get', 'download', '-qq', '-o', 'APT::Sandbox::User=root', 'systemd-resolved'],
    { cwd: folder, stdout: 'ignore', stderr: 'inherit' },
  )
  expect(await download.exited).toBe(0)
  for (const name of readdirSync(folder)) host.write('var/resolved.deb', readFileSync(join(folder, name)))
  rmSync(folder, { recursive: true })
  await host.must('dpkg', '--install', '--force-depends', '/var/resolved.deb')
  await host.must(
    'mkdir',
    '-p',
    '/etc/systemd/system/systemd-resolved.service.d',
    '/etc/systemd/resolved.conf.d',
  )
  host.write('etc/systemd/system/systemd-resolved.service.d/often.conf', '[Unit]\nStartLimitIntervalSec=0\n')
  await host.must('systemctl', 'daemon-reload')
  await host.must('systemctl', 'restart', 'dbus', 'systemd-resolved')
}

const names = ['web.marathon.mesos', 'www.example.com', 'mesos.example.com']

async function lookUps(mode: string, asking = names) {
  const inside = ['env', 'BUN_BE_BUN=1', 'meshbox', 'run', '/var/look-ups.js', mode, ...asking]
  const { out, err } = await host.run(...inside)
  if (out === '') throw new Error(err)
  return JSON.parse(out)
}
const contents = () => files.map((path) => host.read(path))

const split = {
  status: { kind: 'active', through: 'systemd-resolved' },
  found: ['192.0.2.10', '192.0.2.99', '192.0.2.99'],
  asked: { meshbox: names.slice(0, 1), former: names.slice(1) },
}
const former = {
  status: { kind: 'off' },
  found: ['192.0.2.99', '192.0.2.99', '192.0.2.99'],
  asked: { meshbox: [], former: names },
}

needsRoot('the domain goes to meshbox and nothing else does; off, it is as it was', async () => {
  const before = contents()
  expect(await lookUps('off')).toEqual(former)
  expect(await lookUps('auto')).toEqual(split)
  await host.must('systemctl', 'restart', 'systemd-resolved')
  expect(await lookUps('crash')).toEqual(split)
  expect(contents()).toEqual(before)
  expect(await lookUps('off')).toEqual(former)
  expect((await host.run('ip', 'link', 'show', 'dev', 'meshbox0')).code).toBe(1)
  expect(contents()).toEqual(before)
})

needsRoot(
  'also where every other name is to be signed, asked over TLS, or has a server for all',
  async () => {
    for (const settings of ['DNSSEC=yes', 'DNSOverTLS=yes', 'DNS=10.50.0.2\nDomains=~.']) {
      host.write('etc/systemd/resolved.conf.d/test.conf', `[Resolve]\n${settings}\n`)
      await host.must('systemctl', 'restart', 'systemd-resolved')
      expect([settings, await lookUps('auto', names.slice(0, 1))]).toEqual([
        settings,
        {
          status: split.status,
          found: ['192.0.2.10'],
          asked: { meshbox: names.slice(0, 1), former: expect.not.arrayContaining(names.slice(0, 1)) },
        },
      ])
      await lookUps('off', [])
    }
  },
)
