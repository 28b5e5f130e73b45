import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { systemClock, until } from '../../src/clock.ts'
import { basic } from '../../src/config/basic.ts'
import { applyEdits } from '../../src/config/document/edit.ts'
import { editsOf } from '../../src/config/import/finding.ts'
import { importSettings } from '../../src/config/import/recognise.ts'
import options from '../fixtures/charm/options.json' with { type: 'json' }
import { makePlace, type Place } from './machine.ts'

setDefaultTimeout(180_000)

type Name = keyof typeof options

/** How a program is told: by a flag, in a file, or by silence, for it does so by itself. `shown` is what `/flags` has then. */
type Told = { flag: string; value: unknown; by?: 'file' | 'silence'; shown?: string }

/** One value for each option of the charm that is not its default, and where it must arrive. */
type Expected = {
  master: Partial<Record<Name, Told>>
  agent: Partial<Record<Name, Told>>
  zookeeper: Partial<Record<Name, { parameter: string; value: number }>>
  resolver: Partial<Record<Name, { key: string; value: unknown; shown?: unknown }>>
  ports: Partial<Record<Name, number>>
}

/** The switches of the resolver, which are turned one after the other while it runs. */
const switches: Name[] = ['mesos-dns', 'dns_dsnon', 'dns_httpon']

/** What no program is told any more, and what is said instead. */
const placeless: Partial<Record<Name, string>> = {
  'mesos-slave': 'every machine runs mesos-agent',
  zookeeper: 'meshbox join zk://',
  zookeeper_dataDir: 'in its own folder',
  resource_monitoring_interval: 'no such flag since 0.23',
  slave_resource_monitoring_interval: 'no such flag since 0.23',
}

function expectedAt({ dir, ports }: Place): Expected {
  return {
    master: {
      allocation_interval: { flag: 'allocation_interval', value: '3secs' },
      allocator: { flag: 'allocator', value: 'org_example_Allocator' },
      authenticate: { flag: 'authenticate_frameworks', value: true },
      authenticate_slaves: { flag: 'authenticate_agents', value: true },
      cluster: { flag: 'cluster', value: 'charmed' },
      credentials: { flag: 'credentials', value: 'framework s3cret', by: 'file' },
      framework_sorter: { flag: 'framework_sorter', value: 'random' },
      hooks: { flag: 'hooks', value: 'org_example_Hook' },
      hostname: { flag: 'hostname', value: 'localhost' },
      log_dir: { flag: 'log_dir', value: join(dir, 'logs') },
      logbufsecs: { flag: 'logbufsecs', value: 5 },
      logging_level: { flag: 'logging_level', value: 'WARNING' },
      port: { flag: 'port', value: ports.master },
      quiet: { flag: 'quiet', value: true },
      recovery_slave_removal_limit: { flag: 'recovery_agent_removal_limit', value: '50%' },
      registry: { flag: 'registry', value: 'in_memory' },
      registry_fetch_timeout: { flag: 'registry_fetch_timeout', value: '2mins' },
      registry_store_timeout: { flag: 'registry_store_timeout', value: '10secs' },
      roles: { flag: 'roles', value: 'web,batch' },
      root_submissions: { flag: 'root_submissions', value: false },
      slave_reregister_timeout: { flag: 'agent_reregister_timeout', value: '12mins' },
      user_sorter: { flag: 'role_sorter', value: 'random' },
      weights: { flag: 'weights', value: 'web=2,batch=1' },
      work_dir: { flag: 'work_dir', value: join(dir, 'master') },
      zk_session_timeout: { flag: 'zk_session_timeout', value: '5secs' },
    },
    agent: {
      install_docker: { flag: 'containerizers', value: false, by: 'silence', shown: 'mesos' },
      slave_attributes: { flag: 'attributes', value: 'rack:r1;disk:ssd' },
      slave_containerizers: { flag: 'containerizers', value: 'mesos', by: 'silence' },
      slave_credential: { flag: 'credential', value: 'agent w0rd', by: 'file' },
      slave_default_role: { flag: 'default_role', value: 'web' },
      slave_executor_registration_timeout: { flag: 'executor_registration_timeout', value: '3mins' },
      slave_hostname: { flag: 'hostname', value: 'localhost' },
      slave_isolation: { flag: 'isolation', value: 'posix/cpu' },
      slave_logging_level: { flag: 'logging_level', value: 'ERROR' },
      slave_resources: { flag: 'resources', value: 'cpus:3;mem:2048;disk:512;ports:[31000-31099]' },
    },
    zookeeper: {
      zookeeper_port: { parameter: 'clientPort', value: ports.zookeeper },
      zookeeper_tickTime: { parameter: 'tickTime', value: 1000 },
      zookeeper_initLimit: { parameter: 'initLimit', value: 21 },
      zookeeper_syncLimit: { parameter: 'syncLimit', value: 7 },
    },
    resolver: {
      dns_refreshSeconds: { key: 'RefreshSeconds', value: 7 },
      dns_ttl: { key: 'TTL', value: 9 },
      dns_domain: { key: 'Domain', value: 'charmed' },
      dns_port: { key: 'Port', value: ports.dns },
      dns_timeout: { key: 'Timeout', value: 3 },
      dns_httpport: { key: 'HttpPort', value: ports.dnsHttp },
      dns_externalon: { key: 'ExternalOn', value: false },
      dns_listener: { key: 'Listener', value: '127.0.0.1' },
      dns_SOAMname: { key: 'SOAMname', value: 'ns7.charmed', shown: 'ns7.charmed.' },
      dns_SOARname: { key: 'SOARname', value: 'keeper.ns7.charmed', shown: 'keeper.ns7.charmed.' },
      dns_SOARefresh: { key: 'SOARefresh', value: 61 },
      dns_SOARetry: { key: 'SOARetry', value: 601 },
      dns_SOAExpire: { key: 'SOAExpire', value: 86401 },
      dns_SOAMinttl: { key: 'SOAMinttl', value: 11 },
    },
    ports: { marathon_port: ports.marathon },
  }
}

