import { expect } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needsRoot } from '../root.ts'

const source = (name: string) => join(import.meta.dir, '..', '..', 'src', name)

/** Runs with an /etc/resolv.conf and a network of its own: meshbox at 10.99.0.1, the former server at 10.99.0.2. */
const inside = `
import { readFileSync } from 'node:fs'
import packet from 'dns-packet'
import { openHostLookups } from '${source('dns/host/open.ts')}'
import { silentLog } from '${source('log.ts')}'
import { openStore } from '${source('store.ts')}'
const serve = (hostname, addressOf) => Bun.udpSocket({ hostname, port: 53, socket: { data(socket, bytes, port, from) {
  const { id, questions } = packet.decode(Buffer.from(bytes))
  const [{ name, type }] = questions
  const answers = type === 'A' ? [{ type, name, ttl: 0, data: addressOf(name) }] : []
  socket.send(packet.encode({ type: 'response', id, flags: 0x8180, questions, answers }), port, from)
} } })
const meshbox = await serve('10.99.0.1', (name) => (name.endsWith('.mesos') ? '192.0.2.10' : '192.0.2.11'))
const former = await serve('10.99.0.2', () => '192.0.2.99')
const getent = async (name) => {
  const run = Bun.spawn(['getent', 'ahostsv4', name], { stdout: 'pipe' })
  return (await new Response(run.stdout).text()).split(/\\s/)[0]
}
const both = async () => [await getent('web.marathon.mesos'), await getent('www.example.com')]
const original = readFileSync('/etc/resolv.conf')
const run = async () => ({ code: 127, out: '' })
const lookups = openHostLookups({ store: openStore(process.argv.at(-1)), log: silentLog, run })
const wanted = { mode: 'auto', domain: 'mesos', address: '10.99.0.1', port: 53, forwards: true }
const found = { before: await both() }
found.status = await lookups.apply(wanted)
found.on = await both()
meshbox.close()
found.down = await both()
found.off = await lookups.apply({ ...wanted, mode: 'off' })
found.after = await both()
found.same = original.equals(readFileSync('/etc/resolv.conf'))
former.close()
console.log(JSON.stringify(found))
process.exit(0)
`

needsRoot(
  'look-ups of the C library reach meshbox, the former server when it is down, and that one alone afterwards',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshbox-libc-'))
    writeFileSync(join(folder, 'resolv.conf'), 'search a.example\nnameserver 10.99.0.2\noptions timeout:2\n')
    writeFileSync(join(folder, 'nsswitch.conf'), 'hosts: files dns\n')
    const script = `set -e
    ip link set lo up; ip addr add 10.99.0.1/32 dev lo; ip addr add 10.99.0.2/32 dev lo
    for file in resolv.conf nsswitch.conf; do mount --bind "$2/$file" "$(readlink -f "/etc/$file")"; done
    exec "$0" -e "$1" "$2/store.db"`
    const run = Bun.spawn(['unshare', '-mn', 'sh', '-c', script, process.execPath, inside, folder], {
      stdout: 'pipe',
      stderr: 'inherit',
      cwd: join(import.meta.dir, '..', '..'),
      env: { ...process.env, BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0' },
    })
    const text = await new Response(run.stdout).text()
    rmSync(folder, { recursive: true })
    expect(JSON.parse(text)).toEqual({
      before: ['192.0.2.99', '192.0.2.99'],
      status: { kind: 'active', through: 'resolv.conf' },
      on: ['192.0.2.10', '192.0.2.11'],
      down: ['192.0.2.99', '192.0.2.99'],
      off: { kind: 'off' },
      after: ['192.0.2.99', '192.0.2.99'],
      same: true,
    })
  },
)
