import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePlace, type Place } from '../e2e/machine.ts'

setDefaultTimeout(120_000)

let place: Place

beforeEach(async () => {
  place = await makePlace()
})
afterEach(() => place.remove())

/** ZooKeeper as its own project packs it, made of Debian's jars. */
function packZooKeeper(): { file: string; sha256: string } {
  const name = 'apache-zookeeper-3.8.0-bin'
  const lib = join(place.dir, name, 'lib')
  mkdirSync(lib, { recursive: true })
  const jars = '/usr/share/java'
  const wanted =
    /^(zookeeper|zookeeper-jute|netty.*|metrics-.*|snappy-java|commons-cli|jline.*|slf4j-(api|log4j12)|log4j-1\.2|jetty.*|servlet-api.*|jackson-.*|audience-annotations|json-simple)\.jar$/
  for (const jar of readdirSync(jars).filter((jar) => wanted.test(jar)))
    copyFileSync(join(jars, jar), join(lib, jar))
  const file = join(place.dir, 'zookeeper.tar.gz')
  expect(Bun.spawnSync(['tar', '-czf', file, '-C', place.dir, name]).exitCode).toBe(0)
  return { file, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') }
}

test('a machine joins with a ZooKeeper that comes as an archive', async () => {
  const { file, sha256 } = packZooKeeper()
  const text = readFileSync(place.configFile, 'utf8')
  writeFileSync(
    place.configFile,
    `${text}packages: { zookeeper: { provider: archive, urls: ["file://${file}"], sha256: ${sha256} } }\n`,
  )
  const where = ['--data-dir', place.dataDir]
  const plan = await place.meshbox('install', '--plan', '--config', place.configFile, ...where)
  expect(plan.out).toMatch(/zookeeper +archive +waiting +file:/)
  expect(existsSync(join(place.dataDir, 'state/packages'))).toBe(false)

  const url = `zk://127.0.0.1:${place.ports.zookeeper}/mesos`
  const joined = await place.meshbox('join', url, '--simulated', '--config', place.configFile, ...where)
  expect(joined).toMatchObject({ code: 0 })
  const status = await place.status()
  const zookeeper = status?.machines[0]?.services.find(({ name }) => name === 'zookeeper')
  expect(zookeeper).toMatchObject({ state: 'ready', provider: 'archive' })
  const command = readFileSync(`/proc/${zookeeper?.pid}/cmdline`, 'utf8')
  expect(command).toContain(join(place.dataDir, 'state/packages/zookeeper', sha256.slice(0, 12)))

  const listed = await place.meshbox('install', '--plan', '--json', ...where)
  expect(JSON.parse(listed.out)).toMatchObject([
    { name: 'zookeeper', provider: 'archive', state: 'installed' },
  ])
  const log = await place.meshbox('logs', 'zookeeper', ...where)
  expect(log.out).toContain('INFO')
})
