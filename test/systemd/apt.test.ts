import { afterAll, beforeAll, expect, setDefaultTimeout } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needsRoot } from '../root.ts'
import { type Host, makeHost } from './host.ts'

setDefaultTimeout(180_000)

let host: Host
const root = process.getuid?.() === 0

/** A signed repository with two versions of a package `marathon`, whose daemon would start by itself. */
const repository = `
set -e
mkdir -p /srv/repo && cd /srv/repo
export GNUPGHOME=/root/gnupg && mkdir -m 700 $GNUPGHOME
gpg --batch --quiet --passphrase '' --quick-gen-key test rsa2048 sign never
gpg --armor --export test > key.asc
for version in 1.0 1.1; do
  tree=/root/marathon-$version
  mkdir -p $tree/DEBIAN $tree/usr/bin $tree/lib/systemd/system
  cat > $tree/DEBIAN/control <<END
Package: marathon
Version: $version
Architecture: all
Maintainer: Test <test@example.com>
Description: says its version
END
  printf '#!/bin/sh\\nsystemctl daemon-reload; systemctl enable --now marathon || true\\n' > $tree/DEBIAN/postinst
  printf '#!/bin/sh\\necho version %s\\nexec sleep 1000000\\n' $version > $tree/usr/bin/marathon
  printf '[Service]\\nExecStart=/bin/sleep 1000000\\n[Install]\\nWantedBy=multi-user.target\\n' > $tree/lib/systemd/system/marathon.service
  chmod 755 $tree/DEBIAN/postinst $tree/usr/bin/marathon
  dpkg-deb --build --root-owner-group $tree marathon_$version.deb > /dev/null
done
for deb in *.deb; do
  { dpkg-deb --field $deb
    echo "Filename: ./$deb"
    echo "Size: $(stat -c %s $deb)"
    echo "SHA256: $(sha256sum $deb | cut -d' ' -f1)"
    echo; } >> Packages
done
{ echo "Date: $(LC_ALL=C date -Ru)"; echo "SHA256:"; echo " $(sha256sum Packages | cut -d' ' -f1) $(stat -c %s Packages) Packages"; } > Release
gpg --batch --quiet --passphrase '' --pinentry-mode loopback --clearsign --output InRelease Release
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*
systemd-run --quiet --unit=repo --working-directory=/srv/repo python3 -m http.server --bind 127.0.0.1 8000
curl --silent --fail --retry 30 --retry-connrefused --retry-delay 1 --output /dev/null http://127.0.0.1:8000/Release
`

beforeAll(async () => {
  if (!root) return
  host = await makeHost()
  await host.must('mkdir', '-p', '/srv/repo')
  for (const { file, content } of await debianPackages('zookeeper', 'docker.io'))
    host.write(`srv/repo/${file}`, content)
  await host.must('sh', '-c', repository)
}, 120_000)
afterAll(async () => {
  if (root) await host.remove()
}, 60_000)

/** Debian's own packages, from the sources of the machine that runs the tests. */
async function debianPackages(...names: string[]): Promise<{ file: string; content: Buffer }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mb-apt-'))
  const download = Bun.spawn(['apt-get', 'download', '-qq', '-o', 'APT::Sandbox::User=root', ...names], {
    cwd: folder,
    stdout: 'ignore',
    stderr: 'inherit',
  })
  expect(await download.exited).toBe(0)
  const files = readdirSync(folder).map((name) => ({
    file: `${name.split('_')[0]}.deb`,
    content: readFileSync(join(folder, name)),
  }))
  rmSync(folder, { recursive: true })
  return files
}

/** Before a join: a document that asks for a version, and what `install` makes of it. */
async function install(version: string, ...flags: string[]) {
  return installAs({ packages: { marathon: { provider: 'apt', version, repository: source() } } }, ...flags)
}

const source = () => ({ url: 'http://127.0.0.1:8000', suite: './', key: host.read('srv/repo/key.asc') })

async function installAs(document: object, ...flags: string[]) {
  host.write('root/cluster.json', JSON.stringify(document))
  return host.run('meshbox', 'install', '--config', '/root/cluster.json', ...flags)
}

/** Has somebody hold one of apt's locks for as long as /run/locked is there. */
async function lock(file: string): Promise<void> {
  const hold = `import fcntl,time,pathlib
f = open('${file}', 'w'); fcntl.lockf(f, fcntl.LOCK_EX)
held = pathlib.Path('/run/locked'); held.touch()
while held.exists(): time.sleep(0.05)`
  await host.must('systemd-run', '--quiet', 'python3', '-c', hold)
  await host.must('sh', '-c', 'until test -e /run/locked; do sleep 0.05; done')
}

const version = async () => /^Version: (.+)$/m.exec(await host.must('dpkg', '-s', 'marathon'))?.[1]
const list = 'etc/apt/sources.list.d/meshbox-marathon.list'

