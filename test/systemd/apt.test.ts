import { afterAll, beforeAll, expect } from 'bun:test'
import { needsRoot } from '../root.ts'
import { type Host, makeHost } from './host.ts'

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
  { dpkg-deb --field marathon_$version.deb
    echo "Filename: ./marathon_$version.deb"
    echo "Size: $(stat -c %s marathon_$version.deb)"
    echo "SHA256: $(sha256sum marathon_$version.deb | cut -d' ' -f1)"
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
  await host.must('sh', '-c', repository)
}, 90_000)
afterAll(async () => {
  if (root) await host.remove()
}, 60_000)

/** Before a join: a document that asks for a version, and what `install` makes of it. */
async function install(version: string, ...flags: string[]) {
  const repository = { url: 'http://127.0.0.1:8000', suite: './', key: host.read('srv/repo/key.asc') }
  const marathon = { provider: 'apt', version, repository }
  host.write('root/cluster.json', JSON.stringify({ packages: { marathon } }))
  return host.run('meshbox', 'install', '--config', '/root/cluster.json', ...flags)
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

needsRoot('another version takes its place, the older one too', async () => {
  for (const other of ['1.1', '1.0']) {
    expect((await install(other)).out).toMatch(/marathon +apt +installed/)
    expect(await version()).toBe(other)
  }
})

needsRoot('after leave there is neither a hold, nor a mask, nor a source; the package stays', async () => {
  await host.must('meshbox', 'join', 'zk://127.0.0.1:2181/mesos', '--simulated')
  await host.must('meshbox', 'leave', '--yes')
  expect(await host.must('apt-mark', 'showhold')).toBe('')
  expect((await host.run('systemctl', 'is-enabled', 'marathon')).out).toBe('disabled\n')
  expect(host.read(list)).toBeUndefined()
  expect(await version()).toBe('1.0')
})
