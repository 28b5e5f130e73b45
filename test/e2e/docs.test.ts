import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePlace, type Place } from './machine.ts'
import { examplesOf, runExamples } from './page.ts'

setDefaultTimeout(180_000)

let place: Place
beforeAll(async () => {
  place = await makePlace()
  const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  const argv = ['--simulated', '--name', 'a', '--config', place.configFile, '--data-dir', place.dataDir]
  expect(await place.meshbox('join', url, ...argv)).toMatchObject({ code: 0 })
  write('old/etc/mesos-master/?no-root_submissions', '')
  write('old/etc/mesos-slave/attributes/rack', 'r1\n')
  write('old/config.json', '{"domain": "example", "resolvers": ["192.0.2.1"]}')
  const charm = { cluster: 'production', dns_ttl: 30, quorum: 1, zookeeper: 'zk://a,b/mesos', quiet: false }
  const settings = Object.fromEntries(Object.entries(charm).map(([name, value]) => [name, { value }]))
  write('bin/juju', `#!/bin/sh\necho '${JSON.stringify({ charm: 'mesos-master', settings })}'\n`)
  chmodSync(join(place.dir, 'bin/juju'), 0o755)
})
afterAll(() => place.remove())

function write(name: string, text: string): void {
  mkdirSync(join(place.dir, name, '..'), { recursive: true })
  writeFileSync(join(place.dir, name), text)
}

/** The pages have the usual ports, and this machine others. */
const here = (text: string) =>
  text
    .replace('-p 53 ', `-p ${place.ports.dns} `)
    .replace('127.0.0.1:5050', `127.0.0.1:${place.ports.master}`)
    .replace('juju ', `PATH=${join(place.dir, 'bin')}:$PATH juju `)

test.each(['moving.md', 'troubleshooting.md'])('every command of docs/%s does what the page says', (page) =>
  runExamples(examplesOf(page), place, here),
)