needsRoot('--plan tells where each program would come from, and changes nothing', async () => {
  const { out } = await install('1.0', '--plan')
  expect(out).toMatch(/marathon +apt +waiting +marathon 1\.0/)
  expect(out).toMatch(
    /mesos-agent is not installed\n +hint: meshbox config set packages\.mesos-agent\.provider=/,
  )
  expect(host.read(list)).toBeUndefined()
})

needsRoot('a version that is not there leaves the machine as it was', async () => {
  const { code, out } = await install('7.7')
  expect(code).toBe(1)
  expect(out).toContain("Version '7.7' for 'marathon' was not found")
  expect(host.read(list)).toBeUndefined()
  expect((await host.run('test', '-L', '/etc/systemd/system/marathon.service')).code).toBe(1)
})

needsRoot(
  'the version asked for is installed from its own source and held, and its daemon is not started',
  async () => {
    const { out } = await install('1.0')
    expect(out).toMatch(/marathon +apt +installed/)
    expect(await version()).toBe('1.0')
    expect(await host.must('apt-mark', 'showhold')).toBe('marathon\n')
    expect((await host.run('systemctl', 'is-enabled', 'marathon')).out).toBe('masked\n')
    expect((await host.run('systemctl', 'is-active', 'marathon')).out).toBe('inactive\n')
    expect((await host.run('test', '-e', '/usr/sbin/policy-rc.d')).code).toBe(1)
  },
)

needsRoot(
  'another version takes its place, the older one too; a lock of apt is waited for, or the machine stays as it was',
  async () => {
    await lock('/var/lib/dpkg/lock-frontend')
    await host.must('systemd-run', '--quiet', 'sh', '-c', 'sleep 2; rm /run/locked')
    expect((await install('1.1')).out).toMatch(/marathon +apt +installed/)
    expect(await version()).toBe('1.1')
    await lock('/var/lib/apt/lists/lock')
    const { code, out } = await install('1.0')
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining('Could not get lock') })
    expect(await version()).toBe('1.1')
    await host.must('rm', '/run/locked')
    expect((await install('1.0')).out).toMatch(/marathon +apt +installed/)
    expect(await version()).toBe('1.0')
  },
)

needsRoot("Debian's ZooKeeper is installed in the version that is pinned, and not started", async () => {
  const wanted = /^Version: (.+)$/m.exec(await host.must('dpkg', '-s', 'zookeeper'))?.[1]
  await host.must('dpkg', '--purge', 'zookeeper')
  const zookeeper = { provider: 'apt', version: wanted, repository: source() }
  const { out } = await installAs({ packages: { zookeeper } })
  expect(out).toMatch(/zookeeper +apt +installed/)
  expect(await host.must('apt-mark', 'showhold')).toContain('zookeeper\n')
  await host.must('test', '-e', '/usr/share/java/zookeeper.jar')
  expect((await host.run('pgrep', '-f', 'QuorumPeerMain')).code).toBe(1)
})

needsRoot(
  "Debian's Docker is not installed onto a full disk, and then it is, with its unit and an engine that answers",
  async () => {
    const units = ['docker', 'containerd'].map((unit) => `/etc/systemd/system/${unit}.service`)
    await host.must('dpkg', '--purge', 'docker.io')
    await host.must('rm', '-f', ...units) // the masks of the test's own
    await host.must('systemctl', 'daemon-reload')
    await host.must('mkdir', '-p', '/etc/docker')
    const offline = { bridge: 'none', iptables: false, ip6tables: false, 'storage-driver': 'vfs' }
    host.write('etc/docker/daemon.json', JSON.stringify(offline))
    const document = {
      docker: { install: true },
      packages: { docker: { provider: 'apt', repository: source() } },
    }
    await host.must('mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', '/var/cache/apt/archives')
    const full = await installAs(document)
    expect({ code: full.code, out: full.out }).toEqual({
      code: 1,
      out: expect.stringContaining('free space'),
    })
    expect((await host.run('dpkg', '-s', 'docker.io')).code).toBe(1)
    expect(host.read('etc/apt/sources.list.d/meshbox-docker.list')).toBeUndefined()
    await host.must('umount', '/var/cache/apt/archives')

    const { out } = await installAs(document)
    expect(out).toMatch(/docker +apt +installed/)
    expect((await host.must('systemctl', 'is-active', 'docker')).trim()).toBe('active')
    expect(await host.must('docker', 'version', '--format', '{{.Server.Version}}')).toMatch(/^\d+\./)
    await host.must('systemctl', 'stop', 'docker.socket', 'docker', 'containerd')
  },
)

needsRoot('after leave there is neither a hold, nor a mask, nor a source; the package stays', async () => {
  await host.must('meshbox', 'join', 'zk://127.0.0.1:2181/mesos', '--simulated')
  await host.must('meshbox', 'leave', '--yes')
  expect(await host.must('apt-mark', 'showhold')).toBe('')
  expect((await host.run('systemctl', 'is-enabled', 'marathon')).out).toBe('disabled\n')
  expect(host.read(list)).toBeUndefined()
  expect(await version()).toBe('1.0')
})
