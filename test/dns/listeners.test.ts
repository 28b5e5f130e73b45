import { expect } from 'bun:test'
import { join } from 'node:path'
import { needsRoot } from '../root.ts'

const resolver = join(import.meta.dir, '..', '..', 'src', 'dns', 'resolver.ts')

/** Runs in a network of its own: two addresses, 127.0.0.53 taken, one more address that comes later. */
const inside = `
import { startResolver } from '${resolver}'
import { dnsSchema } from '${join(import.meta.dir, '..', '..', 'src', 'config', 'dns.ts')}'
import { systemClock } from '${join(import.meta.dir, '..', '..', 'src', 'clock.ts')}'
import { silentLog } from '${join(import.meta.dir, '..', '..', 'src', 'log.ts')}'
const taken = await Bun.udpSocket({ hostname: '127.0.0.53', port: 53 })
const one = await startResolver({
  config: dnsSchema.parse({ httpOn: false, externalOn: false }),
  source: { kind: 'masters', masters: [] }, clock: systemClock, log: silentLog,
})
const dig = async (...args) => {
  const run = Bun.spawn(['dig', '+tries=1', '+time=2', ...args], { stdout: 'pipe' })
  const text = await new Response(run.stdout).text()
  return (/status: (\\w+)/.exec(text)?.[1] ?? 'NONE') + ' ' + (/SERVER: ([^#]+)/.exec(text)?.[1] ?? '')
}
const found = [await dig('@10.99.0.1', 'a.mesos'), await dig('@10.99.0.2', 'a.mesos'), await dig('+tcp', '@127.0.0.1', 'a.mesos')]
await Bun.spawn(['ip', 'addr', 'add', '10.99.0.3/24', 'dev', 'lo']).exited
for (let i = 0; i < 60 && found.length < 4; i++) {
  const answer = await dig('+time=1', '@10.99.0.3', 'a.mesos')
  if (answer.startsWith('SERVFAIL')) found.push(answer)
  else await Bun.sleep(100)
}
console.log(JSON.stringify(found))
await one.close()
taken.close()
process.exit(0)
`

needsRoot('each address of the machine answers for itself, and new ones are followed', async () => {
  const script =
    'ip link set lo up; ip addr add 10.99.0.1/24 dev lo; ip addr add 10.99.0.2/24 dev lo; exec "$0" -e "$1"'
  const run = Bun.spawn(['unshare', '-n', 'sh', '-c', script, process.execPath, inside], {
    stdout: 'pipe',
    stderr: 'inherit',
    env: { ...process.env, BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0' },
  })
  const found: string[] = JSON.parse(await new Response(run.stdout).text())
  expect(found).toEqual([
    'SERVFAIL 10.99.0.1',
    'SERVFAIL 10.99.0.2',
    'SERVFAIL 127.0.0.1',
    'SERVFAIL 10.99.0.3',
  ])
})