let place: Place
let expected: Expected
let pids: Record<string, number | undefined>

beforeAll(async () => {
  place = await makePlace()
  expected = expectedAt(place)
  const { master, agent, zookeeper, resolver, ports } = expected
  const told = { ...master, ...agent, ...zookeeper, ...resolver }
  const settings = {
    ...Object.fromEntries(Object.entries(told).map(([name, { value }]) => [name, value])),
    ...ports,
  }
  mkdirSync(join(place.dir, 'logs'))
  const { findings } = importSettings([{ name: 'charm.json', text: JSON.stringify(settings) }], {
    oneMachine: true,
  })
  // What the charm has no option for: other ports, and leave to ask ZooKeeper for its configuration.
  const base = readFileSync(place.configFile, 'utf8')
  const edits = [
    ...editsOf(findings),
    { path: ['zookeeper', '4lw.commands.whitelist'], value: 'srvr, conf' },
    { path: ['dns', 'httpListener'], value: '127.0.0.1' },
  ]
  writeFileSync(place.configFile, applyEdits(base, edits))
  const keyFile = join(place.dir, 'key')
  writeFileSync(keyFile, (await place.meshbox('key', 'new')).out, { mode: 0o600 })
  const url = `zk://127.0.0.1:${place.ports.zookeeper}/charm`
  const { code, out, err } = await place.meshbox(
    ...['join', url, '--simulated', '--key-file', keyFile],
    ...['--config', place.configFile, '--data-dir', place.dataDir],
  )
  expect({ code, out, err }).toMatchObject({ code: 0 })
  pids = await place.pids()
})
afterAll(() => place.remove())

const commandLine = (program: string) =>
  readFileSync(`/proc/${pids[program]}/cmdline`, 'utf8').split('\0').slice(0, -1)

async function flagsOf(port: number): Promise<Record<string, string>> {
  const { flags } = (await (await fetch(`http://127.0.0.1:${port}/flags`)).json()) as {
    flags: Record<string, string>
  }
  return flags
}

/** What a real ZooKeeper says of its own configuration. */
function conf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = createConnection({ host: '127.0.0.1', port }, () => socket.write('conf'))
    socket.on('data', (part) => {
      text += part
    })
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
}

const set = async (...assignments: string[]) => {
  const { code, err } = await place.meshbox('config', 'set', ...assignments, '--data-dir', place.dataDir)
  expect({ code, err }).toMatchObject({ code: 0 })
}

