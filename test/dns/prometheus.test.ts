import { expect } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needsRoot } from '../root.ts'

needsRoot('a Prometheus finds tasks by SRV, scrapes them, and follows when one ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshbox-resolv-'))
  writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n')
  const script = `set -e
      ip link set lo up
      mount --bind "$2/resolv.conf" "$(readlink -f /etc/resolv.conf)"
      exec "$0" "$1"`
  const run = Bun.spawn(
    [
      'unshare',
      '-mnpf',
      '--kill-child',
      'sh',
      '-c',
      script,
      process.execPath,
      join(import.meta.dir, 'scraped.ts'),
      folder,
    ],
    { stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' },
  )
  const text = await new Response(run.stdout).text()
  rmSync(folder, { recursive: true })
  expect(JSON.parse(text)).toEqual({
    both: [
      'web-9an53-s1.marathon.slave.mesos one _web._tcp.marathon.mesos',
      'web-iihn7-s1.marathon.slave.mesos two _web._tcp.marathon.mesos',
    ],
    one: ['web-9an53-s1.marathon.slave.mesos one _web._tcp.marathon.mesos'],
  })
})