async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  const seen = await until(systemClock, { everyMs: 200, timeoutMs: 30_000 }, async () =>
    (await check()) ? true : undefined,
  )
  if (!seen) throw new Error(`gave up waiting for ${what}`)
}

const answersDns = () =>
  place.dig('leader.charmed', 'A').then(
    (lines) => lines.length === 1,
    () => false,
  )
const answersHttp = () =>
  fetch(`http://127.0.0.1:${place.ports.dnsHttp}/v1/version`).then(
    ({ ok }) => ok,
    () => false,
  )

describe('each option of the charm with another value than its default', () => {
  test('is looked at here', () => {
    const { master, agent, zookeeper, resolver, ports } = expected
    const seen = [master, agent, zookeeper, resolver, ports, placeless].flatMap((part) => Object.keys(part))
    expect([...seen, ...switches, 'quorum'].sort()).toEqual(Object.keys(options).sort())
    const values = { ...master, ...agent, ...zookeeper, ...resolver }
    const usual = Object.entries(values).filter(
      ([name, { value }]) => options[name as Name].default === value,
    )
    expect(usual.map(([name]) => name)).toEqual([])
  })

  test.each(['master', 'agent'] as const)('is what a running mesos-%s was told', async (program) => {
    const argv = commandLine(`mesos-${program}`)
    const flags = await flagsOf(place.ports[program])
    for (const [name, { flag, value, by, shown = String(value) }] of Object.entries(expected[program])) {
      const word = typeof value === 'boolean' ? `--${value ? '' : 'no-'}${flag}` : `--${flag}=${value}`
      if (by === 'file') {
        const [, path = ''] = /^file:\/\/(.+)$/.exec(flags[flag] ?? '') ?? []
        const [principal = '', secret = ''] = String(value).split(' ')
        expect(JSON.stringify(JSON.parse(readFileSync(path, 'utf8')))).toContain(
          JSON.stringify({ principal, secret }),
        )
        expect(statSync(path).mode & 0o777).toBe(0o600)
        expect(argv.join(' ')).not.toContain(secret)
      } else {
        expect({ name, shown: flags[flag] }).toEqual({ name, shown })
        expect({ name, told: argv.includes(word) }).toEqual({ name, told: by !== 'silence' })
      }
    }
    expect(Object.keys(pids)).not.toContain('docker')
  })

  test('is what a real ZooKeeper says of itself', async () => {
    const lines = (await conf(place.ports.zookeeper)).split('\n')
    for (const { parameter, value } of Object.values(expected.zookeeper))
      expect(lines).toContain(`${parameter}=${value}`)
  })

  test("is what the resolver works with, and what is in the domain's SOA record", async () => {
    const shown = await fetch(`http://127.0.0.1:${place.ports.dnsHttp}/v1/config`)
    const config = (await shown.json()) as Record<string, unknown>
    for (const { key, value, shown: as = value } of Object.values(expected.resolver))
      expect({ [key]: config[key] }).toEqual({ [key]: as })
    const [soa = ''] = await place.dig('charmed', 'SOA')
    expect(soa).toMatch(/^ns7\.charmed\. keeper\.ns7\.charmed\. \d+ 61 601 86401 11$/)
  })

  test("is Marathon's port, and the URL is that of the join", async () => {
    expect(commandLine('marathon').join(' ')).toContain(`--http_port ${place.ports.marathon}`)
    expect((await fetch(`http://127.0.0.1:${place.ports.marathon}/ping`)).ok).toBe(true)
    const url = `zk://127.0.0.1:${place.ports.zookeeper}/charm`
    expect(commandLine('mesos-master')).toContain(`--zk=${url}`)
    expect(commandLine('mesos-agent')).toContain(`--master=${url}`)
  })

  test('turns the resolver off and on, by each of its three switches', async () => {
    await eventually('both', async () => (await answersDns()) && (await answersHttp()))
    await set('dns_httpon=false')
    await eventually('no HTTP', async () => !(await answersHttp()))
    expect(await answersDns()).toBe(true)
    await set('dns_httpon=true', 'mesos-dns=false')
    await eventually('HTTP alone', async () => (await answersHttp()) && !(await answersDns()))
    await set('mesos-dns=true')
    await eventually('both', answersDns)
    await set('dns_dsnon=false')
    await eventually('HTTP alone', async () => (await answersHttp()) && !(await answersDns()))
  })

  test('is refused with a reason where it has no place any more, as is a quorum of more than all', async () => {
    for (const [name, why] of Object.entries({ ...placeless, quorum: 'more than all 1 controllers' })) {
      const { code, err } = await place.meshbox('config', 'set', `${name}=2`, '--data-dir', place.dataDir)
      expect({ name, code, err }).toEqual({ name, code: 2, err: expect.stringContaining(why) })
    }
  })
})

test('asks for credentials everywhere by one change, and meshbox has them', async () => {
  const words = { dns: 'w0rd-of-dns', agent: 'w0rd-of-agent', marathon: 'w0rd-of-marathon' }
  const asks = (program: string) =>
    ['readonly', 'readwrite'].map((realm) => `mesos.${program}.authenticate_http_${realm}=true`)
  const credentials = [
    { principal: 'framework', secret: 's3cret' },
    { principal: 'meshbox', secret: words.dns },
  ]
  await set(
    ...[...asks('master'), `mesos.master.credentials=${JSON.stringify({ credentials })}`],
    ...['dns_dsnon=true', 'dns.mesosAuthentication=basic', 'dns.mesosCredentials.principal=meshbox'],
    `dns.mesosCredentials.secret=${words.dns}`,
    ...[...asks('agent'), `mesos.agent.http_credentials=ops ${words.agent}`],
    `marathon.http_credentials=me:${words.marathon}`,
  )
  const rollout = await place.meshbox('rollout', 'status', '--wait', '--data-dir', place.dataDir)
  expect(rollout).toMatchObject({ code: 0 })
  const { cluster } = await place.waitFor(
    'all of it, and who leads',
    ({ ready, machines: [own] }) =>
      ready && (['mesos-master', 'marathon'] as const).every((name) => own?.leads?.includes(name)),
  )
  expect(cluster.pending).toBeUndefined()
  expect(await answersDns()).toBe(true)

  const { master, agent, marathon } = place.ports
  const statuses = async (port: number, paths: string[], login?: string) => {
    const headers = login === undefined ? {} : { authorization: basic(login) }
    const answers = paths.map((path) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers, redirect: 'manual' }),
    )
    return (await Promise.all(answers)).map(({ status }) => status)
  }
  const ofMaster = ['/health', '/version', '/redirect', '/metrics/snapshot', '/master/state', '/weights']
  expect(await statuses(master, ofMaster)).toEqual([200, 200, 307, 401, 401, 401])
  expect(await statuses(master, ofMaster.slice(3), `meshbox:${words.dns}`)).toEqual([200, 200, 200])
  const ofAgent = ['/slave(1)/health', '/slave(1)/state', '/metrics/snapshot']
  expect(await statuses(agent, ofAgent)).toEqual([200, 401, 401])
  expect(await statuses(agent, ofAgent, `ops:${words.agent}`)).toEqual([200, 200, 200])
  const ofMarathon = ['/ping', '/v2/info', '/v2/apps']
  expect(await statuses(marathon, ofMarathon)).toEqual([401, 401, 401])
  expect(await statuses(marathon, ofMarathon, `me:${words.marathon}`)).toEqual([200, 200, 200])

  // What is asked of mesos-agent and of its master works too.
  for (const on of ['on', 'off']) {
    const { code, err } = await place.meshbox('maintenance', on, '--data-dir', place.dataDir)
    expect({ on, code, err }).toMatchObject({ on, code: 0 })
  }

  const logins = [`meshbox:${words.dns}`, `ops:${words.agent}`, `me:${words.marathon}`]
  const secrets = [...Object.values(words), ...logins.map((login) => basic(login).replace('Basic ', ''))]
  for (const path of new Bun.Glob('**/*').scanSync({ cwd: place.dataDir, absolute: true })) {
    const text = readFileSync(path, 'latin1')
    if (secrets.some((word) => text.includes(word))) {
      expect({ path, mode: statSync(path).mode & 0o077 }).toEqual({ path, mode: 0 })
      expect(path).not.toStartWith(join(place.dataDir, 'log'))
    }
  }
})
